import { codeFor, reauthenticate, wrongCodeFor } from '../../support/journeys'
import { arrive, begin, CREDENTIALS, DAY_MS, freshen, NOBODYS, openService, PHONE, prompt, STEP_MS } from '../states'
import type { Sent, Walker } from '../walker'

const BEGIN = 'POST /authenticators'
const CONFIRM = 'POST /authenticators/{id}/confirm'
const RESEND = 'POST /authenticators/{id}/resend'
const FAILED = { status: 'failed', reason: 'unreachable' } as const
const LANDLINE = { factor: 'phone', country: 'FR', phone: '01 42 68 53 00', method: 'voice' }

/** From the prompt to the recovery codes. */
export function walkEnrolment(walker: Walker): void {
  describe('setting up', () => {
    it('shows the question, the password, the methods, and a pending enrolment', async () => {
      const { prompted } = await prompt()
      await walker.json(prompted, 'GET /setup', '200')
      await walker.page(prompted, 'GET /setup', '200')
      await walker.page(prompted, 'GET /setup', '200', { query: '?step=methods' })
      const asked = await walker.json(prompted, 'POST /reauthenticate', '200', { body: CREDENTIALS })
      expect(asked.body.missing).toEqual([])
      const onwards = { body: { ...CREDENTIALS, next: '/two-factor/setup?step=methods' } }
      await walker.page(prompted, 'POST /reauthenticate', '303 /two-factor/setup?step=methods', onwards)
      const begun = await walker.json(prompted, BEGIN, '201', { body: PHONE })
      const pending = { query: `?enrolment=${begun.body.enrolmentId}` }
      await walker.json(prompted, 'GET /setup', '200', pending)
      await walker.page(prompted, 'GET /setup', '200', pending)
      await walker.refused(prompted, 'GET /setup', '400 ERR_TFA_INPUT_INVALID', { query: '?enrolment=x:y' })
      await walker.refused(prompted, 'GET /setup', '404 ERR_TFA_NOT_FOUND', { query: `?enrolment=${NOBODYS}` })
    })

    it('is put off within the grace period, and where it is asked for', async () => {
      const { prompted, service } = await prompt()
      const { body } = await walker.json(prompted, 'POST /setup/postpone', '200')
      expect(body.daysLeft).toBe(28)
      await walker.page(await arrive(service), 'POST /setup/postpone', '303 /')
      service.clock.advance(28 * DAY_MS)
      const late = await arrive(service)
      const refused = await walker.json(late, 'POST /setup/postpone', '403 ERR_TFA_ENROLMENT_REQUIRED')
      expect(refused.body.postponable).toBe(false)
      await walker.page(late, 'POST /setup/postpone', '403')
      await walker.refused(await arrive(openService()), 'POST /setup/postpone', '409 ERR_TFA_NOT_PROMPTED')
    })
  })

  describe('an authenticator app', () => {
    it('is begun and confirmed, with recovery codes', async () => {
      const { service, fresh } = await begin()
      const { body } = await walker.json(fresh, BEGIN, '201', { body: { factor: 'totp', label: 'My phone' } })
      const sent = { id: body.enrolmentId, body: { code: codeFor(service, body.setupKey) } }
      const confirmed = await walker.json(fresh, CONFIRM, '201', sent)
      expect(confirmed.body.recoveryCodes).toHaveLength(10)
    })

    it('is begun and confirmed by pages that show each secret once', async () => {
      const { service, fresh } = await begin()
      await walker.page(fresh, BEGIN, '201', { body: { factor: 'totp' } })
      const { body } = await walker.json(fresh, BEGIN, '201', { body: { factor: 'totp' } })
      const sent = { id: body.enrolmentId, body: { code: codeFor(service, body.setupKey) } }
      await walker.page(fresh, CONFIRM, '201', sent)
    })

    it('may sign out the session that confirms it', async () => {
      const { service, fresh } = await begin({ afterEnrolment: 'sign-out' })
      const { body } = await walker.json(fresh, BEGIN, '201', { body: { factor: 'totp' } })
      const sent = { id: body.enrolmentId, body: { code: codeFor(service, body.setupKey) } }
      const confirmed = await walker.json(fresh, CONFIRM, '201', sent)
      expect(confirmed.body).toMatchObject({ signedOut: true, returnTo: '/login' })
    })

    it('is confirmed by its own code, in time and within its attempts', async () => {
      const { service, fresh } = await begin()
      const { body } = await walker.json(fresh, BEGIN, '201', { body: { factor: 'totp' } })
      const wrong = { id: body.enrolmentId, body: { code: wrongCodeFor(service, body.setupKey) } }
      await walker.refused(fresh, CONFIRM, '400 ERR_TFA_INPUT_INVALID', { ...wrong, body: { code: '1' } })
      await walker.refused(fresh, CONFIRM, '404 ERR_TFA_NOT_FOUND', { ...wrong, id: NOBODYS })
      await walker.refused(fresh, CONFIRM, '401 ERR_TFA_CODE_INCORRECT', wrong)
      for (let attempt = 2; attempt < 5; attempt += 1)
        await walker.json(fresh, CONFIRM, '401 ERR_TFA_CODE_INCORRECT', wrong)
      await walker.refused(fresh, CONFIRM, '429 ERR_TFA_ATTEMPTS_EXHAUSTED', wrong)
      service.clock.advance(9 * 60_000)
      await reauthenticate(fresh, 'ada').expect(200)
      service.clock.advance(2 * 60_000)
      await walker.refused(fresh, CONFIRM, '401 ERR_TFA_CHALLENGE_EXPIRED', wrong)
    })

    it('is sent no code', async () => {
      const { fresh } = await begin()
      const { body } = await walker.json(fresh, BEGIN, '201', { body: { factor: 'totp' } })
      await walker.refused(fresh, RESEND, '400 ERR_TFA_INPUT_INVALID', { id: body.enrolmentId })
    })
  })

  describe('a phone', () => {
    it('is begun, and confirmed by the settings where there are recovery codes already', async () => {
      for (const form of ['json', 'page'] as const) {
        const { service, fresh } = await freshen()
        await walker.page(fresh, BEGIN, /^303 \/two-factor\/setup\?enrolment=/, { body: PHONE })
        const { body } = await walker.json(fresh, BEGIN, '201', { body: { ...PHONE, method: 'voice', label: 'Blue' } })
        const sent = { id: body.enrolmentId, body: { code: service.phone.codeFor() } }
        await walker[form](fresh, CONFIRM, form === 'json' ? '201' : '303 /two-factor', sent)
      }
    })

    it('is no phone, or none that may be sent to', async () => {
      const { fresh } = await begin()
      const refused = (outcome: string, body: object) => walker.refused(fresh, BEGIN, outcome, { body })
      await refused('400 ERR_TFA_INPUT_INVALID', { factor: 'pigeon' })
      await refused('404 ERR_TFA_NOT_FOUND', { ...PHONE, replaces: NOBODYS })
      await refused('422 ERR_TFA_PHONE_INVALID', { ...PHONE, phone: '06 12' })
      await refused('422 ERR_TFA_PHONE_NOT_ALLOWED', { ...PHONE, phone: '+44 7400 123456' })
    })

    it('is sent its code again after a while, and by the other method at once', async () => {
      const { service, fresh } = await begin()
      const sent = await beginPhone(walker, fresh)
      await walker.refused(fresh, RESEND, '429 ERR_TFA_COOLDOWN', sent)
      await walker.json(fresh, RESEND, '202', { ...sent, body: { method: 'voice' } })
      service.clock.advance(STEP_MS)
      await walker.page(fresh, RESEND, `303 /two-factor/setup?enrolment=${sent.id}`, sent)
      await walker.refused(fresh, RESEND, '404 ERR_TFA_NOT_FOUND', { id: NOBODYS })
    })

    it('that is a landline is sent no text', async () => {
      const { fresh } = await begin()
      const sent = await beginPhone(walker, fresh, LANDLINE)
      await walker.refused(fresh, RESEND, '422 ERR_TFA_PHONE_NOT_ALLOWED', { ...sent, body: { method: 'sms' } })
    })

    it('is sent nothing once its attempts are used up', async () => {
      const { fresh } = await begin()
      const sent = await beginPhone(walker, fresh)
      const wrong = { ...sent, body: { code: '000000' } }
      for (let attempt = 0; attempt < 5; attempt += 1)
        await walker.json(fresh, CONFIRM, '401 ERR_TFA_CODE_INCORRECT', wrong)
      await walker.refused(fresh, RESEND, '429 ERR_TFA_ATTEMPTS_EXHAUSTED', sent)
    })

    it('is sent nothing beyond its budget', async () => {
      const { service, fresh } = await begin({ sendBudgets: [{ points: 1, windowMs: 600_000 }] })
      const sent = await beginPhone(walker, fresh)
      await walker.refused(fresh, BEGIN, '429 ERR_TFA_BUDGET_EXHAUSTED', { body: PHONE })
      service.clock.advance(STEP_MS)
      await walker.refused(fresh, RESEND, '429 ERR_TFA_BUDGET_EXHAUSTED', sent)
    })

    it('is sent nothing where too few codes come back from its country', async () => {
      const { service, fresh } = await begin()
      const sent = await beginPhone(walker, fresh)
      const before = service.clock.now() - DAY_MS / 48
      await service.store.countSends({ country: 'FR', method: 'sms' }, before - (before % 300_000), { newSent: 50 })
      await walker.refused(fresh, BEGIN, '429 ERR_TFA_SENDS_STOPPED', { body: PHONE })
      service.clock.advance(STEP_MS)
      await walker.refused(fresh, RESEND, '429 ERR_TFA_SENDS_STOPPED', sent)
    })

    it('is not enrolled where its channel takes nothing', async () => {
      const { service, fresh } = await begin()
      const sent = await beginPhone(walker, fresh)
      service.clock.advance(STEP_MS)
      for (const _ of [1, 2, 3, 4]) service.phone.failNext(FAILED)
      await walker.refused(fresh, BEGIN, '502 ERR_TFA_DELIVERY_FAILED', { body: PHONE })
      await walker.refused(fresh, RESEND, '502 ERR_TFA_DELIVERY_FAILED', sent)
    })
  })
}

async function beginPhone(walker: Walker, fresh: Parameters<Walker['json']>[0], body: object = PHONE): Promise<Sent> {
  const begun = await walker.json(fresh, BEGIN, '201', { body })
  return { id: begun.body.enrolmentId }
}
