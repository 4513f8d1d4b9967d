/**
 * A35, A36, I2. The owner signs out while a slow request of the same session is under way; when that one ends it saves the
 * session, and express-session makes it anew (expressjs/session #632). Or a session is saved only after its answer has
 * left, and the next request comes before it (passport #1004).
 * What must happen: signed out stays signed out, for whoever has the cookie; and an answer leaves after its session is
 * there.
 */
import session from 'express-session'
import request from 'supertest'
import { PASSWORD } from '../support/app'
import { codeFor, enrolTotp } from '../support/journeys'
import {
  after,
  answerWith,
  BACKENDS,
  countPassed,
  latch,
  openBareApp,
  openService,
  redisSessions,
  sessionCookieOf,
} from '../support/security'

const LOGIN = { email: 'ada@example.com', password: PASSWORD }

describe.each(BACKENDS)('signing out with a request in flight, on %s', (backend) => {
  it('signs out for good, though the session comes back', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    const arrived = latch()
    const goOn = latch()
    const sessions = backend === 'memory' ? new session.MemoryStore() : redisSessions(service.prefix, backend)
    const { app } = openBareApp(service, {
      sessions,
      routes: (routes) =>
        routes.get('/slow', async (req, res) => {
          Object.assign(req.session, { count: 1 })
          arrived.open()
          await goOn.opened
          res.json({})
        }),
    })
    const pending = sessionCookieOf(await request(app).post('/login').send(LOGIN).expect(200))
    service.clock.advance(30_000)
    const code = codeFor(service, setupKey)
    const cookie = sessionCookieOf(
      await request(app).post('/two-factor/challenge/verify').set('Cookie', pending).send({ code }).expect(200),
    )
    const slow = request(app)
      .get('/slow')
      .set('Cookie', cookie)
      .then((answer) => answer.status)
    await arrived.opened
    await request(app).post('/two-factor/sign-out').set('Cookie', cookie).expect(204)
    goOn.open()
    expect(await slow).toBe(200)

    expect((await request(app).get('/visit').set('Cookie', cookie)).body.id).toBe(idIn(cookie))
    const revived = await request(app).get('/account').set('Cookie', cookie).expect(401)
    expect(revived.body.code).toBe('ERR_TFA_SIGN_IN_REQUIRED')
    await request(app).get('/two-factor').set('Cookie', cookie).expect(401)
    await request(app).post('/two-factor/challenge').set('Cookie', cookie).send({}).expect(401)
  })
})

describe.each(BACKENDS)('signing out while a right code is being verified, on %s', (backend) => {
  it('leaves nobody signed in: the answer that was counted is not accepted any more', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    let cookie = ''
    const store = after(service.store, 'takeAttempt', () =>
      request(app).post('/two-factor/sign-out').set('Cookie', cookie).expect(204),
    )
    const { app } = openBareApp({ ...service, store })
    cookie = sessionCookieOf(await request(app).post('/login').send(LOGIN).expect(200))
    service.clock.advance(30_000)
    const verified = await answerWith(app, cookie, codeFor(service, setupKey))
    expect([verified.status, verified.body.code]).toEqual([401, 'ERR_TFA_SIGN_IN_REQUIRED'])
    expect(await countPassed(app, [cookie], [verified])).toBe(0)
  })
})

function idIn(cookie: string): string {
  return decodeURIComponent(cookie)
    .replace(/^connect\.sid=s:/, '')
    .split('.')[0] as string
}

/** Sessions whose writes take a while, as over a network, and are seen only when they are done. */
class SlowSessions extends session.MemoryStore {
  override set(id: string, data: session.SessionData, done?: (error?: unknown) => void): void {
    setTimeout(() => super.set(id, data, done), 25)
  }
}

describe('an answer', () => {
  it('leaves after its session is saved: sign-in, verify, step-up, new codes', async () => {
    const service = openService()
    const { setupKey } = await enrolTotp(service, 'ada')
    const { app } = openBareApp(service, {
      sessions: new SlowSessions(),
      routes: (routes, twoFactor) =>
        routes.post(
          '/pay',
          twoFactor.stepUp({ maxAgeMs: 60_000, action: () => ({ key: 'k', text: 'Pay' }) }),
          (_req, res) => res.json({}),
        ),
    })
    const pending = sessionCookieOf(await request(app).post('/login').send(LOGIN).expect(200))
    await request(app).get('/two-factor/challenge').set('Cookie', pending).expect(200)
    service.clock.advance(30_000)
    const verified = await request(app)
      .post('/two-factor/challenge/verify')
      .set('Cookie', pending)
      .send({ code: codeFor(service, setupKey) })
      .expect(200)
    const cookie = sessionCookieOf(verified)
    await request(app).post('/pay').set('Cookie', cookie).expect(401)
    const { body } = await request(app).post('/two-factor/challenge').set('Cookie', cookie).send({}).expect(201)
    expect(body.action).toBe('Pay')
    await request(app)
      .post('/two-factor/reauthenticate')
      .set('Cookie', cookie)
      .send({ username: LOGIN.email, password: PASSWORD })
      .expect(200)
    const renewed = sessionCookieOf(
      await request(app).post('/two-factor/recovery-codes').set('Cookie', cookie).expect(201),
    )
    await request(app).get('/account').set('Cookie', renewed).expect(200)
  })

  it('leaves after its session is saved: first factor, "not now"', async () => {
    const service = openService()
    const policy = { requirement: 'required', graceMs: 86_400_000 } as const
    const { app } = openBareApp(service, { sessions: new SlowSessions(), twoFactor: { policy } })
    const asked = (cookie: string) => (path: string, body: object) =>
      request(app).post(`/two-factor${path}`).set('Cookie', cookie).send(body)
    const bob = { email: 'bob@example.com', password: PASSWORD }
    const prompted = sessionCookieOf(await request(app).post('/login').send(bob).expect(200))
    await request(app).get('/account').set('Cookie', prompted).expect(403)
    await asked(prompted)('/setup/postpone', {}).expect(200)
    await request(app).get('/account').set('Cookie', prompted).expect(200)
    await asked(prompted)('/reauthenticate', { username: bob.email, password: PASSWORD }).expect(200)
    const { body } = await asked(prompted)('/authenticators', { factor: 'totp' }).expect(201)
    const code = codeFor(service, body.setupKey)
    const confirmed = await asked(prompted)(`/authenticators/${body.enrolmentId}/confirm`, { code }).expect(201)
    const account = await request(app).get('/account').set('Cookie', sessionCookieOf(confirmed)).expect(200)
    expect(account.body.twoFactor.assurance).toBe('second-factor')
  })
})
