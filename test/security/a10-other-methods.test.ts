/**
 * A10. A guess goes into an image's address, or a change of state is made by a link, so that the checks made on POST (the
 * origin, the body, the count) are not made.
 * Hurt by it: MISP (CVE-2026-94379).
 * What must happen: 405 with Allow, or 404; nothing is evaluated, counted, sent or changed. A method that a middleware
 * made of another one is the browser's own, not the one it was made into.
 */
import { METHODS, type Server, request as send } from 'node:http'
import express from 'express'
import request from 'supertest'
import { ROUTES } from '../../lib/http/routes/table'
import { PASSWORD } from '../support/app'
import { codeFor, cookiesOf, enrolTotp, reauthenticate } from '../support/journeys'
import { holdSession, listen, noteCalls, openBareApp, openService, portOf } from '../support/security'

const ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const PATHS = [...new Set(ROUTES.map(({ path }) => path))].map((path) => ({
  path: path.replace(':id', ID),
  allowed: ROUTES.filter((route) => route.path === path).map(({ method }) => method as string),
}))

/** Every method that Node's parser knows, but CONNECT, which asks a proxy. */
const EVERY_METHOD = METHODS.filter((method) => method !== 'CONNECT')

interface Raw {
  status: number | undefined
  allow: string | undefined
}

/** As it is: client libraries know a handful of methods. */
function sendRaw(server: Server, method: string, path: string, headers: Record<string, string>): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const asked = send({ host: '127.0.0.1', port: portOf(server), path, method, headers }, (answer) => {
      answer.resume()
      resolve({ status: answer.statusCode, allow: answer.headers.allow })
    })
    asked.on('error', reject).end()
  })
}

describe.each(PATHS)('$path', ({ path, allowed }) => {
  it('answers every method but its own 405 with Allow, and asks no store', async () => {
    const service = openService()
    const { agent, setupKey } = await enrolTotp(service, 'ada')
    await reauthenticate(agent, 'ada').expect(200)
    service.clock.advance(30_000)
    const server = await listen(service.app)
    const query = `?code=${codeFor(service, setupKey)}&factor=totp&_method=POST`
    const headers = { Cookie: cookiesOf(agent), 'X-HTTP-Method-Override': 'POST', 'X-HTTP-Method': 'POST' }
    const calls: string[] = []
    for (const port of [service.store, service.authenticators]) noteCalls(port, calls)
    for (const method of EVERY_METHOD) {
      if (allowed.includes(method === 'HEAD' ? 'GET' : method)) continue
      const answer = await sendRaw(server, method, `/two-factor${path}${query}`, headers)
      expect([method, answer]).toEqual([method, { status: 405, allow: allowed.join(', ') }])
    }
    expect(calls).toEqual([])
    await agent.get('/account').expect(200)
  })
})

describe.each(['get', 'head', 'put', 'patch', 'delete', 'options'] as const)('%s', (method) => {
  it('with a right code in address or body does not verify, and is not counted', async () => {
    const service = openService()
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const thief = await holdSession(service)
    const code = codeFor(service, setupKey)
    const sent = thief[method](`/two-factor/challenge/verify?code=${code}&_method=POST`)
    await (method === 'get' || method === 'head' ? sent : sent.send({ code }))
      .set('X-HTTP-Method-Override', 'POST')
      .expect(405)
    await thief.get('/account').expect(401)
    expect((await thief.get('/two-factor/challenge').expect(200)).body.attemptsLeft).toBe(5)
  })
})

describe.each(['/', '/challenge', '/setup'])('HEAD of %s', (path) => {
  it('reads as GET does, and opens, sends and changes nothing', async () => {
    const service = openService()
    const { agent } = await enrolTotp(service, 'ada')
    const calls: string[] = []
    for (const port of [service.store, service.authenticators]) noteCalls(port, calls)
    await agent.head(`/two-factor${path}`)
    expect(calls.filter((name) => !['readGrant', 'readSession', 'load', 'listDevices'].includes(name))).toEqual([])
    expect(service.phone.messages).toEqual([])
  })
})

describe('a method that a middleware overrides', () => {
  it('into the one a path takes is refused when the browser sent another', async () => {
    const service = openService()
    const { setupKey } = await enrolTotp(service, 'ada')
    const { app } = openBareApp(service)
    const outer = express()
    outer.use((req, _res, next) => {
      // As the package method-override does.
      if (req.query._method) Object.assign(req, { originalMethod: req.method, method: String(req.query._method) })
      next()
    })
    outer.use(app)
    const thief = request.agent(outer)
    await thief.post('/login').send({ email: 'ada@example.com', password: PASSWORD }).expect(200)
    service.clock.advance(30_000)
    await thief.get(`/two-factor/challenge/verify?_method=POST&code=${codeFor(service, setupKey)}`).expect(405)
    await thief.get('/account').expect(401)
  })
})
