import { authenticatorApp } from 'express-two-factor/testing'
import request from 'supertest'
import { createTestApp } from '../support/app'
import { enrolTotp, signIn, wrongCodeFor } from '../support/journeys'

/** A held session whose phone is `aheadMs` ahead of the service. */
async function withPhone(aheadMs: number) {
  const service = createTestApp()
  const { setupKey } = await enrolTotp(service, 'ada')
  service.clock.advance(10 * 60_000)
  const ada = request.agent(service.app)
  await signIn(ada, 'ada')
  const phone = authenticatorApp(setupKey, { now: () => service.clock.now() + aheadMs })
  const verify = async (code: string) => (await ada.post('/two-factor/challenge/verify').send({ code })).body
  return { service, setupKey, ada, phone, verify }
}

describe("a phone's clock that is off", () => {
  it.each([90_000, -90_000, 240_000])(
    'by %i ms is told at the second code that is off by as much, and not accepted',
    async (aheadMs) => {
      const { verify, phone, service, ada } = await withPhone(aheadMs)
      const first = await verify(phone.code())
      expect(first).toMatchObject({ code: 'ERR_TFA_CODE_INCORRECT', attemptsLeft: 4 })
      expect(first).not.toHaveProperty('clockAheadMs')
      service.clock.advance(30_000)
      expect(await verify(phone.code())).toMatchObject({ code: 'ERR_TFA_CODE_INCORRECT', clockAheadMs: aheadMs })
      await ada.get('/account').expect(401)
    },
  )

  it('tells a guesser nothing of one code that will be right in a minute', async () => {
    const { verify, phone, service, setupKey } = await withPhone(90_000)
    expect(await verify(phone.code())).not.toHaveProperty('clockAheadMs')
    expect(await verify(wrongCodeFor(service, setupKey))).not.toHaveProperty('clockAheadMs')
    expect(await verify(phone.code())).toEqual(
      expect.not.objectContaining({ clockAheadMs: expect.anything(), driftSteps: expect.anything() }),
    )
  })
})
