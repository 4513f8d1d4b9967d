/**
 * (I2, A35) A sign-out that begins while a code, or a change of factors, of the same session is on its way. It has read
 * the session as it was before, and knows the handle of that one alone; it must end what the session has become since.
 */
import request, { type Response } from 'supertest'
import { createTestApp } from '../support/app'
import { codeFor, enrolTotp, reauthenticate, signIn } from '../support/journeys'
import { BACKENDS, after as once, openService, type Service, sessionCookieOf, verify } from '../support/security'

/** Another process of the service, with a port that a test has put a hook into. */
function processWith(service: Service, hooked: object): { app: Parameters<typeof request>[0] } {
  const { store, authenticators, clock } = service
  return createTestApp({ store, authenticators, clock, ...hooked })
}

async function isThrough(app: Parameters<typeof request>[0], cookie: string): Promise<boolean> {
  const { status, body } = await request(app).get('/account').set('Cookie', cookie)
  return status === 200 && body.user !== null
}

/** The cookie that the browser has after an answer. */
function wentOn(answer: Response, before: string): string {
  return answer.headers['set-cookie'] ? sessionCookieOf(answer) : before
}

describe.each(BACKENDS)('a sign-out that begins before another request of its session has ended, on %s', (backend) => {
  it('ends the session that a right code in flight goes on as', async () => {
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
    expect(await isThrough(app, wentOn(answer, held))).toBe(false)
  })

  it('ends the session that a change of factors in flight goes on as', async () => {
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
    expect(await isThrough(app, wentOn(answer, passed))).toBe(false)
  })
})
