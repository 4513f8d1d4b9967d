import express from 'express'
import session from 'express-session'
import { TwoFactorError } from 'express-two-factor'
import { memoryStore } from 'express-two-factor/memory'
import request from 'supertest'
import { createTestApp } from '../support/app'
import { codeFor, enrolTotp, passWithTotp, signIn } from '../support/journeys'

const HTML = 'text/html'

describe('the gate', () => {
  it('lets nobody-signed-in through to the app itself', async () => {
    const { app } = createTestApp()
    await request(app).get('/account').expect(200, { user: null })
  })

  it('lets a held session to what is allowed by name, and to nothing beside it', async () => {
    const service = createTestApp()
    await enrolTotp(service, 'ada')
    const app = express()
    app.use((req, _res, next) => {
      Object.assign(req, {
        user: service.users.get('ada'),
        session: { id: 'x', twoFactor: { handle: 'H'.repeat(22) } },
      })
      next()
    })
    app.use(service.twoFactor.gate({ allow: ['/health'] }))
    app.use((_req, res) => void res.json({ reached: true }))
    await request(app).get('/health').expect(200)
    await request(app).get('/health/../account').expect(401)
    await request(app).get('/healthy').expect(401)
  })

  it('answers 503 where there is no session at all, as when its store is down', async () => {
    const { twoFactor } = createTestApp()
    const app = express().use(twoFactor.gate())
    const { body } = await request(app).get('/').expect(503)
    expect(body.code).toBe('ERR_TFA_STORE_UNAVAILABLE')
    await request(app).get('/').set('Accept', HTML).expect(503).expect('Content-Type', /html/)
  })

  it('says how to mount it when Passport has not looked for the user yet', async () => {
    const { twoFactor } = createTestApp()
    const app = express()
    app.use((req, _res, next) => {
      Object.assign(req, { session: { passport: { user: 'user-ada' } } })
      next()
    })
    app.use(twoFactor.gate())
    app.use(
      (error: Error, _req: express.Request, res: express.Response, _next: express.NextFunction) =>
        void res.status(500).send(error.message),
    )
    const { text } = await request(app).get('/').expect(500)
    expect(text).toContain('mount `passport.session()` before')
  })

  it('counts a session whose grant has ended as not signed in', async () => {
    const service = createTestApp()
    const { setupKey } = await enrolTotp(service, 'ada')
    const ada = await passWithTotp(service, 'ada', setupKey)
    service.clock.advance(12 * 60 * 60_000)
    expect((await ada.get('/account').expect(401)).body.code).toBe('ERR_TFA_SIGN_IN_REQUIRED')
    await ada.get('/account').set('Accept', HTML).expect(303).expect('Location', '/login')
  })
})

/** An app of its own around the gate, whose every request is ada's, held back by the second factor. */
async function openHeld(
  mount: (app: express.Express, service: ReturnType<typeof createTestApp>) => void,
  overrides = {},
) {
  const service = createTestApp(overrides)
  await enrolTotp(service, 'ada')
  const app = express()
  app.use((req, _res, next) => {
    const session = { id: 'x', twoFactor: { handle: 'H'.repeat(22), userId: 'user-bob' } }
    Object.assign(req, { user: service.users.get('ada'), session })
    next()
  })
  mount(app, service)
  app.use((_req, res) => void res.json({ reached: true }))
  app.use(
    (error: Error, _req: express.Request, res: express.Response, _next: express.NextFunction) =>
      void res.status(500).send(error.message),
  )
  return { app, service }
}

describe('what a gate allows', () => {
  it.each([
    ['true', () => true, 200],
    ['a promise of false', async () => false, 401],
    ['something that is not true', () => 'yes', 401],
    ['false', () => false, 401],
  ])('by a function that answers %s', async (_name, allow, status) => {
    const { app } = await openHeld((each, { twoFactor }) => each.use(twoFactor.gate({ allow: allow as () => boolean })))
    await request(app).get('/account').expect(status)
  })

  it('by a function of the request is for that request alone', async () => {
    const allow = (req: express.Request) => req.method === 'GET' && req.path === '/prices'
    const { app } = await openHeld((each, { twoFactor }) => each.use(twoFactor.gate({ allow })))
    await request(app).get('/prices?all=1').expect(200, { reached: true })
    await request(app).post('/prices').expect(401)
  })

  it('by path is the whole path, wherever the gate is mounted', async () => {
    const { app } = await openHeld((each, { twoFactor }) =>
      each.use('/api', twoFactor.gate({ allow: ['/api/health'] })),
    )
    await request(app).get('/api/health').expect(200)
    await request(app).get('/api/api/health').expect(401)
    await request(app).get('/api/account').expect(401)
  })

  it('is nothing where nothing is named', async () => {
    const { app } = await openHeld((each, { twoFactor }) => each.use(twoFactor.gate()))
    for (const path of ['/', '/undefined', '/Stryker']) await request(app).get(path).expect(401)
  })

  it.each([
    [{ allow: '/health' }, '`gate.allow`: must be an array of paths, or a function'],
    [{ allow: { '/health': true } }, '`gate.allow`: must be an array'],
    [{ allowed: ['/health'] }, '`gate.allowed`: does not exist; known is allow'],
  ])('as %j is an error at start-up that names the option', (options, words) => {
    const { twoFactor } = createTestApp()
    expect(() => twoFactor.gate(options as never)).toThrow(words)
  })
})

describe('a gate that meets a path of the package itself', () => {
  it('says how to mount it, and holds what only looks like one', async () => {
    const { app } = await openHeld((each, { twoFactor }) => each.use(twoFactor.gate()))
    const { text } = await request(app).get('/two-factor/challenge').expect(500)
    expect(text).toContain('mount `router()` before `gate()`, and not under a path')
    await request(app).get('/two-factor-help').expect(401)
    await request(app).get('/help/two-factor/').expect(401)
  })

  it('says so under a path too, where the router would not be found', async () => {
    const { app } = await openHeld((each, { twoFactor }) => each.use('/two-factor', twoFactor.gate()))
    await request(app).get('/two-factor/challenge').expect(500)
  })
})

describe('a request that is held', () => {
  it('is told where to go; a page load is kept to come back to, and nothing else', async () => {
    const service = createTestApp()
    const { setupKey } = await enrolTotp(service, 'ada')
    const ada = request.agent(service.app)
    await signIn(ada, 'ada').expect(200)
    expect((await ada.get('/account?tab=1').expect(401)).body).toMatchObject({
      code: 'ERR_TFA_REQUIRED',
      location: '/two-factor/challenge',
    })
    await ada.get('/account?tab=2').set('Accept', HTML).expect(303).expect('Location', '/two-factor/challenge')
    await ada.post('/account?tab=3').set('Accept', HTML).expect(303).expect('Location', '/two-factor/challenge')
    service.clock.advance(30_000)
    const verified = await ada.post('/two-factor/challenge/verify').send({ code: codeFor(service, setupKey) })
    expect(verified.body).toEqual({ assurance: 'second-factor', returnTo: '/account?tab=2' })
  })

  it('to enrol is told whether it may be postponed', async () => {
    const { app } = createTestApp({ policy: { requirement: 'required', graceMs: 1000 } })
    const ada = request.agent(app)
    await signIn(ada, 'ada').expect(200, { next: '/two-factor/setup' })
    await ada.get('/account').set('Accept', HTML).expect(303).expect('Location', '/two-factor/setup')
    const { body } = await ada.get('/account').expect(403)
    expect(body).toMatchObject({ code: 'ERR_TFA_ENROLMENT_REQUIRED', location: '/two-factor/setup', postponable: true })
  })
})

describe('an error behind the gate', () => {
  const failing = (failure: unknown) => ({
    store: { ...memoryStore(), readGrant: () => Promise.reject(failure) },
  })

  it('of the package is a page that leads home where the store is down', async () => {
    const { app } = createTestApp({ ...failing(new TwoFactorError('ERR_TFA_STORE_UNAVAILABLE')), homeUrl: '/start' })
    const ada = request.agent(app)
    await signIn(ada, 'ada').expect(200)
    const { text } = await ada.get('/account').set('Accept', HTML).expect(503).expect('Cache-Control', 'no-store')
    expect(text).toContain('href="/start"')
    expect((await ada.get('/account').expect(503)).body.code).toBe('ERR_TFA_STORE_UNAVAILABLE')
  })

  it('is told in the language of the user, where the app says which', async () => {
    const service = createTestApp(failing(new TwoFactorError('ERR_TFA_STORE_UNAVAILABLE')))
    const ada = request.agent(service.app)
    await signIn(ada, 'ada').expect(200)
    Object.assign(service.users.get('ada') as object, { locale: 'fr' })
    const { text } = await ada.get('/account').set('Accept', HTML).set('Accept-Language', 'en').expect(503)
    expect(text).toContain('lang="fr"')
    expect(text).toContain('Veuillez réessayer dans un instant.')
  })

  it('of a visitor whom nobody signed in leaves what the app keeps of the visit', async () => {
    const app = express()
    const { twoFactor } = createTestApp()
    app.use(session({ secret: 'test', resave: false, saveUninitialized: true }))
    app.get('/basket', (req, res) => void res.json({ id: req.sessionID }))
    app.use(twoFactor.router())
    const visitor = request.agent(app)
    const { body: before } = await visitor.get('/basket').expect(200)
    await visitor.get('/two-factor').set('Accept', HTML).expect(303).expect('Location', '/login')
    const { body: after } = await visitor.get('/basket').expect(200)
    expect(after).toEqual(before)
  })

  it('of the package that is none of the store’s leads back to the settings', async () => {
    const { app } = createTestApp(failing(new TwoFactorError('ERR_TFA_NOT_FOUND')))
    const ada = request.agent(app)
    await signIn(ada, 'ada').expect(200)
    const { text } = await ada.get('/account').set('Accept', HTML).expect(404)
    expect(text).toContain('href="/two-factor"')
  })

  it.each([
    ['a mistake in the set-up', new TwoFactorError('ERR_TFA_CONFIG', { detail: 'the option is wrong' })],
    ['an error of somebody else’s', new Error('the option is wrong')],
  ])('that is %s goes to the app’s own error handler', async (_name, failure) => {
    const { app } = createTestApp(failing(failure))
    const answered = express().use(
      app,
      (error: Error, _req: express.Request, res: express.Response, _next: express.NextFunction) =>
        void res.status(500).send(`own handler: ${error.message}`),
    )
    const ada = request.agent(answered)
    await signIn(ada, 'ada').expect(200)
    for (const accept of [HTML, 'application/json']) {
      const { text } = await ada.get('/account').set('Accept', accept).expect(500)
      expect(text).toContain('own handler')
      expect(text).toContain('the option is wrong')
    }
  })

  it('that ends the session ends the app’s own too, the way the app says', async () => {
    const ended: string[] = []
    const service = createTestApp({ onSignOut: (req) => void ended.push(req.path) })
    const { agent } = await enrolTotp(service, 'ada')
    await service.twoFactor.invalidate('user-ada')
    await agent.get('/account').set('Accept', HTML).expect(303).expect('Location', '/login')
    expect(ended).toEqual(['/account'])
  })

  it('of ending it goes to the app’s own error handler', async () => {
    const onSignOut = () => Promise.reject(new Error('sessions are down'))
    const service = createTestApp({ onSignOut })
    const { agent } = await enrolTotp(service, 'ada')
    await service.twoFactor.invalidate('user-ada')
    await agent.get('/account').set('Accept', HTML).expect(500)
  })
})

describe('report-only', () => {
  it('says of a session that a code would have held it, and of a passed one nothing', async () => {
    const service = createTestApp({ reportOnly: true })
    const { agent: passed } = await enrolTotp(service, 'ada')
    const reports: unknown[] = []
    service.twoFactor.on('gate.would-hold', (report) => reports.push(report))
    await passed.get('/account').expect(200)
    expect(reports).toEqual([])
    const ada = request.agent(service.app)
    await signIn(ada, 'ada').expect(200)
    await ada.get('/account').expect(200)
    expect(reports).toEqual([{ userId: 'user-ada', standing: 'held' }])
  })

  it('holds nobody for a store that is down, nor for a grant that has ended; a mistake in the set-up is said', async () => {
    const store = memoryStore()
    const { readGrant } = store
    const service = createTestApp({ reportOnly: true, store })
    const ada = request.agent(service.app)
    await signIn(ada, 'ada').expect(200)
    store.readGrant = () => Promise.reject(new TwoFactorError('ERR_TFA_STORE_UNAVAILABLE'))
    await ada.get('/account').expect(200)
    store.readGrant = () => Promise.reject(new TwoFactorError('ERR_TFA_CONFIG', { detail: 'wrong' }))
    await ada.get('/account').expect(500)
    store.readGrant = () => Promise.reject(new Error('a fault'))
    await ada.get('/account').expect(500)
    store.readGrant = readGrant
    await service.twoFactor.invalidate('user-ada')
    await ada.get('/account').expect(200)
  })

  it('holds nobody, and says by event who would have been', async () => {
    const service = createTestApp({ reportOnly: true, policy: { requirement: 'required' } })
    const reports: unknown[] = []
    service.twoFactor.on('gate.would-hold', (report) => reports.push(report))
    const ada = request.agent(service.app)
    await signIn(ada, 'ada').expect(200, { next: '/' })
    await ada.get('/account').expect(200)
    expect(reports).toEqual([{ userId: 'user-ada', standing: 'prompted' }])
  })
})
