/**
 * A21, A28. The thief's session is older than the second factor: it began before the owner enrolled, or its grant says
 * "has no factor" because that was so when it was issued. Or the enrolment races a sign-in.
 * Hurt by it: OpenProject (CVE-2023-31140: other sessions lived on), Ory Kratos (CVE-2024-45042: a cached "has no factor").
 * What must happen: sessions with a grant end, sessions without one are challenged, and no sign-in that read the facts
 * before the change comes out of it with a grant.
 */
import request from 'supertest'
import { createTestApp } from '../support/app'
import { enrolTotp, reauthenticate, signIn } from '../support/journeys'
import { after, BACKENDS, openBareApp, openService } from '../support/security'

describe.each(BACKENDS)('a session from before the first factor, on %s', (backend) => {
  it('ends when the factor is enrolled in another', async () => {
    const service = openService(backend)
    const thief = request.agent(service.app)
    await signIn(thief, 'ada').expect(200, { next: '/' })
    await thief.get('/account').expect(200)
    await reauthenticate(thief, 'ada').expect(200)
    const { agent } = await enrolTotp(service, 'ada')
    await thief.get('/account').expect(401)
    await thief.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(401)
    await agent.get('/account').expect(200)
  })

  it('that our gate never saw is challenged', async () => {
    const service = openService(backend)
    await enrolTotp(service, 'ada')
    const { app } = openBareApp(service, {
      beforeSignIn: (_req, res) => void res.json({ next: 'without signIn()' }),
    })
    const thief = request.agent(app)
    await thief.post('/login').send({ email: 'ada@example.com', password: 'correct horse battery staple' }).expect(200)
    expect((await thief.get('/account').expect(401)).body.code).toBe('ERR_TFA_REQUIRED')
  })

  it('has no grant from facts read before the change, when it signs in while the factor is enrolled', async () => {
    const service = openService(backend)
    const authenticators = after(service.authenticators, 'load', () => enrolTotp(service, 'ada'))
    const racing = createTestApp({ store: service.store, authenticators, clock: service.clock })
    const thief = request.agent(racing.app)
    await signIn(thief, 'ada').expect(200, { next: '/two-factor/challenge' })
    await thief.get('/account').expect(401)
  })
})
