/**
 * A2. The thief has the password. The second factor is pending, so he enrols one of his own, or changes the phone, and
 * answers with that.
 * Hurt by it: CVE-2022-28601 (a TOTP could be registered while one was pending), PingFederate (GHSA-gqc6-p5c3-q963).
 * What must happen: every change of factors is refused with 403 while the second factor is pending; nothing is sent.
 */
import { codeFor, enrolTotp, reauthenticate } from '../support/journeys'
import { BACKENDS, holdSession, openService, verify } from '../support/security'

const ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const CHANGES: readonly [path: string, body: object][] = [
  ['/authenticators', { factor: 'totp' }],
  ['/authenticators', { factor: 'phone', country: 'FR', phone: '0612345678', method: 'sms' }],
  ['/authenticators', { factor: 'phone', country: 'FR', phone: '0612345678', method: 'voice', replaces: ID }],
  [`/authenticators/${ID}/confirm`, { code: '123456' }],
  [`/authenticators/${ID}/resend`, {}],
  [`/authenticators/${ID}/remove`, {}],
  ['/recovery-codes', {}],
]

describe.each(BACKENDS)('a held session, on %s', (backend) => {
  it('changes no factor, and sends nothing to a number of its own', async () => {
    const service = openService(backend)
    const { authenticatorId } = await enrolTotp(service, 'ada')
    const thief = await holdSession(service)
    for (const [path, body] of [...CHANGES, [`/authenticators/${authenticatorId}/remove`, {}] as const]) {
      const refused = await thief.post(`/two-factor${path}`).send(body).expect(403)
      expect(refused.body).toMatchObject({
        code: 'ERR_TFA_REAUTHENTICATION_REQUIRED',
        missing: ['password', 'second-factor'],
      })
    }
    await thief.post('/two-factor/disable').send({}).expect(403)
    await thief.post(`/two-factor/authenticators/${authenticatorId}/update`).send({ label: 'mine' }).expect(401)
    await thief.post('/two-factor/setup/postpone').send({}).expect(401)
    expect(service.phone.messages).toEqual([])
    expect((await service.authenticators.load('user-ada')).authenticators).toMatchObject([
      { id: authenticatorId, label: '' },
    ])
  })

  it('cannot give the password again to become fresh', async () => {
    const service = openService(backend)
    await enrolTotp(service, 'ada')
    const thief = await holdSession(service)
    await reauthenticate(thief, 'ada').expect(401)
    await thief.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(403)
  })

  it('is not let in by an enrolment that a session begun before had pending', async () => {
    const service = openService(backend)
    const { agent } = await enrolTotp(service, 'ada')
    await reauthenticate(agent, 'ada').expect(200)
    const { body } = await agent.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
    const thief = await holdSession(service)
    const code = codeFor(service, body.setupKey)
    await thief.post(`/two-factor/authenticators/${body.enrolmentId}/confirm`).send({ code }).expect(403)
    await verify(thief, code).expect(401)
  })
})
