import { enrolTotp } from '../../support/journeys'
import { arrive, holdByApp, NOBODYS, openService, prompt } from '../states'
import type { Walker } from '../walker'

const FRESH = [
  'POST /authenticators',
  'POST /authenticators/{id}/confirm',
  'POST /authenticators/{id}/resend',
  'POST /authenticators/{id}/remove',
  'POST /recovery-codes',
] as const

const PASSED = ['POST /authenticators/{id}/update', 'POST /devices/forget-all', 'POST /devices/{id}/forget'] as const

/** Who may not, and is told where to go first. */
export function walkStandings(walker: Walker): void {
  describe('a held session', () => {
    it.each(['GET /', 'POST /reauthenticate', ...PASSED])('is sent to its challenge by %s', async (route) => {
      const { held } = await holdByApp()
      const sent = { id: NOBODYS, body: { username: 'ada', password: 'x' } }
      const { body } = await walker.refused(held, route, '401 ERR_TFA_REQUIRED', sent)
      expect(body.location).toBe('/two-factor/challenge')
    })

    it.each(['GET /setup', 'POST /setup/postpone'])('is told of its challenge by %s', async (route) => {
      const { held } = await holdByApp()
      await walker.refused(held, route, '401 ERR_TFA_REQUIRED')
    })

    it.each([...FRESH, 'POST /disable'])('is asked for both by %s', async (route) => {
      const { held } = await holdByApp()
      const refusal = '403 ERR_TFA_REAUTHENTICATION_REQUIRED'
      const { body } = await walker.refused(held, route, refusal, { id: NOBODYS, body: { factor: 'totp' } })
      expect(body.missing).toEqual(['password', 'second-factor'])
    })

    it('signs out', async () => {
      await walker.json((await holdByApp()).held, 'POST /sign-out', '204')
      await walker.page((await holdByApp()).held, 'POST /sign-out', '303 /login')
    })
  })

  describe('a prompted session', () => {
    const routes = ['GET /challenge', 'POST /challenge', 'POST /challenge/resend', 'POST /recovery-codes', ...PASSED]

    it.each([...routes, 'POST /authenticators/{id}/remove'])('is sent to enrol by %s', async (route) => {
      const { prompted } = await prompt()
      const { body } = await walker.refused(prompted, route, '403 ERR_TFA_ENROLMENT_REQUIRED', { id: NOBODYS })
      expect(body).toMatchObject({ location: '/two-factor/setup', postponable: true })
    })

    it('has nothing to answer, and is sent to enrol', async () => {
      const { prompted } = await prompt()
      const sent = { body: { code: '123456' } }
      await walker.refused(prompted, 'POST /challenge/verify', '403 ERR_TFA_ENROLMENT_REQUIRED', sent)
    })

    it('cannot turn off what the policy requires', async () => {
      const { prompted } = await prompt()
      await walker.refused(prompted, 'POST /disable', '403 ERR_TFA_REQUIRED_BY_POLICY')
    })

    it.each(FRESH.slice(0, 3))('is asked for its password by %s', async (route) => {
      const { prompted } = await prompt()
      const refusal = '403 ERR_TFA_REAUTHENTICATION_REQUIRED'
      const { body } = await walker.refused(prompted, route, refusal, { id: NOBODYS, body: { factor: 'totp' } })
      expect(body.missing).toEqual(['password'])
    })
  })

  describe('a passed session that is not fresh', () => {
    it.each([...FRESH, 'POST /disable'])('is asked for its password by %s', async (route) => {
      const service = openService()
      const { agent } = await enrolTotp(service, 'ada')
      const refusal = '403 ERR_TFA_REAUTHENTICATION_REQUIRED'
      const { body } = await walker.refused(agent, route, refusal, { id: NOBODYS, body: { factor: 'totp' } })
      expect(body.missing).toEqual(['password'])
    })
  })

  describe('an id in the path', () => {
    const routes = [...FRESH.slice(1, 4), 'POST /authenticators/{id}/update', 'POST /devices/{id}/forget']

    it.each(routes)('that cannot be one is refused by %s', async (route) => {
      const ada = await arrive(openService())
      const { body } = await walker.refused(ada, route, '400 ERR_TFA_INPUT_INVALID', { id: 'x:y' })
      expect(body.field).toMatch(/^(id|enrolmentId)$/)
    })
  })
}
