/**
 * A23, A24, A12. The app has more than one way in: an OAuth callback, a remember-me cookie, a magic link, a password reset that
 * signs in at the end; none of them calls `signIn()`. Or the thief brings a second factor and no first.
 * Hurt by it: Gitea (CVE-2026-73278), Delinea (CVE-2026-115829: the second factor alone made a session).
 * What must happen: the gate holds whoever is signed in, by whatever way; without the first factor there is no session.
 */
import express, { type Request } from 'express'
import session from 'express-session'
import { TwoFactorStrategy } from 'express-two-factor'
import passport, { Strategy } from 'passport'
import request from 'supertest'
import { createTestApp } from '../support/app'
import { codeFor, enrolTotp, type TestAgent } from '../support/journeys'
import {
  BACKENDS,
  holdSession,
  openService,
  type Service,
  sessionCookieOf,
  verify,
  wrongCodes,
} from '../support/security'

interface Account {
  id: string
  email: string
}

/** What a Passport strategy of an app does once it knows who it is: here by a word in the request. */
class WordStrategy extends Strategy {
  constructor(
    override readonly name: string,
    private readonly find: (req: Request) => string | undefined,
  ) {
    super()
  }

  override authenticate(req: Request): void {
    const id = this.find(req)
    if (id === undefined) this.pass()
    else this.success({ id, email: 'ada@example.com' } as Express.User)
  }
}

const cookieOf = (req: Request, name: string) => new RegExp(`${name}=([^;]+)`).exec(req.headers.cookie ?? '')?.[1]

/** A Passport app with four ways in besides the password, none of which knows of the second factor. */
function openManyWays(service: Service) {
  const { twoFactor } = createTestApp({
    store: service.store,
    authenticators: service.authenticators,
    clock: service.clock,
  })
  const auth = new passport.Passport()
  auth.use(new TwoFactorStrategy(twoFactor))
  auth.use(new WordStrategy('oauth', (req) => (req.query.state === 'known' ? 'user-ada' : undefined)))
  auth.use(new WordStrategy('magic-link', (req) => (req.query.token === 'mailed' ? 'user-ada' : undefined)))
  auth.use(new WordStrategy('remember-me', (req) => (cookieOf(req, 'remember_me') ? 'user-ada' : undefined)))
  auth.serializeUser((user, done) => done(null, (user as Account).id))
  auth.deserializeUser((id, done) => done(null, { id: id as string, email: 'ada@example.com' } as Express.User))
  const app = express()
  app.use(session({ secret: 'test', resave: false, saveUninitialized: false }), auth.session())
  // As the package passport-remember-me is mounted: it signs in whoever comes without a session and with its cookie.
  app.use((req, res, next) => (req.user ? next() : auth.authenticate('remember-me')(req, res, next)))
  app.get('/oauth/callback', auth.authenticate('oauth'), (_req, res) => res.redirect('/account'))
  app.get('/magic', auth.authenticate('magic-link'), (_req, res) => res.redirect('/account'))
  app.post('/reset-password', (req, res, next) => {
    const ada = { id: 'user-ada', email: 'ada@example.com' } as Express.User
    req.logIn(ada, { keepSessionInfo: true, session: true }, (error) => (error ? next(error) : res.json({})))
  })
  const code = express.json()
  app.post('/code', code, auth.authenticate('two-factor', { keepSessionInfo: true }), (_req, res) =>
    res.json({ verified: true }),
  )
  app.use(twoFactor.router(), twoFactor.gate())
  app.get('/account', (req: Request, res) => void res.json({ user: req.user ?? null }))
  return app
}

const WAYS: readonly [name: string, enter: (agent: TestAgent) => request.Test][] = [
  ['an OAuth strategy', (agent) => agent.get('/oauth/callback?state=known').expect(302)],
  ['a magic link', (agent) => agent.get('/magic?token=mailed').expect(302)],
  ['a password reset that signs in', (agent) => agent.post('/reset-password').expect(200)],
  ['a remember-me cookie', (agent) => agent.get('/nothing').set('Cookie', 'remember_me=1')],
]

describe.each(BACKENDS)('a way in that knows nothing of the second factor, on %s', (backend) => {
  it.each(WAYS)('is held: %s', async (_name, enter) => {
    const service = openService(backend)
    await enrolTotp(service, 'ada')
    const app = openManyWays(service)
    const thief = request.agent(app)
    await enter(thief)
    expect((await thief.get('/account').expect(401)).body.code).toBe('ERR_TFA_REQUIRED')
    await thief.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(403)
    expect((await thief.get('/two-factor').expect(401)).body.code).toBe('ERR_TFA_REQUIRED')
  })

  it.each(WAYS)(
    'lets in who has no second factor, and holds the session that has one by then: %s',
    async (_name, enter) => {
      const service = openService(backend)
      const app = openManyWays(service)
      const ada = request.agent(app)
      await enter(ada)
      await ada.get('/account').expect(200)
      await enrolTotp(service, 'ada')
      await ada.get('/account').expect(401)
    },
  )

  it('is refused by the strategy too while the authenticator is locked', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const app = openManyWays(service)
    const ada = request.agent(app)
    await ada.get('/magic?token=mailed').expect(302)
    await ada.post('/two-factor/challenge').send({}).expect(201)
    for (const wrong of wrongCodes(service, setupKey, 10)) await verify(await holdSession(service), wrong).expect(401)
    await ada
      .post('/code')
      .send({ code: codeFor(service, setupKey) })
      .expect(429)
    await ada.get('/account').expect(401)
  })

  it('passes once the code is verified, by the strategy, under a new id', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    const app = openManyWays(service)
    const before = sessionCookieOf(await request(app).get('/oauth/callback?state=known'))
    await request(app).post('/two-factor/challenge').set('Cookie', before).send({}).expect(201)
    service.clock.advance(30_000)
    const verified = await request(app)
      .post('/code')
      .set('Cookie', before)
      .send({ code: codeFor(service, setupKey) })
      .expect(200)
    const after = sessionCookieOf(verified)
    await request(app)
      .get('/account')
      .set('Cookie', after)
      .expect(200, { user: { id: 'user-ada', email: 'ada@example.com' } })
    await request(app).get('/account').set('Cookie', before).expect(200, { user: null })
  })
})

describe.each(BACKENDS)('a second factor without the first, on %s', (backend) => {
  it('makes no session: by the router, by the strategy, and after sign-out', async () => {
    const service = openService(backend)
    const { setupKey, agent, recoveryCodes } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const app = openManyWays(service)
    for (const code of [codeFor(service, setupKey), recoveryCodes[0]]) {
      const body = { code, username: 'ada@example.com', userId: 'user-ada', id: 'user-ada' }
      const byRouter = await request(app).post('/two-factor/challenge/verify').send(body).expect(401)
      expect(byRouter.body.code).toBe('ERR_TFA_SIGN_IN_REQUIRED')
      const byStrategy = await request(app).post('/code').send(body).expect(401)
      for (const { headers } of [byRouter, byStrategy]) expect(headers['set-cookie']).toBeUndefined()
    }
    await agent.post('/two-factor/sign-out').expect(204)
    await agent
      .post('/two-factor/challenge/verify')
      .send({ code: codeFor(service, setupKey) })
      .expect(401)
    expect((await service.authenticators.load('user-ada')).recoveryCodes.remaining).toBe(10)
  })
})
