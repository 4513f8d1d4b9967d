/**
 * A29. The account is disabled or deleted while its second factor is pending, because somebody noticed the thief; he
 * answers the challenge he still has.
 * Hurt by it: MISP (CVE-2026-95754).
 * What must happen: refused; so is a session that had passed, and one that comes back with a remembered device.
 */
import request from 'supertest'
import { codeFor, enrolPhone, enrolTotp, reauthenticate, signIn } from '../support/journeys'
import { BACKENDS, cookiesSetBy, holdSession, openService, verify } from '../support/security'

describe.each(BACKENDS)('a user who is gone, on %s', (backend) => {
  it('is refused with the right code, and where the gate was passed before', async () => {
    const service = openService(backend)
    const { setupKey, agent, recoveryCodes } = await enrolTotp(service, 'ada')
    const thief = await holdSession(service)
    service.clock.advance(30_000)
    Object.assign(service.users.get('ada') as object, { isGone: true })
    for (const code of [codeFor(service, setupKey), recoveryCodes[0]]) {
      const { body } = await thief.post('/two-factor/challenge/verify').send({ code }).expect(401)
      expect(body.code).toBe('ERR_TFA_SIGN_IN_REQUIRED')
    }
    await agent.get('/two-factor').expect(401)
    expect((await agent.get('/account')).body.user ?? null).toBeNull()
  })

  it('is sent no more codes, and the one sent before is refused', async () => {
    const service = openService(backend, { cooldownMs: 0 })
    const { agent } = await enrolPhone(service, 'ada')
    const thief = await holdSession(service)
    const code = service.phone.codeFor()
    await reauthenticate(agent, 'ada').expect(200)
    const sent = service.phone.messages.length
    Object.assign(service.users.get('ada') as object, { isGone: true })
    await thief.post('/two-factor/challenge').send({ method: 'sms' }).expect(401)
    await thief.post('/two-factor/challenge').send({ method: 'voice' }).expect(401)
    await thief.post('/two-factor/challenge/resend').expect(401)
    const phone = { factor: 'phone', country: 'FR', phone: '0623456789', method: 'sms' }
    await agent.post('/two-factor/authenticators').send(phone).expect(401)
    await verify(thief, code).expect(401)
    expect(service.phone.messages).toHaveLength(sent)
  })

  it('is refused with a remembered device', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    const ada = await holdSession(service)
    service.clock.advance(30_000)
    const verified = await ada
      .post('/two-factor/challenge/verify')
      .send({ code: codeFor(service, setupKey), remember: true })
      .expect(200)
    Object.assign(service.users.get('ada') as object, { isGone: true })
    const thief = request.agent(service.app)
    await signIn(thief, 'ada').set('Cookie', cookiesSetBy(verified).join('; ')).expect(401)
  })
})
