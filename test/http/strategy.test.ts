import express, { type NextFunction, type Request, type Response } from 'express'
import session from 'express-session'
import { createTwoFactor, TwoFactorError, TwoFactorStrategy } from 'express-two-factor'
import { memoryAuthenticators, memoryStore } from 'express-two-factor/memory'
import { movableClock } from 'express-two-factor/testing'
import { Passport } from 'passport'
import request from 'supertest'
import { KEY, PASSWORD } from '../support/app'
import { codeFor, reauthenticate, wrongCodeFor } from '../support/journeys'

/** An app with a verify route of its own, through Passport. */
function createOwnRoutes(authenticate: Record<string, unknown> = { keepSessionInfo: true }) {
  const clock = movableClock()
  const twoFactor = createTwoFactor({
    issuer: 'Acme',
    origin: 'http://localhost',
    keys: [KEY],
    clock,
    store: memoryStore({ clock }),
    authenticators: memoryAuthenticators(),
    reauthenticate: (_req, { password }) => (password === PASSWORD ? 'user-ada' : null),
  })
  const auth = new Passport()
  auth.use(new TwoFactorStrategy(twoFactor, { codeField: 'otp' }))
  auth.serializeUser((user, done) => done(null, (user as { id: string }).id))
  auth.deserializeUser((id, done) => done(null, { id, email: 'ada@example.com' } as Express.User))
  const app = express().use(
    session({ secret: 'test', resave: false, saveUninitialized: false }),
    auth.session(),
    express.json(),
  )
  app.post(
    '/login',
    (req, _res, next) => req.login({ id: 'user-ada' } as Express.User, (error) => (error ? next(error) : next())),
    twoFactor.signIn(),
    (_req, res) => res.json({}),
  )
  app.post('/verify', auth.authenticate('two-factor', authenticate), (req, res) => res.json({ user: req.user }))
  app.use(twoFactor.router(), twoFactor.gate())
  app.get('/account', (_req, res) => res.json({ ok: true }))
  app.use((error: unknown, _req: Request, res: Response, _next: NextFunction) => {
    res.status(500).json({ code: error instanceof TwoFactorError ? error.code : 'other', message: String(error) })
  })
  return { app, clock }
}

async function enrolled(service: ReturnType<typeof createOwnRoutes>) {
  const first = request.agent(service.app)
  await first.post('/login').expect(200)
  await reauthenticate(first, 'ada').expect(200)
  const begun = await first.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
  const { enrolmentId, setupKey } = begun.body
  await first
    .post(`/two-factor/authenticators/${enrolmentId}/confirm`)
    .send({ code: codeFor(service, setupKey) })
    .expect(201)
  const ada = request.agent(service.app)
  await ada.post('/login').expect(200, { next: '/two-factor/challenge' })
  service.clock.advance(30_000)
  return { ada, setupKey }
}

describe('TwoFactorStrategy', () => {
  it('verifies in a route of the app, under a new session id', async () => {
    const service = createOwnRoutes()
    const { ada, setupKey } = await enrolled(service)
    await ada
      .post('/verify')
      .send({ otp: wrongCodeFor(service, setupKey) })
      .expect(401)
    await ada.get('/account').expect(401)
    const verified = await ada
      .post('/verify')
      .send({ otp: codeFor(service, setupKey) })
      .expect(200)
    expect(verified.body.user).toMatchObject({ id: 'user-ada' })
    expect(String(verified.headers['set-cookie'])).toContain('connect.sid=')
    await ada.get('/account').expect(200)
  })

  it.each([[{}], [{ keepSessionInfo: true, session: false }], [{ session: false }]])(
    'mounted with %j says the fix, and evaluates nothing',
    async (options) => {
      const service = createOwnRoutes(options)
      const { ada, setupKey } = await enrolled(service)
      const { body } = await ada
        .post('/verify')
        .send({ otp: codeFor(service, setupKey) })
        .expect(500)
      expect(body).toMatchObject({ code: 'ERR_TFA_CONFIG', message: expect.stringContaining('keepSessionInfo: true') })
      await ada.get('/account').expect(401)
    },
  )

  it('alone opens no session: the first factor comes first', async () => {
    const { app } = createOwnRoutes()
    await request(app).post('/verify').send({ otp: '123456' }).expect(401)
  })

  it('with an option that does not exist is an error that names it', () => {
    expect(() => new TwoFactorStrategy({} as never, { field: 'x' } as never)).toThrow('`TwoFactorStrategy.field`')
  })
})
