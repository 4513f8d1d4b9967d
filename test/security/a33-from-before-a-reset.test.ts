/**
 * A33. Support has reset the second factor, because the phone was stolen or the thief was found. He still holds what was
 * good before: a pending challenge, a pending enrolment, a session, a device, a recovery code, the app's secret.
 * What must happen: refused, each of them, also after the owner has enrolled anew; and what was begun before the reset
 * cannot be finished after it.
 */
import request from 'supertest'
import { PASSWORD } from '../support/app'
import { codeFor, enrolTotp, reauthenticate, signIn } from '../support/journeys'
import { BACKENDS, cookiesSetBy, holdSession, openService, verify } from '../support/security'

const ACT = { actor: 'support', reason: 'stolen phone' }

describe.each(BACKENDS)('what is from before a reset, on %s', (backend) => {
  it('is refused: session, challenge, enrolment, device, recovery code and secret', async () => {
    const service = openService(backend)
    const { setupKey, recoveryCodes } = await enrolTotp(service, 'ada')
    const passed = await holdSession(service)
    service.clock.advance(30_000)
    const verified = await passed
      .post('/two-factor/challenge/verify')
      .send({ code: codeFor(service, setupKey), remember: true })
      .expect(200)
    const device = cookiesSetBy(verified).find((pair) => pair.startsWith('two-factor-device-')) as string
    await reauthenticate(passed, 'ada').expect(200)
    const pending = (await passed.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)).body
    const held = await holdSession(service)

    await service.twoFactor.admin.reset('user-ada', ACT)
    await passed.get('/account').expect(401)
    const code = codeFor(service, pending.setupKey)
    await passed.post(`/two-factor/authenticators/${pending.enrolmentId}/confirm`).send({ code }).expect(401)
    service.clock.advance(30_000)
    for (const answer of [codeFor(service, setupKey), recoveryCodes[0]]) await verify(held, answer).expect(401)

    const anew = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const thief = request.agent(service.app)
    const login = { email: 'ada@example.com', password: PASSWORD }
    await thief.post('/login').set('Cookie', device).send(login).expect(200, { next: '/two-factor/challenge' })
    for (const answer of [codeFor(service, setupKey), codeFor(service, pending.setupKey), recoveryCodes[0]]) {
      await verify(thief, answer).expect(401)
    }
    await verify(thief, codeFor(service, anew.setupKey)).expect(200)
  })

  it('is refused where the reset comes between the begin of an enrolment and its end in a new session', async () => {
    const service = openService(backend)
    const thief = request.agent(service.app)
    await signIn(thief, 'ada')
    await reauthenticate(thief, 'ada').expect(200)
    const pending = (await thief.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)).body
    await service.twoFactor.admin.reset('user-ada', ACT)
    await signIn(thief, 'ada').expect(200, { next: '/' })
    await reauthenticate(thief, 'ada').expect(200)
    const code = codeFor(service, pending.setupKey)
    await thief.post(`/two-factor/authenticators/${pending.enrolmentId}/confirm`).send({ code }).expect(404)
    expect((await service.authenticators.load('user-ada')).authenticators).toEqual([])
  })

  it('is refused after a change of password: sessions, challenges and devices', async () => {
    const service = openService(backend)
    const { agent, setupKey } = await enrolTotp(service, 'ada')
    const held = await holdSession(service)
    await service.twoFactor.invalidate('user-ada')
    service.clock.advance(30_000)
    await agent.get('/account').expect(401)
    await verify(held, codeFor(service, setupKey)).expect(401)
    await held.post('/two-factor/challenge').send({}).expect(401)
  })
})
