/**
 * A3. A second factor is required. The user aborts the enrolment, starts it again, signs in again, asks support for a
 * reset, toggles it (on, and off again, while that is allowed), or says "not now" once more, so that the deadline moves or
 * the question goes away.
 * Hurt by it: Keycloak (CVE-2026-94218), where a restarted flow forgot the required action.
 * What must happen: still forced; the grace period counts from the first prompt and never begins again.
 */
import request from 'supertest'
import { codeFor, enrolTotp, reauthenticate, signIn } from '../support/journeys'
import { BACKENDS, openService, type Service } from '../support/security'

const DAY = 24 * 60 * 60_000
const policy = { requirement: 'required', graceMs: 28 * DAY } as const

async function prompted(service: Service) {
  const agent = request.agent(service.app)
  await signIn(agent, 'ada').expect(200, { next: '/two-factor/setup' })
  return agent
}

describe.each(BACKENDS)('a user who must enrol, on %s', (backend) => {
  it('is asked again after each sign-in, with the days left from the first prompt', async () => {
    const service = openService(backend, { policy })
    const first = await prompted(service)
    await first.post('/two-factor/setup/postpone').expect(200, { daysLeft: 28, returnTo: '/' })
    service.clock.advance(20 * DAY)
    const later = await prompted(service)
    const { body } = await later.post('/two-factor/setup/postpone').expect(200)
    expect(body.daysLeft).toBe(8)
    service.clock.advance(8 * DAY)
    const last = await prompted(service)
    expect((await last.post('/two-factor/setup/postpone').expect(403)).body.postponable).toBe(false)
    expect((await last.get('/account').expect(403)).body.code).toBe('ERR_TFA_ENROLMENT_REQUIRED')
  })

  it('is still forced in a session that postponed, once the days are over', async () => {
    const service = openService(backend, { policy, grantTtlMs: 30 * DAY })
    const ada = await prompted(service)
    service.clock.advance(27 * DAY)
    const late = await prompted(service)
    await late.post('/two-factor/setup/postpone').expect(200)
    await late.get('/account').expect(200)
    service.clock.advance(DAY)
    await late.get('/account').expect(403)
    await ada.get('/account').expect(403)
  })

  it('is still forced after an enrolment begun, failed, aborted and begun again', async () => {
    const service = openService(backend, { policy: { requirement: 'required' } })
    const ada = await prompted(service)
    await reauthenticate(ada, 'ada').expect(200)
    for (let round = 0; round < 3; round += 1) {
      const { body } = await ada.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
      await ada.post(`/two-factor/authenticators/${body.enrolmentId}/confirm`).send({ code: '000000' }).expect(401)
      await ada.get('/account').expect(403)
    }
    await ada.post('/two-factor/sign-out').expect(204)
    await (await prompted(service)).get('/account').expect(403)
  })

  it('gets no new grace period where it is toggled: by the service, or on and off by the user', async () => {
    let requirement: 'required' | 'optional' = 'required'
    const service = openService(backend, { policy: () => ({ ...policy, requirement }) })
    await (await prompted(service)).post('/two-factor/setup/postpone').expect(200, { daysLeft: 28, returnTo: '/' })
    service.clock.advance(10 * DAY)
    requirement = 'optional'
    const { agent } = await enrolTotp(service, 'ada')
    await reauthenticate(agent, 'ada').expect(200)
    await agent.post('/two-factor/disable').expect(204)
    service.clock.advance(10 * DAY)
    requirement = 'required'
    const back = await prompted(service)
    expect((await back.post('/two-factor/setup/postpone').expect(200)).body.daysLeft).toBe(8)
    service.clock.advance(8 * DAY)
    await (await prompted(service)).get('/account').expect(403)
  })

  it('gets no new grace period from a reset by support', async () => {
    const service = openService(backend, { policy })
    const ada = await prompted(service)
    await reauthenticate(ada, 'ada').expect(200)
    const { body } = await ada.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
    const code = codeFor(service, body.setupKey)
    await ada.post(`/two-factor/authenticators/${body.enrolmentId}/confirm`).send({ code }).expect(201)
    await ada.post('/two-factor/disable').expect(403)
    service.clock.advance(40 * DAY)
    await service.twoFactor.admin.reset('user-ada', { actor: 'support', reason: 'lost phone' })
    const again = await prompted(service)
    await again.post('/two-factor/setup/postpone').expect(403)
    await again.get('/account').expect(403)
  })
})
