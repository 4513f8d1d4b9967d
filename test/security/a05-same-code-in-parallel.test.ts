/**
 * A5. The thief relays a right code faster than its owner, or fires it fifty times at once, so that several requests
 * pass the comparison before the first has marked the code as used.
 * Hurt by it: MISP (CVE-2026-107276), Ory Kratos. GET, compare, DEL let 20 of 20 racers win when tried.
 * What must happen: exactly one session comes of it, on one process and on two, for codes of an app and for texts.
 */
import type { Server } from 'node:http'
import request, { type Response } from 'supertest'
import { PASSWORD } from '../support/app'
import { codeFor, enrolPhone, enrolTotp } from '../support/journeys'
import {
  anotherInstance,
  BACKENDS,
  burst,
  cookiesSetBy,
  listen,
  openBareApp,
  openService,
  redisSessions,
  sessionCookieOf,
  startTogether,
} from '../support/security'

const LOGIN = { email: 'ada@example.com', password: PASSWORD }

async function held(server: Server): Promise<string> {
  return sessionCookieOf(
    await request(server).post('/login').send(LOGIN).expect(200, { next: '/two-factor/challenge' }),
  )
}

function answer(server: Server, cookie: string, code: string): request.Test {
  return request(server).post('/two-factor/challenge/verify').set('Cookie', cookie).send({ code })
}

/** How many of all the cookies at hand open the account page: those from before, and those any answer set. */
async function countSessions(server: Server, before: readonly string[], answers: readonly Response[]): Promise<number> {
  const cookies = new Set([...before, ...answers.flatMap(cookiesSetBy)])
  const pages = await Promise.all([...cookies].map((cookie) => request(server).get('/account').set('Cookie', cookie)))
  return pages.filter(({ status, body }) => status === 200 && body.twoFactor?.assurance === 'second-factor').length
}

describe.each(BACKENDS)('fifty right codes at once, on %s', (backend) => {
  it('of an app, in one session, make one session', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const server = await listen(service.app)
    const cookie = await held(server)
    startTogether([service.authenticators], 50)
    const answers = await burst(50, () => answer(server, cookie, codeFor(service, setupKey)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await countSessions(server, [cookie], answers)).toBe(1)
  })

  it('of an app, in ten sessions, make one session', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const server = await listen(service.app)
    const cookies = await Promise.all(Array.from({ length: 10 }, () => held(server)))
    startTogether([service.authenticators], 50)
    const answers = await burst(50, (at) => answer(server, cookies[at % 10] as string, codeFor(service, setupKey)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await countSessions(server, cookies, answers)).toBe(1)
  })

  it('of a text, in one session, make one session', async () => {
    const service = openService(backend)
    await enrolPhone(service, 'ada')
    service.clock.advance(30_000)
    const server = await listen(service.app)
    const cookie = await held(server)
    const code = service.phone.codeFor() as string
    startTogether([service.authenticators], 50)
    const answers = await burst(50, () => answer(server, cookie, code))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await countSessions(server, [cookie], answers)).toBe(1)
  })

  it('of a text, at a step-up, answer it once', async () => {
    const service = openService(backend)
    await enrolPhone(service, 'ada')
    service.clock.advance(30_000)
    const server = await listen(service.app)
    const pending = await held(server)
    const cookie = sessionCookieOf(await answer(server, pending, service.phone.codeFor() as string).expect(200))
    await request(server).post('/two-factor/challenge').set('Cookie', cookie).send({}).expect(201)
    const code = service.phone.codeFor() as string
    startTogether([service.authenticators], 50)
    const answers = await burst(50, () => answer(server, cookie, code))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })
})

describe('fifty right codes at once, over two processes on one Redis', () => {
  it('make one session', async () => {
    const service = openService('redis')
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const instances = [service, anotherInstance(service)]
    const servers = await Promise.all(
      instances.map((ports) => listen(openBareApp(ports, { sessions: redisSessions(service.prefix) }).app)),
    )
    const [one, two] = servers as [Server, Server]
    const cookie = await held(one)
    startTogether(
      instances.map(({ authenticators }) => authenticators),
      50,
    )
    const answers = await burst(50, (at) => answer(at % 2 ? one : two, cookie, codeFor(service, setupKey)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await countSessions(two, [cookie], answers)).toBe(1)
  })
})
