/**
 * A35, A36, I2. The owner signs out while a slow request of the same session is under way; when that one ends it saves the
 * session, and express-session makes it anew (expressjs/session #632). Or a session is saved only after its answer has
 * left, and the next request comes before it (passport #1004).
 * What must happen: signed out stays signed out, for whoever has the cookie; and an answer leaves after its session is
 * there.
 */
import { type Server, request as send } from 'node:http'
import { json } from 'node:stream/consumers'
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
  listen,
  openBareApp,
  openService,
  portOf,
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
    setTimeout(() => super.set(id, data, done), 100)
  }
}

/** The beginning of an answer: a browser that is sent on goes on here, and not when the body has ended. */
interface Begun {
  status: number | undefined
  cookie: string
  /** The rest, when it has come. */
  body: Promise<Record<string, string>>
}

function postUntilHeaders(server: Server, path: string, cookie: string, fields: object): Promise<Begun> {
  const headers = { Cookie: cookie, 'Content-Type': 'application/json' }
  return new Promise((resolve, reject) => {
    const asked = send({ host: '127.0.0.1', port: portOf(server), method: 'POST', path, headers }, (answer) => {
      const [line = cookie] = answer.headers['set-cookie'] ?? []
      const body = json(answer) as Promise<Record<string, string>>
      resolve({ status: answer.statusCode, cookie: line.split(';')[0] as string, body })
    })
    asked.on('error', reject).end(JSON.stringify(fields))
  })
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
    const server = await listen(app)
    const held = await postUntilHeaders(server, '/login', '', LOGIN)
    await request(server).get('/two-factor/challenge').set('Cookie', held.cookie).expect(200)
    service.clock.advance(30_000)
    const answer = { code: codeFor(service, setupKey) }
    const passed = await postUntilHeaders(server, '/two-factor/challenge/verify', held.cookie, answer)
    await request(server).get('/account').set('Cookie', passed.cookie).expect(200)
    expect(await postUntilHeaders(server, '/pay', passed.cookie, {})).toMatchObject({ status: 401 })
    const asked = await request(server).post('/two-factor/challenge').set('Cookie', passed.cookie).send({}).expect(201)
    expect(asked.body.action).toBe('Pay')
    const again = { username: LOGIN.email, password: PASSWORD }
    await postUntilHeaders(server, '/two-factor/reauthenticate', passed.cookie, again)
    const renewed = await postUntilHeaders(server, '/two-factor/recovery-codes', passed.cookie, {})
    expect(renewed.status).toBe(201)
    await request(server).get('/account').set('Cookie', renewed.cookie).expect(200)
  })

  it('leaves after its session is saved: "not now", and the first factor', async () => {
    const service = openService()
    const policy = { requirement: 'required', graceMs: 86_400_000 } as const
    const { app } = openBareApp(service, { sessions: new SlowSessions(), twoFactor: { policy } })
    const server = await listen(app)
    const post = (path: string, cookie: string, fields: object) =>
      postUntilHeaders(server, `/two-factor${path}`, cookie, fields)
    const bob = { email: 'bob@example.com', password: PASSWORD }
    const { cookie } = await postUntilHeaders(server, '/login', '', bob)
    await request(server).get('/account').set('Cookie', cookie).expect(403)
    expect(await post('/setup/postpone', cookie, {})).toMatchObject({ status: 200 })
    await request(server).get('/account').set('Cookie', cookie).expect(200)
    await post('/reauthenticate', cookie, { username: bob.email, password: PASSWORD })
    const { enrolmentId, setupKey = '' } = await (await post('/authenticators', cookie, { factor: 'totp' })).body
    const code = codeFor(service, setupKey)
    const confirmed = await post(`/authenticators/${enrolmentId}/confirm`, cookie, { code })
    expect(confirmed.status).toBe(201)
    const account = await request(server).get('/account').set('Cookie', confirmed.cookie).expect(200)
    expect(account.body.twoFactor.assurance).toBe('second-factor')
  })
})
