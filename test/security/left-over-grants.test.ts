/**
 * A35, I2. The user signs out, and the grant outlives it: the app forgot the user and left our part of the session there,
 * or the sign-out met a request of our own that was just moving the grant on. The next to have the password, or the
 * browser, is let in.
 * What must happen: a sign-out that was answered is for good, in whatever order the app does it, and whatever is in flight.
 */
import express, { type Express, type Request, type RequestHandler } from 'express'
import session from 'express-session'
import { createTwoFactor, type TwoFactor } from 'express-two-factor'
import request from 'supertest'
import { createTestApp, KEY, PASSWORD } from '../support/app'
import { codeFor, enrolTotp, reauthenticate, signIn, type TestAgent } from '../support/journeys'
import { after, BACKENDS, openService, type Service, sessionCookieOf, verify } from '../support/security'

type Marked = { userId?: string }

function markOf(req: Request): Marked {
  return req.session as Marked
}

/** An app without Passport and without signIn(), that keeps its session over sign-in and sign-out. */
function ownSessions(
  { store, authenticators, clock }: Service,
  leave: (twoFactor: TwoFactor) => RequestHandler,
): Express {
  const twoFactor = createTwoFactor({
    issuer: 'Acme',
    origin: 'http://localhost',
    keys: [KEY],
    ...{ store, authenticators, clock },
    reauthenticate: () => null,
    user: (req) => {
      const { userId } = markOf(req)
      return userId === undefined ? null : { id: userId, label: userId }
    },
  })
  const app = express()
  app.use(session({ secret: 'x', resave: false, saveUninitialized: false }), express.json())
  app.post('/login', (req, res) => {
    if (req.body.password === PASSWORD) markOf(req).userId = `user-${req.body.name}`
    res.json({})
  })
  app.post('/logout', leave(twoFactor), (_req, res) => void res.json({}))
  app.use(twoFactor.router(), twoFactor.gate())
  app.get('/account', (req, res) => void res.json(req.twoFactor ?? null))
  return app
}

function forget(req: Request): void {
  delete markOf(req).userId
}

async function passed(service: Service, browser: TestAgent, setupKey: string): Promise<void> {
  await browser.post('/login').send({ name: 'ada', password: PASSWORD })
  await browser.post('/two-factor/challenge').send({}).expect(201)
  service.clock.advance(30_000)
  await verify(browser, codeFor(service, setupKey)).expect(200)
}

describe.each(BACKENDS)('the password alone, in a session that its owner signed out of, on %s', (backend) => {
  const WAYS: [string, (twoFactor: TwoFactor) => RequestHandler][] = [
    [
      'signOut(req), then the user forgotten',
      (twoFactor) => (req, _res, next) =>
        twoFactor
          .signOut(req)
          .then(() => forget(req))
          .then(() => next(), next),
    ],
    [
      'the user forgotten, then signOut(req)',
      (twoFactor) => (req, _res, next) => {
        forget(req)
        twoFactor.signOut(req).then(() => next(), next)
      },
    ],
    [
      'the user forgotten, and a page looked at',
      () => (req, _res, next) => {
        forget(req)
        next()
      },
    ],
  ]

  it.each(WAYS)('is held: %s', async (_name, leave) => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    const browser = request.agent(ownSessions(service, leave))
    await passed(service, browser, setupKey)
    await browser.post('/logout').expect(200)
    await browser.get('/account').expect(200, 'null')
    await browser.post('/login').send({ name: 'ada', password: PASSWORD })
    expect((await browser.get('/account').expect(401)).body.code).toBe('ERR_TFA_REQUIRED')
    await browser.post('/two-factor/challenge').send({}).expect(201)
  })

  it('is held when another user has been signed in over the first', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    const browser = request.agent(ownSessions(service, () => (_req, _res, next) => next()))
    await passed(service, browser, setupKey)
    await browser.post('/login').send({ name: 'bob', password: PASSWORD })
    expect((await browser.get('/account').expect(200)).body.assurance).toBe('password')
    await browser.post('/login').send({ name: 'ada', password: PASSWORD })
    expect((await browser.get('/account').expect(401)).body.code).toBe('ERR_TFA_REQUIRED')
  })
})

describe('signOut(req) that comes too late to find anything', () => {
  it('says so in development', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { twoFactor } = openService()
    const app = express().use(session({ secret: 'x', resave: false, saveUninitialized: false }))
    app.post('/logout', (req, res, next) => twoFactor.signOut(req).then(() => void res.json({}), next))
    await request(app).post('/logout').expect(200)
    expect(warned).toHaveBeenCalledWith(expect.stringContaining('before `req.logout()`'), 'TwoFactorWarning')
    warned.mockRestore()
  })
})

/** The app on the same records, with a port that can be halted. */
function hooked({ store, authenticators, clock }: Service, ports: object): Express {
  return createTestApp({ store, authenticators, clock, ...ports }).app
}

/** What a sign-out can meet halfway: the call after which it comes. */
const MEETINGS = [
  ['between the two revocations of a change of factors', 'authenticators', 'change'],
  ['between the grant of a verify and its new session', 'store', 'consumeChallenge'],
] as const

describe.each(BACKENDS)('a sign-out that meets a request of ours, on %s', (backend) => {
  it.each(MEETINGS)('is for good when it comes %s', async (_when, port, call) => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    let cookie = ''
    const signOut = () => request(app).post('/two-factor/sign-out').set('Cookie', cookie).expect(204)
    const app = hooked(service, { [port]: after(service[port], call as never, signOut) })
    const ada = request.agent(app)
    cookie = sessionCookieOf(await signIn(ada, 'ada'))
    service.clock.advance(30_000)
    const verified = await verify(ada, codeFor(service, setupKey))
    if (port === 'authenticators') {
      cookie = sessionCookieOf(verified)
      await reauthenticate(ada, 'ada').expect(200)
      await ada.post('/two-factor/recovery-codes')
    }
    expect((await ada.get('/account')).body.twoFactor ?? null).toBeNull()
  })
})
