import express, { type NextFunction, type Request, type Response } from 'express'
import session from 'express-session'
import type { TwoFactor } from 'express-two-factor'
import request from 'supertest'
import { createTestApp } from '../support/app'
import { enrolTotp, signIn } from '../support/journeys'

/** An app whose errors are told in words, as its developers see them. */
function openApp(mount: (app: express.Express) => void): express.Express {
  const app = express()
  mount(app)
  app.use((_req, res) => void res.send('reached'))
  app.use((error: Error, _req: Request, res: Response, _next: NextFunction) => void res.status(500).send(error.message))
  return app
}

const sessions = () => session({ secret: 'test', resave: false, saveUninitialized: true })
const withPassportUser = (req: Request, _res: Response, next: NextFunction) => {
  Object.assign(req.session, { passport: { user: 'user-ada' } })
  next()
}

describe('a mistake in mounting is said, and leaves nothing open', () => {
  it("a `user` of the app's own that sees nobody, though Passport's session names somebody", async () => {
    const { twoFactor } = createTestApp({ user: () => null })
    const app = openApp((each) => each.use(sessions(), withPassportUser, twoFactor.gate()))
    const { text } = await request(app).get('/account').expect(500)
    expect(text).toContain('mount `passport.session()` before the gate')
  })

  it('signIn() where nobody is signed in', async () => {
    const { twoFactor } = createTestApp()
    const app = openApp((each) => each.use(sessions(), twoFactor.signIn()))
    const { text } = await request(app).post('/login').expect(500)
    expect(text).toContain('without Passport, set `user`')
  })

  it('the gate before the router, which would send a browser round in circles', async () => {
    const { twoFactor } = createTestApp()
    const app = openApp((each) => each.use(sessions(), twoFactor.gate(), twoFactor.router()))
    const { text } = await request(app).get('/two-factor/challenge').expect(500)
    expect(text).toContain('mount `router()` before `gate()`')
  })

  it.each(['gate', 'signIn', 'router'] as const)('twoFactor.%s mounted without being called', async (name) => {
    const { twoFactor } = createTestApp()
    const uncalled = twoFactor[name as keyof TwoFactor] as unknown as express.RequestHandler
    const { text } = await request(openApp((each) => each.use(uncalled)))
      .get('/')
      .expect(500)
    expect(text).toContain(`mount "twoFactor.${name}()"`)
  })

  it('an option of a policy that does not exist', () => {
    const policy = { requirement: 'required', graceDays: 28 } as never
    expect(() => createTestApp({ policy })).toThrow('`policy.graceDays`: does not exist')
  })
})

describe('a page whose grant has ended', () => {
  it("ends the app's session too, so that the sign-in page does not send it home again", async () => {
    const service = createTestApp()
    const { agent } = await enrolTotp(service, 'ada')
    await service.twoFactor.invalidate('user-ada')
    await agent.get('/account').set('Accept', 'text/html').expect(303).expect('Location', '/login')
    const { body } = await agent.get('/account').expect(200)
    expect(body.user).toBeNull()
  })

  it('answers JSON 401 as long as it is asked', async () => {
    const service = createTestApp()
    const ada = request.agent(service.app)
    await signIn(ada, 'ada')
    await service.twoFactor.invalidate('user-ada')
    for (const _time of [1, 2]) await ada.get('/account').expect(401)
  })
})
