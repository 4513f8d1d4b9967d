/**
 * A9, A12, I5. The authenticator, or the user, is locked. The thief looks for the door that does not look at the lock: asking
 * for a code, asking again, verifying one that was sent before, another method, another flow, a new session.
 * Hurt by it: CVE-2026-8760 (checked on send, not on verify), Keycloak (CVE-2026-9798: locked for one flow only).
 * What must happen: all of them refuse. Recovery codes have a count and a lock of their own, so that the owner gets in
 * while the others are locked, and guessing at them locks nothing else.
 */
import express from 'express'
import request from 'supertest'
import { codeFor, enrolPhone, enrolTotp, reauthenticate, signIn } from '../support/journeys'
import {
  BACKENDS,
  holdSession,
  openBareApp,
  openService,
  passHeld,
  type Service,
  verify,
  wrongCodes,
} from '../support/security'

async function lock(service: Service, count: number, guess: () => string): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const thief = await holdSession(service)
    await verify(thief, guess()).expect(401)
  }
}

const notTheText = ({ phone }: Service) => (phone.codeFor() === '111111' ? '222222' : '111111')

/** Nobody types sixteen characters such as these by chance. */
const WRONG_RECOVERY_CODE = 'AAAA-BBBB-CCCC-DDDD'

describe.each(BACKENDS)('a locked phone, on %s', (backend) => {
  it('is sent nothing and verifies nothing, by no door, until the lock lifts by itself', async () => {
    const service = openService(backend, { sendBudgets: [{ points: 1000, windowMs: 60_000 }] })
    await enrolPhone(service, 'ada')
    const early = await holdSession(service)
    const right = service.phone.codeFor() as string
    await lock(service, 10, () => notTheText(service))
    const sent = service.phone.messages.length
    for (const method of ['sms', 'voice']) {
      const { body } = await early.post('/two-factor/challenge').send({ method }).expect(429)
      expect(body).toMatchObject({ code: 'ERR_TFA_LOCKED', methods: [{ method: 'recovery-code' }] })
    }
    await early.post('/two-factor/challenge/resend').expect(429)
    expect((await verify(early, right).expect(429)).body.code).toBe('ERR_TFA_LOCKED')
    const fresh = await holdSession(service)
    await fresh.post('/two-factor/challenge').send({ method: 'voice' }).expect(429)
    expect(service.phone.messages).toHaveLength(sent)
    service.clock.advance(31_000)
    await verify(early, right).expect(200)
  })

  it('locks longer with each failure: half a minute, one, two, and at most an hour', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    await lock(service, 10, () => wrongCodes(service, setupKey, 1)[0] as string)
    const waits: number[] = []
    for (let round = 0; round < 9; round += 1) {
      const { body } = await (await holdSession(service))
        .post('/two-factor/challenge')
        .send({ method: 'totp' })
        .expect(429)
      waits.push(Math.round(body.retryAfter / 30))
      service.clock.advance(body.retryAfter * 1000)
      await verify(await holdSession(service), wrongCodes(service, setupKey, 1)[0]).expect(401)
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 120, 120])
  })
})

describe.each(BACKENDS)('a user with an app and a phone, on %s', (backend) => {
  async function enrolBoth(service: Service) {
    const enrolled = await enrolTotp(service, 'ada')
    await reauthenticate(enrolled.agent, 'ada').expect(200)
    const phone = { factor: 'phone', country: 'FR', phone: '0612345678', method: 'sms' }
    const { body } = await enrolled.agent.post('/two-factor/authenticators').send(phone).expect(201)
    await enrolled.agent
      .post(`/two-factor/authenticators/${body.enrolmentId}/confirm`)
      .send({ code: service.phone.codeFor() })
      .expect(201)
    service.clock.advance(30_000)
    return enrolled
  }

  it('locks over all codes from the twentieth failure, and a recovery code still gets in', async () => {
    const service = openService(backend, { sendBudgets: [{ points: 1000, windowMs: 60_000 }] })
    const { setupKey, recoveryCodes } = await enrolBoth(service)
    await lock(service, 9, () => wrongCodes(service, setupKey, 1)[0] as string)
    const failByText = async () => {
      const thief = await holdSession(service)
      await thief.post('/two-factor/challenge').send({ method: 'sms' }).expect(201)
      await verify(thief, notTheText(service)).expect(401)
    }
    for (let at = 0; at < 9; at += 1) await failByText()
    await lock(service, 1, () => wrongCodes(service, setupKey, 1)[0] as string)
    service.clock.advance(31_000)
    await failByText()
    service.clock.advance(1000)
    const ada = await holdSession(service)
    expect((await service.twoFactor.admin.status('user-ada')).locks).toHaveProperty('user')
    for (const method of ['totp', 'sms', 'voice']) await ada.post('/two-factor/challenge').send({ method }).expect(429)
    await verify(ada, codeFor(service, setupKey)).expect(429)
    await verify(ada, recoveryCodes[0]).expect(200)
    await verify(await holdSession(service), codeFor(service, setupKey)).expect(429)
  })

  it('is refused in every flow: sign-in, step-up, a change of factors, and routes of the app', async () => {
    const service = openService(backend)
    const { agent: passed, setupKey } = await enrolBoth(service)
    const { app } = openBareApp(service, {
      aboveGate(routes, twoFactor) {
        routes.post('/own/:call', express.json(), (req, res) => {
          const done = req.params.call === 'ask' ? twoFactor.challenge(req) : twoFactor.verify(req, req.body)
          done.then(
            () => res.json({}),
            ({ code, status }) => res.status(status).json({ code }),
          )
        })
      },
    })
    const own = request.agent(app)
    await signIn(own, 'ada').expect(200)
    const held = await holdSession(service)
    await passed.post('/two-factor/challenge').send({ method: 'totp' }).expect(201)
    await lock(service, 10, () => wrongCodes(service, setupKey, 1)[0] as string)

    const right = codeFor(service, setupKey)
    const refused = { code: 'ERR_TFA_LOCKED' }
    for (const session of [held, passed]) {
      expect((await verify(session, right).expect(429)).body).toMatchObject(refused)
      expect((await session.post('/two-factor/challenge').send({ method: 'totp' }).expect(429)).body).toMatchObject(
        refused,
      )
    }
    expect((await own.post('/own/ask').expect(429)).body).toEqual(refused)
    expect((await own.post('/own/verify').send({ code: right }).expect(429)).body).toEqual(refused)
    await reauthenticate(passed, 'ada').expect(200)
    service.clock.advance(11 * 60_000)
    await reauthenticate(passed, 'ada').expect(200)
    const { body } = await passed.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(403)
    expect(body.missing).toEqual(['second-factor'])
  })

  it('locks recovery codes by guesses at them, and nothing else', async () => {
    const service = openService(backend)
    const { setupKey, recoveryCodes } = await enrolBoth(service)
    await lock(service, 10, () => WRONG_RECOVERY_CODE)
    const ada = await holdSession(service)
    expect((await verify(ada, recoveryCodes[0]).expect(429)).body.code).toBe('ERR_TFA_LOCKED')
    await passHeld(service, ada, setupKey).expect(200)
  })
})

describe.each(BACKENDS)('patience, on %s', (backend) => {
  it('is no way in: a hundred failures in a row disable the authenticator, however long one waits', async () => {
    const service = openService(backend, { failureCap: 12, lockAuthenticatorFrom: 10 })
    const { setupKey, authenticatorId, recoveryCodes } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    for (let at = 0; at < 12; at += 1) {
      service.clock.advance(3_600_000)
      await verify(await holdSession(service), wrongCodes(service, setupKey, 1)[0]).expect(401)
    }
    service.clock.advance(29 * 24 * 3_600_000)
    const ada = await holdSession(service)
    const { body } = await ada.post('/two-factor/challenge').send({ method: 'totp' }).expect(429)
    expect(body.methods).toEqual([{ method: 'recovery-code', authenticatorId: 'recovery-codes' }])
    await service.store.clearTallies('user-ada')
    await ada.post('/two-factor/challenge').send({ method: 'totp' }).expect(429)
    await service.twoFactor.admin.unlock('user-ada', { actor: 'support', reason: 'asked for' })
    await ada.post('/two-factor/challenge').send({ method: 'totp' }).expect(429)
    await verify(ada, codeFor(service, setupKey)).expect(401)
    await verify(await holdSession(service), recoveryCodes[0]).expect(200)
    expect((await service.authenticators.load('user-ada')).authenticators).toMatchObject([
      { id: authenticatorId, failures: 12 },
    ])
  })
})
