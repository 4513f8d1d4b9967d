import request from 'supertest'
import { signIn } from '../../support/journeys'
import { arrive, holdByApp, openService, prompt } from '../states'
import { HTML, MOUNT, type Walker } from '../walker'

/** What is answered outside of the routes: of unknown paths, of assets, and by the middleware on the app's own routes. */
export function walkBeyond(walker: Walker): void {
  it.each(['/style.css', '/script.js'])('%s is there for everybody, and may be kept', async (path) => {
    const { app } = openService()
    const { headers } = walker.take(`GET ${path}`, await request(app).get(`${MOUNT}${path}`).expect(200))
    const again = await request(app).get(`${MOUNT}${path}`).set('If-None-Match', String(headers.etag)).expect(304)
    walker.take(`GET ${path}`, again)
  })

  it('an unknown path is not found', async () => {
    const { app } = openService()
    walker.take('UnknownPath', await request(app).get(`${MOUNT}/nothing`).expect(404))
    walker.take('UnknownPath', await request(app).get(`${MOUNT}/nothing`).set('Accept', HTML).expect(404))
  })

  it('a sign-in leads on to the challenge', async () => {
    const { service } = await holdByApp()
    const answer = await signIn(request.agent(service.app), 'ada').expect(200)
    expect(walker.take('SignInNext', answer).body).toEqual({ next: '/two-factor/challenge' })
  })

  it('the gate holds back, asks to enrol, and knows an ended session', async () => {
    const { held, service } = await holdByApp()
    walker.take('GateUnauthorized', await held.get('/account').expect(401))
    await service.twoFactor.invalidate('user-ada')
    walker.take('GateUnauthorized', await held.get('/account').expect(401))
    walker.take('GateForbidden', await (await prompt()).prompted.get('/account').expect(403))
  })

  it('a step-up asks for the second factor, again where there was one', async () => {
    const { held, passed, service } = await holdByApp()
    walker.take('StepUpUnauthorized', await held.post('/email').expect(401))
    service.clock.advance(60_000)
    const { body } = walker.take('StepUpUnauthorized', await passed.post('/email').expect(401))
    expect(body).toMatchObject({ code: 'ERR_TFA_STEP_UP_REQUIRED', maxAge: 60 })
    walker.take('StepUpUnauthorized', await request(service.app).post('/email').expect(401))
  })

  it.each(['/', '/challenge', '/setup'])('HEAD %s is answered as GET is, without a body', async (path) => {
    const ada = await arrive(openService())
    const got = await ada.get(`${MOUNT}${path}`)
    const head = await ada.head(`${MOUNT}${path}`)
    expect([head.status, head.type]).toEqual([got.status, got.type])
  })
}
