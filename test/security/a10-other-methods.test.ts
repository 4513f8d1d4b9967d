/**
 * A10. A guess goes into an image's address, or a change of state is made by a link, so that the checks made on POST (the
 * origin, the body, the count) are not made.
 * Hurt by it: MISP (CVE-2026-94379).
 * What must happen: 405 with Allow, or 404; nothing is evaluated, counted, sent or changed. A method that a middleware
 * made of another one is the browser's own, not the one it was made into.
 */
import express from 'express'
import request from 'supertest'
import { PASSWORD } from '../support/app'
import { codeFor, enrolTotp, reauthenticate } from '../support/journeys'
import { holdSession, openBareApp, openService } from '../support/security'

const ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const POSTS = [
  '/challenge/verify',
  '/challenge/resend',
  '/reauthenticate',
  '/setup/postpone',
  '/authenticators',
  '/recovery-codes',
  '/disable',
  '/sign-out',
  '/devices/forget-all',
  `/devices/${ID}/forget`,
  `/authenticators/${ID}/confirm`,
  `/authenticators/${ID}/remove`,
]

describe.each(['get', 'head', 'put', 'patch', 'delete', 'options'] as const)('%s', (method) => {
  it('changes nothing on a path that takes POST', async () => {
    const service = openService()
    const { agent, setupKey, authenticatorId } = await enrolTotp(service, 'ada')
    await reauthenticate(agent, 'ada').expect(200)
    service.clock.advance(30_000)
    const code = codeFor(service, setupKey)
    for (const path of [...POSTS, `/authenticators/${authenticatorId}/remove`]) {
      const refused = await agent[method](`/two-factor${path}?code=${code}&factor=totp`)
      expect([path, refused.status]).toEqual([path, 405])
      expect(refused.headers.allow).toBe('POST')
    }
    await agent.get('/account').expect(200)
    const { authenticators, recoveryCodes } = await service.authenticators.load('user-ada')
    expect([authenticators.length, recoveryCodes.remaining]).toEqual([1, 10])
  })

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

describe('a method that a middleware overrides', () => {
  it('is refused when the browser sent another', async () => {
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
