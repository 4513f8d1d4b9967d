import express from 'express'
import request from 'supertest'
import { createTestApp } from '../support/app'
import { enrolTotp, passWithTotp, signIn } from '../support/journeys'

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

describe('report-only', () => {
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
