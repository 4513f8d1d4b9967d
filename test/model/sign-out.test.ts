/**
 * (I2, A35) A sign-out that begins while a code, or a change of factors, of the same session is on its way. It has read
 * the session as it was before, and ends the handle of that one; the session goes on under the next, which it cannot
 * know. Known and not mended yet: each test fails the day it is, and then loses its `failing`.
 */
import request from 'supertest'
import { createTestApp } from '../support/app'
import { codeFor, enrolTotp, reauthenticate, signIn } from '../support/journeys'
import { BACKENDS, after as once, openService, type Service, sessionCookieOf, verify } from '../support/security'

/** Another process of the service, with a port that a test has put a hook into. */
function processWith(service: Service, hooked: object): { app: Parameters<typeof request>[0] } {
  const { store, authenticators, clock } = service
  return createTestApp({ store, authenticators, clock, ...hooked })
}

async function isThrough(app: Parameters<typeof request>[0], cookie: string): Promise<boolean> {
  return (await request(app).get('/account').set('Cookie', cookie)).status === 200
}

describe.each(BACKENDS)('a sign-out that begins before another request of its session has ended, on %s', (backend) => {
  it.failing('ends the session that a right code in flight goes on as', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    let held = ''
    const signOut = () => request(app).post('/two-factor/sign-out').set('Cookie', held).expect(204)
    const { app } = processWith(service, { store: once(service.store, 'consumeChallenge', signOut) })
    held = sessionCookieOf(await signIn(request.agent(app), 'ada'))
    service.clock.advance(30_000)
    const answer = await request(app)
      .post('/two-factor/challenge/verify')
      .set('Cookie', held)
      .send({ code: codeFor(service, setupKey) })
    const went = answer.status === 200 ? sessionCookieOf(answer) : held
    expect(await isThrough(app, went)).toBe(false)
  })

  it.failing('ends the session that a change of factors in flight goes on as', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    let passed = ''
    const signOut = () => request(app).post('/two-factor/sign-out').set('Cookie', passed).expect(204)
    const { app } = processWith(service, { authenticators: once(service.authenticators, 'change', signOut) })
    const ada = request.agent(app)
    await signIn(ada, 'ada')
    service.clock.advance(30_000)
    passed = sessionCookieOf(await verify(ada, codeFor(service, setupKey)))
    await reauthenticate(ada, 'ada').expect(200)
    const answer = await ada.post('/two-factor/recovery-codes')
    const went = answer.status === 201 ? sessionCookieOf(answer) : passed
    expect(await isThrough(app, went)).toBe(false)
  })
})
