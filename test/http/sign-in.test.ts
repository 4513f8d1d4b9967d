import request from 'supertest'
import { createTestApp, PASSWORD } from '../support/app'
import { codeFor, enrolTotp, signIn } from '../support/journeys'

describe('a user without a factor, where it is optional', () => {
  it('signs in with the password alone and passes the gate', async () => {
    const { app } = createTestApp()
    const ada = request.agent(app)
    await signIn(ada, 'ada').expect(200, { next: '/' })
    const { body } = await ada.get('/account').expect(200)
    expect(body.twoFactor).toMatchObject({ assurance: 'password', methods: [], verifiedAt: null })
  })
})

describe('a user with an authenticator app', () => {
  it('is held after the password, and passes once the code is verified', async () => {
    const service = createTestApp()
    const { setupKey } = await enrolTotp(service, 'ada')
    const ada = request.agent(service.app)
    await signIn(ada, 'ada').expect(200, { next: '/two-factor/challenge' })
    const held = await ada.get('/account').expect(401)
    expect(held.body).toMatchObject({ code: 'ERR_TFA_REQUIRED', location: '/two-factor/challenge' })
    expect(held.headers['www-authenticate']).toContain('error="insufficient_user_authentication"')
    service.clock.advance(30_000)
    const verified = await ada
      .post('/two-factor/challenge/verify')
      .send({ code: codeFor(service, setupKey) })
      .expect(200)
    expect(verified.body).toEqual({ assurance: 'second-factor', returnTo: '/' })
    await ada.get('/account').expect(200)
  })

  it('signs in with the wrong password, and is not signed in at all', async () => {
    const { app } = createTestApp()
    await request(app)
      .post('/login')
      .send({ email: 'ada@example.com', password: `${PASSWORD}!` })
      .expect(401)
  })
})
