import { codeFor, enrolPhone } from '../../support/journeys'
import { arrive, begin, CREDENTIALS, freshen, holdByApp, NOBODYS, openService, overtaken } from '../states'
import type { Walker } from '../walker'

const UPDATE = 'POST /authenticators/{id}/update'
const REMOVE = 'POST /authenticators/{id}/remove'
const FORGET = 'POST /devices/{id}/forget'
const CHANGES = [REMOVE, 'POST /recovery-codes', 'POST /disable'] as const
const REQUIRED = { policy: { requirement: 'required' } } as const

/** Reading and changing what is enrolled. */
export function walkSettings(walker: Walker): void {
  describe('the settings', () => {
    it('show authenticators and devices', async () => {
      const { service, held, code } = await holdByApp()
      await held.post('/two-factor/challenge/verify').send({ code: code(), remember: true }).expect(200)
      const { body } = await walker.json(held, 'GET /', '200')
      expect(body).toMatchObject({ enabled: true, authenticators: [{ factor: 'totp' }], devices: [{ current: true }] })
      await walker.page(held, 'GET /', '200')
      await walker.json(await arrive(service, 'bob'), 'GET /', '200')
    })

    it('show when the grace period ends', async () => {
      const service = openService({ policy: { requirement: 'required', graceMs: 60_000 } })
      const { body } = await walker.json(await arrive(service), 'GET /', '200')
      expect(body.requirement).toMatchObject({ deadline: expect.any(String), daysLeft: 1 })
    })
  })

  describe('an authenticator', () => {
    it('is renamed', async () => {
      const { agent, authenticatorId: id } = await enrolPhone(openService(), 'ada')
      const { body } = await walker.json(agent, UPDATE, '200', {
        id,
        body: { label: 'Blue', preferredMethod: 'voice' },
      })
      expect(body).toMatchObject({ label: 'Blue', methods: ['voice', 'sms'] })
      await walker.page(agent, UPDATE, '303 /two-factor', { id, body: { label: 'Red' } })
      await walker.refused(agent, UPDATE, '400 ERR_TFA_INPUT_INVALID', { id, body: { preferredMethod: 'totp' } })
      await walker.refused(agent, UPDATE, '404 ERR_TFA_NOT_FOUND', { id: NOBODYS, body: { label: 'Blue' } })
    })

    it('is removed', async () => {
      for (const form of ['json', 'page'] as const) {
        const { fresh, enrolled } = await freshen()
        await walker.refused(fresh, REMOVE, '404 ERR_TFA_NOT_FOUND', { id: NOBODYS })
        await walker[form](fresh, REMOVE, form === 'json' ? '204' : '303 /two-factor', { id: enrolled.authenticatorId })
      }
    })

    it('that is the last stays, and the second factor on, where the policy requires one', async () => {
      const { fresh, enrolled } = await freshen(REQUIRED)
      await walker.refused(fresh, REMOVE, '409 ERR_TFA_LAST_AUTHENTICATOR', { id: enrolled.authenticatorId })
      await walker.refused(fresh, 'POST /disable', '403 ERR_TFA_REQUIRED_BY_POLICY')
    })
  })

  describe('a fresh session', () => {
    it('needs the second factor too for its next change', async () => {
      const { service, fresh, enrolled } = await freshen()
      await walker.json(fresh, 'POST /recovery-codes', '201')
      const { body } = await walker.json(fresh, 'POST /reauthenticate', '200', { body: CREDENTIALS })
      expect(body.missing).toEqual(['second-factor'])
      await walker.page(fresh, 'POST /reauthenticate', '303 /two-factor/challenge', { body: CREDENTIALS })
      await walker.json(fresh, 'POST /challenge', '201')
      service.clock.advance(30_000)
      const answer = { body: { code: codeFor(service, enrolled.setupKey) } }
      await walker.json(fresh, 'POST /challenge/verify', '200', answer)
      await walker.page(fresh, 'POST /recovery-codes', '201')
    })

    it('makes no recovery codes where there is no authenticator', async () => {
      await walker.refused((await begin()).fresh, 'POST /recovery-codes', '404 ERR_TFA_NOT_FOUND')
    })

    it('turns the second factor off', async () => {
      await walker.json((await freshen()).fresh, 'POST /disable', '204')
      await walker.page((await freshen()).fresh, 'POST /disable', '303 /two-factor')
    })

    it.each(CHANGES)('that another request overtakes changes nothing by %s', async (route) => {
      for (const form of ['json', 'page'] as const) {
        const { authenticators, overtake } = overtaken()
        const { fresh, enrolled } = await freshen({ authenticators })
        overtake()
        const outcome = form === 'json' ? '401 ERR_TFA_CHALLENGE_EXPIRED' : '401'
        await walker[form](fresh, route, outcome, { id: enrolled.authenticatorId })
      }
    })
  })

  describe('a device', () => {
    it('is forgotten, and all are', async () => {
      for (const form of ['json', 'page'] as const) {
        const done = form === 'json' ? '204' : '303 /two-factor'
        const { held, code } = await holdByApp()
        await held.post('/two-factor/challenge/verify').send({ code: code(), remember: true }).expect(200)
        const { body } = await held.get('/two-factor').expect(200)
        await walker.refused(held, FORGET, '404 ERR_TFA_NOT_FOUND', { id: NOBODYS })
        await walker[form](held, FORGET, done, { id: body.devices[0].id })
        await walker[form](held, 'POST /devices/forget-all', done)
      }
    })
  })
}
