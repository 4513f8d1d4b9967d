import { authenticatorApp } from 'express-two-factor/testing'
import { enrolPhone, reauthenticate, wrongCodeFor } from '../../support/journeys'
import { arrive, holdByApp, holdByPhone, openService, STEP_MS } from '../states'
import type { Walker } from '../walker'

const UNREACHABLE = { status: 'failed', reason: 'unreachable' } as const
const OPEN = 'POST /challenge'
const RESEND = 'POST /challenge/resend'
const VERIFY = 'POST /challenge/verify'

/** Asking and answering, and all that can be in the way. */
export function walkChallenges(walker: Walker): void {
  describe('a challenge', () => {
    it('is read, by whom it is asked', async () => {
      const { held, passed } = await holdByApp()
      await walker.json(held, 'GET /challenge', '200')
      await walker.page(held, 'GET /challenge', '200')
      await walker.json(passed, 'GET /challenge', '404 ERR_TFA_NO_CHALLENGE')
      await walker.page(passed, 'GET /challenge', '200')
    })

    it('by phone tells what became of the text', async () => {
      const { service, held } = await holdByPhone()
      const { body } = await walker.json(held, 'GET /challenge', '200')
      expect(body).toMatchObject({ delivery: { status: 'sent' }, resendAt: expect.any(String) })
      service.phone.failNext(UNREACHABLE)
      const unsent = await walker.json(await arrive(service), 'GET /challenge', '200')
      expect(unsent.body.delivery).toEqual(UNREACHABLE)
    })

    it('is opened for a step-up, with what its code confirms', async () => {
      const { passed, enrolled } = await holdByApp()
      await passed.post('/payout').send({ amount: 250, to: 'FR76' }).expect(401)
      const choice = { method: 'totp', authenticatorId: enrolled.authenticatorId }
      const { body } = await walker.json(passed, OPEN, '201', { body: choice })
      expect(body).toMatchObject({ purpose: 'step-up', action: 'Pay out 250 EUR to FR76' })
      await walker.page(passed, OPEN, '303 /two-factor/challenge', { body: choice })
    })

    it('is opened by no method that is none, or not the user’s, and for nobody without one', async () => {
      const { held, service } = await holdByApp()
      await walker.refused(held, OPEN, '400 ERR_TFA_INPUT_INVALID', { body: { method: 'pigeon' } })
      const { body } = await walker.refused(held, OPEN, '404 ERR_TFA_NOT_FOUND', { body: { method: 'voice' } })
      expect(body.field).toBe('method')
      await walker.refused(await arrive(service, 'bob'), OPEN, '404 ERR_TFA_NO_CHALLENGE')
    })
  })

  describe('a message', () => {
    it('is sent again after a while', async () => {
      const { held, service } = await holdByPhone()
      await walker.refused(held, RESEND, '429 ERR_TFA_COOLDOWN')
      await walker.refused(held, OPEN, '429 ERR_TFA_COOLDOWN', { body: { method: 'sms' } })
      service.clock.advance(STEP_MS)
      await walker.json(held, RESEND, '202')
      service.clock.advance(STEP_MS)
      await walker.page(held, RESEND, '303 /two-factor/challenge')
    })

    it('is not sent beyond its budget', async () => {
      const { held, service } = await holdByPhone({ sendBudgets: [{ points: 2, windowMs: 600_000 }] })
      service.clock.advance(STEP_MS)
      const { body } = await walker.refused(held, RESEND, '429 ERR_TFA_BUDGET_EXHAUSTED')
      expect(body.methods).not.toHaveLength(0)
      await walker.refused(held, OPEN, '429 ERR_TFA_BUDGET_EXHAUSTED')
    })

    it('that its channel does not take leaves the other methods', async () => {
      const { held, service } = await holdByPhone({ sendBudgets: [{ points: 20, windowMs: 600_000 }] })
      service.clock.advance(STEP_MS)
      for (const route of [RESEND, OPEN]) {
        service.phone.failNext(UNREACHABLE)
        service.phone.failNext(UNREACHABLE)
        const { body } = await walker.refused(held, route, '502 ERR_TFA_DELIVERY_FAILED')
        expect(body.methods).not.toHaveLength(0)
      }
    })

    it('is sent again where there is one, by a method that sends', async () => {
      const { held, passed } = await holdByApp()
      await walker.refused(passed, RESEND, '404 ERR_TFA_NO_CHALLENGE')
      await walker.refused(held, RESEND, '400 ERR_TFA_INPUT_INVALID')
    })

    it('is not sent to a phone that is gone', async () => {
      const { service, held, enrolled } = await holdByPhone()
      const { version } = await service.authenticators.load('user-ada')
      await service.authenticators.change('user-ada', version, { remove: enrolled.authenticatorId })
      await walker.refused(held, RESEND, '404 ERR_TFA_NOT_FOUND')
    })
  })

  describe('a code', () => {
    it('verifies, and remembers the device where that is asked', async () => {
      const first = await holdByApp()
      const answer = await walker.json(first.held, VERIFY, '200', { body: { code: first.code(), remember: true } })
      expect(String(answer.headers['set-cookie'])).toContain('two-factor-device')
      const second = await holdByApp()
      await walker.page(second.held, VERIFY, '303 /', { body: { code: second.code(), remember: 'on' } })
    })

    it('may be a recovery code', async () => {
      const { held, enrolled } = await holdByPhone()
      await walker.json(held, VERIFY, '200', { body: { code: enrolled.recoveryCodes[0] } })
    })

    it('that is wrong, late, or answers nothing is refused', async () => {
      const { held, passed, service, enrolled, code } = await holdByApp()
      await walker.refused(held, VERIFY, '400 ERR_TFA_INPUT_INVALID', { body: { code: '1' } })
      const wrong = { body: { code: wrongCodeFor(service, enrolled.setupKey) } }
      await walker.refused(held, VERIFY, '401 ERR_TFA_CODE_INCORRECT', wrong)
      await walker.refused(passed, VERIFY, '404 ERR_TFA_NO_CHALLENGE', wrong)
      service.clock.advance(10 * 60_000)
      await walker.refused(held, VERIFY, '401 ERR_TFA_CHALLENGE_EXPIRED', { body: { code: code() } })
    })

    it('of a phone whose clock is ahead is refused, and the second time told why', async () => {
      const { held, service, enrolled } = await holdByApp()
      const ahead = authenticatorApp(enrolled.setupKey, { now: () => service.clock.now() + 90_000 })
      await walker.json(held, VERIFY, '401 ERR_TFA_CODE_INCORRECT', { body: { code: ahead.code() } })
      service.clock.advance(STEP_MS)
      const again = await walker.json(held, VERIFY, '401 ERR_TFA_CODE_INCORRECT', { body: { code: ahead.code() } })
      expect(again.body.clockAheadMs).toBe(90_000)
    })
  })

  describe('failures', () => {
    it('use up the attempts of a challenge', async () => {
      const { held, service } = await holdByPhone()
      for (let attempt = 0; attempt < 5; attempt += 1) await miss(walker, held)
      const { body } = await walker.refused(held, VERIFY, '429 ERR_TFA_ATTEMPTS_EXHAUSTED', {
        body: { code: '000000' },
      })
      expect(body.attemptsLeft).toBe(0)
      service.clock.advance(STEP_MS)
      await walker.refused(held, RESEND, '429 ERR_TFA_ATTEMPTS_EXHAUSTED')
    })

    it('lock what they were made with, for a while', async () => {
      const { held } = await holdByPhone({ lockAuthenticatorFrom: 3 })
      for (let attempt = 0; attempt < 3; attempt += 1) await miss(walker, held)
      for (const route of [VERIFY, RESEND, OPEN]) {
        const { body } = await walker.refused(held, route, '429 ERR_TFA_LOCKED', { body: { code: '000000' } })
        expect(body).toMatchObject({ retryAfter: expect.any(Number), methods: [{ method: 'recovery-code' }] })
      }
    })

    it('disable it in the end, until it is bound again', async () => {
      const { held, service } = await holdByPhone({ attemptsPerChallenge: 10, failureCap: 10, firstLockMs: 1000 })
      for (let attempt = 0; attempt < 10; attempt += 1) await miss(walker, held)
      service.clock.advance(60_000)
      for (const route of [VERIFY, OPEN]) {
        const { body } = await walker.refused(held, route, '429 ERR_TFA_LOCKED', { body: { code: '000000' } })
        expect(body).not.toHaveProperty('retryAfter')
      }
    })

    it('of the key leave what it sealed unused', async () => {
      const { held, service, enrolled } = await holdByPhone()
      await service.authenticators.accept('user-ada', enrolled.authenticatorId, { at: 0, sealed: 'KEYgon' })
      for (const route of [VERIFY, RESEND, OPEN]) {
        const { body } = await walker.refused(held, route, '409 ERR_TFA_METHOD_UNAVAILABLE', {
          body: { code: '000000' },
        })
        expect(body.methods).toMatchObject([{ method: 'recovery-code' }])
      }
    })

    it('of the password lock the password', async () => {
      const service = openService({ lockAuthenticatorFrom: 3 })
      const { agent } = await enrolPhone(service, 'ada')
      const body = { username: 'bob@example.com', password: 'wrong' }
      await walker.refused(agent, 'POST /reauthenticate', '400 ERR_TFA_INPUT_INVALID', { body: { username: 'bob' } })
      await walker.refused(agent, 'POST /reauthenticate', '401 ERR_TFA_CREDENTIALS_INCORRECT', { body })
      await reauthenticate(agent, 'bob').expect(401)
      await walker.refused(agent, 'POST /reauthenticate', '429 ERR_TFA_LOCKED', { body })
    })
  })
}

/** A code that is hardly ever the one that was sent: were it, the walk would see a 200 and fail. */
function miss(walker: Walker, held: Parameters<Walker['json']>[0]) {
  return walker.json(held, VERIFY, '401 ERR_TFA_CODE_INCORRECT', { body: { code: '000000' } })
}
