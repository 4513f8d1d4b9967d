/**
 * A5. The thief relays a right code faster than its owner, or fires it fifty times at once, so that several requests
 * pass the comparison before the first has marked the code as used.
 * Hurt by it: MISP (CVE-2026-107276), Ory Kratos. GET, compare, DEL let 20 of 20 racers win when tried.
 * What must happen: exactly one session comes of it, on one process and on two, for codes of an app and for texts.
 */
import type { Server } from 'node:http'
import request from 'supertest'
import { codeFor, enrolPhone, enrolTotp } from '../support/journeys'
import {
  anotherInstance,
  answerWith,
  BACKENDS,
  burst,
  countPassed,
  describeShared,
  holdCookie,
  listen,
  openBareApp,
  openService,
  redisSessions,
  sessionCookieOf,
  startTogether,
} from '../support/security'

describe.each(BACKENDS)('fifty right codes at once, on %s', (backend) => {
  it('of an app, in one session, make one session', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const server = await listen(service.app)
    const cookie = await holdCookie(server)
    startTogether([service.authenticators], 50)
    const answers = await burst(50, () => answerWith(server, cookie, codeFor(service, setupKey)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await countPassed(server, [cookie], answers)).toBe(1)
  })

  it('of an app, in ten sessions, make one session', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const server = await listen(service.app)
    const cookies = await Promise.all(Array.from({ length: 10 }, () => holdCookie(server)))
    startTogether([service.authenticators], 50)
    const answers = await burst(50, (at) => answerWith(server, cookies[at % 10] as string, codeFor(service, setupKey)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await countPassed(server, cookies, answers)).toBe(1)
  })

  it('of a text, in one session, make one session', async () => {
    const service = openService(backend)
    await enrolPhone(service, 'ada')
    service.clock.advance(30_000)
    const server = await listen(service.app)
    const cookie = await holdCookie(server)
    const code = service.phone.codeFor() as string
    startTogether([service.authenticators], 50)
    const answers = await burst(50, () => answerWith(server, cookie, code))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await countPassed(server, [cookie], answers)).toBe(1)
  })

  it('of a text, at a step-up, answer it once', async () => {
    const service = openService(backend)
    await enrolPhone(service, 'ada')
    service.clock.advance(30_000)
    const server = await listen(service.app)
    const pending = await holdCookie(server)
    const cookie = sessionCookieOf(await answerWith(server, pending, service.phone.codeFor() as string).expect(200))
    await request(server).post('/two-factor/challenge').set('Cookie', cookie).send({}).expect(201)
    const code = service.phone.codeFor() as string
    startTogether([service.authenticators], 50)
    const answers = await burst(50, () => answerWith(server, cookie, code))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })
})

describeShared('fifty right codes at once, by two instances on one %s', (backend) => {
  it('make one session', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const instances = [service, anotherInstance(service)]
    const servers = await Promise.all(
      instances.map((ports) => listen(openBareApp(ports, { sessions: redisSessions(service.prefix, backend) }).app)),
    )
    const [one, two] = servers as [Server, Server]
    const cookie = await holdCookie(one)
    startTogether(
      instances.map(({ authenticators }) => authenticators),
      50,
    )
    const answers = await burst(50, (at) => answerWith(at % 2 ? one : two, cookie, codeFor(service, setupKey)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await countPassed(two, [cookie], answers)).toBe(1)
  })
})
