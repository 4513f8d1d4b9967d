/**
 * A43. The thief has the session of somebody who passed, and guesses the code of a step-up there, where nobody counts; or
 * spends one step-up on another action, or twice.
 * What must happen: the same counters and locks as at sign-in, one for both; a step-up for an action is for that one, once.
 */
import { codeFor, enrolTotp } from '../support/journeys'
import { BACKENDS, burst, holdSession, openService, statusesOf, verify, wrongCodes } from '../support/security'

describe.each(BACKENDS)('a hijacked session, on %s', (backend) => {
  it('guesses a step-up against the same count as a sign-in, and is locked with it', async () => {
    const service = openService(backend)
    const { agent: hijacked, setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const early = await holdSession(service)
    const codes = wrongCodes(service, setupKey, 10)
    for (const code of codes.slice(0, 4)) await verify(early, code).expect(401)
    await hijacked.post('/two-factor/challenge').send({}).expect(201)
    for (const code of codes.slice(4, 9)) await verify(hijacked, code).expect(401)
    expect((await verify(hijacked, codes[9]).expect(429)).body.code).toBe('ERR_TFA_ATTEMPTS_EXHAUSTED')
    await hijacked.post('/two-factor/challenge').send({}).expect(201)
    await verify(hijacked, codes[9]).expect(401)
    await verify(hijacked, codeFor(service, setupKey)).expect(429)
    await verify(early, codeFor(service, setupKey)).expect(429)
  })

  it('spends a step-up on its one action, once, however many ask at the same time', async () => {
    const service = openService(backend)
    const { agent, setupKey } = await enrolTotp(service, 'ada')
    const pay = (amount: number) => agent.post('/payout').send({ amount, to: 'FR76' })
    await pay(250).expect(401)
    await agent.post('/two-factor/challenge').send({}).expect(201)
    await pay(9999).expect(401)
    service.clock.advance(30_000)
    await verify(agent, codeFor(service, setupKey)).expect(200)
    await pay(9999).expect(401)
    expect(statusesOf(await burst(10, () => pay(250)))).toEqual({ 200: 1, 401: 9 })
  })
})
