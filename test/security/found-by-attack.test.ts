/**
 * What an expert found who had the source, a running service, and one user's password. Each test says what he did; each
 * was open once.
 */
import express, { type Express, type RequestHandler } from 'express'
import session from 'express-session'
import { createTwoFactor, type TwoFactorError, type TwoFactorOptions, TwoFactorStrategy } from 'express-two-factor'
import passport from 'passport'
import request from 'supertest'
import { decodeBase32 } from '../../lib/core/base32'
import { hotp, stepAt } from '../../lib/core/factors/totp'
import { createTestApp, KEY, PASSWORD } from '../support/app'
import { codeFor, enrolTotp } from '../support/journeys'
import { cookiesSetBy, openBareApp, openService, type Service, sessionCookieOf } from '../support/security'

const LOGIN = { email: 'ada@example.com', password: PASSWORD }

/** The same cookie to express-session, and another text to whoever looks for the id in the header. */
function spell(cookie: string): string {
  const [name, value = ''] = cookie.split('=')
  const inPercents = [...decodeURIComponent(value)].map((one) => `%${one.charCodeAt(0).toString(16).padStart(2, '0')}`)
  return `${name}=${inPercents.join('')}`
}

describe('(A44) a planted session id, spelled in percent signs', () => {
  it('is another after the sign-in of a user without a factor', async () => {
    const { app } = openBareApp(openService())
    const planted = sessionCookieOf(await request(app).get('/visit'))
    await request(app).post('/login').set('Cookie', spell(planted)).send(LOGIN).expect(200)
    expect((await request(app).get('/account').set('Cookie', planted)).body.twoFactor ?? null).toBeNull()
  })

  it('is another after the sign-in from a remembered device', async () => {
    const service = openService()
    const { app } = openBareApp(service)
    const { setupKey } = await enrolTotp(service, 'ada')
    const held = sessionCookieOf(await request(app).post('/login').send(LOGIN))
    service.clock.advance(30_000)
    const answer = await request(app)
      .post('/two-factor/challenge/verify')
      .set('Cookie', held)
      .send({ code: codeFor(service, setupKey), remember: true })
    const device = cookiesSetBy(answer).find((pair) => pair.startsWith('two-factor-device'))
    const planted = sessionCookieOf(await request(app).get('/visit'))
    await request(app)
      .post('/login')
      .set('Cookie', `${spell(planted)}; ${device}`)
      .send(LOGIN)
      .expect(200)
    expect((await request(app).get('/account').set('Cookie', planted)).body.twoFactor ?? null).toBeNull()
  })
})

/** An app with a route of its own for the code, as `routes` writes it. */
function ownRoute(service: Service, routes: (app: Express, auth: passport.Authenticator) => void): Express {
  const { store, authenticators, clock } = service
  const { twoFactor } = createTestApp({ store, authenticators, clock })
  const auth = new passport.Passport()
  auth.serializeUser((user, done) => done(null, (user as unknown as { id: string }).id))
  auth.deserializeUser((id, done) => done(null, { id } as never))
  auth.use(new TwoFactorStrategy(twoFactor))
  const app = express()
  app.use(session({ secret: 'x', resave: false, saveUninitialized: false }), auth.session(), express.json())
  app.post('/login', signInAda, twoFactor.signIn(), (_req, res) => void res.json({}))
  app.post('/code/own', (req, res) => {
    const refuse = ({ status, code, fields }: TwoFactorError) => res.status(status).json({ code, ...fields })
    twoFactor.verify(req, { code: req.body.code }).then(() => res.json({}), refuse)
  })
  routes(app, auth)
  return app
}

const signInAda: RequestHandler = (req, _res, next) => req.logIn({ id: 'user-ada' } as never, next)

const strategyInfo = (auth: passport.Authenticator): RequestHandler => {
  return (req, res, next) => {
    const tell = (error: unknown, _user: unknown, info?: object) => (error ? next(error) : res.status(401).json(info))
    ;(auth.authenticate('two-factor', { keepSessionInfo: true }, tell) as RequestHandler)(req, res, next)
  }
}

describe('a code that will be right in three minutes', () => {
  it.each(['/code/own', '/code/strategy'])(
    'is wrong, and nothing at %s says that it is worth keeping',
    async (path) => {
      const service = openService()
      const { setupKey } = await enrolTotp(service, 'ada')
      const thief = request.agent(ownRoute(service, (app, auth) => app.post('/code/strategy', strategyInfo(auth))))
      await thief.post('/login')
      const wrong = (await thief.post(path).send({ code: '000000' })).body as object
      const future = hotp(decodeBase32(setupKey), stepAt(service.clock.now()) + 6)
      const { body } = await thief.post(path).send({ code: future })
      expect(Object.keys(body as object)).toEqual(Object.keys(wrong))
      expect(JSON.stringify(body)).not.toContain('drift')
    },
  )
})

describe("the app's part of a failed verification that throws", () => {
  it('is an error of that request, not the end of the process', async () => {
    const service = openService()
    await enrolTotp(service, 'ada')
    const flash = { keepSessionInfo: true, failureFlash: true, failureRedirect: '/' }
    const app = ownRoute(service, (routes, auth) =>
      routes.post('/code', auth.authenticate('two-factor', flash) as RequestHandler),
    )
    const thief = request.agent(app)
    await thief.post('/login')
    await thief.post('/code').send({ code: '123456' }).expect(500)
  })
})

describe('(A25) options that are inherited', () => {
  class Config {
    issuer = 'Acme'
    origin = 'http://localhost'
    keys = [KEY]
    store = openService().store
    authenticators = openService().authenticators
    reauthenticate = () => null
    get policy() {
      return { requirement: 'required' as const }
    }
  }

  it.each([
    ['of a class', () => new Config()],
    ['of a prototype', () => Object.create({ ...new Config() })],
  ])('%s are refused: a policy among them would be passed over', (_whose, make: () => TwoFactorOptions) => {
    expect(() => createTwoFactor(make())).toThrow('option `options`: must be a plain object')
  })
})

describe('a life that the app chooses for the session behind signIn()', () => {
  it('is saved, though nothing else has changed', async () => {
    const service = openService()
    const sessions = new session.MemoryStore()
    const auth = new passport.Passport()
    auth.serializeUser((_user, done) => done(null, 'user-ada'))
    const app = express()
    const options = {
      secret: 'x',
      resave: false,
      saveUninitialized: false,
      store: sessions,
      cookie: { maxAge: 60_000 },
    }
    app.use(session(options), auth.session())
    app.post('/login', signInAda, service.twoFactor.signIn(), (req, res) => {
      req.session.cookie.maxAge = 1000
      res.json({})
    })
    await request(app).post('/login').expect(200)
    const [saved] = Object.values((sessions as unknown as { sessions: Record<string, string> }).sessions)
    expect(JSON.parse(saved as string).cookie.originalMaxAge).toBeLessThanOrEqual(1000)
  })
})
