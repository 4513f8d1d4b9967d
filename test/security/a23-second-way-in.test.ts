/**
 * A23, A24. The app has more than one way in: an OAuth callback, a remember-me cookie, a magic link, a password reset that
 * signs in at the end; none of them calls `signIn()`. Or the thief brings a second factor and no first.
 * Hurt by it: Gitea (CVE-2026-73278), Delinea (CVE-2026-115829: the second factor alone made a session).
 * What must happen: the gate holds whoever is signed in, by whatever way; without the first factor there is no session.
 */
import express, { type Request } from 'express'
import session from 'express-session'
import { TwoFactorStrategy } from 'express-two-factor'
import passport from 'passport'
import request from 'supertest'
import { createTestApp } from '../support/app'
import { codeFor, enrolTotp } from '../support/journeys'
import { BACKENDS, openService, type Service, sessionCookieOf } from '../support/security'

interface Account {
  id: string
  email: string
}

/** A Passport app with ways in that know nothing of the second factor. */
function openManyWays(service: Service) {
  const { twoFactor } = createTestApp({
    store: service.store,
    authenticators: service.authenticators,
    clock: service.clock,
  })
  const auth = new passport.Passport()
  auth.use(new TwoFactorStrategy(twoFactor))
  auth.serializeUser((user, done) => done(null, (user as Account).id))
  auth.deserializeUser((id, done) => done(null, { id: id as string, email: 'ada@example.com' } as Express.User))
  const app = express()
  app.use(session({ secret: 'test', resave: false, saveUninitialized: false }), auth.session())
  const ada = { id: 'user-ada', email: 'ada@example.com' } as Express.User
  app.get('/oauth/callback', (req, res, next) =>
    req.logIn(ada, (error) => (error ? next(error) : res.redirect('/account'))),
  )
  app.post('/reset-password', (req, res, next) =>
    req.logIn(ada, { keepSessionInfo: true, session: true }, (error) => (error ? next(error) : res.json({}))),
  )
  app.use((req, _res, next) => {
    if (req.headers['x-remember-me']) Object.assign(req, { user: ada })
    next()
  })
  const code = express.json()
  app.post('/code', code, auth.authenticate('two-factor', { keepSessionInfo: true }), (_req, res) =>
    res.json({ verified: true }),
  )
  app.use(twoFactor.router(), twoFactor.gate())
  app.get('/account', (req: Request, res) => void res.json({ user: req.user ?? null }))
  return app
}

describe.each(BACKENDS)('a way in that knows nothing of the second factor, on %s', (backend) => {
  it('is held: OAuth, password reset, remember-me', async () => {
    const service = openService(backend)
    await enrolTotp(service, 'ada')
    const app = openManyWays(service)
    for (const enter of [
      (agent: ReturnType<typeof request.agent>) => agent.get('/oauth/callback').expect(302),
      (agent: ReturnType<typeof request.agent>) => agent.post('/reset-password').expect(200),
    ]) {
      const thief = request.agent(app)
      await enter(thief)
      expect((await thief.get('/account').expect(401)).body.code).toBe('ERR_TFA_REQUIRED')
      await thief.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(403)
    }
    await request(app).get('/account').set('X-Remember-Me', '1').expect(401)
  })

  it('passes once the code is verified, by the strategy, under a new id', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    const app = openManyWays(service)
    const before = sessionCookieOf(await request(app).get('/oauth/callback'))
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

describe('a second factor without the first', () => {
  it('makes no session: by the router, by the strategy, and after sign-out', async () => {
    const service = openService()
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
