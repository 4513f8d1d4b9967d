/** Two actions whose keys differ in half a surrogate pair only: JSON carries it, UTF-8 does not. */
import { codeFor, enrolTotp, passWithTotp } from '../../support/journeys'
import { openService, verify } from '../../support/security'

describe('(A43) a step-up for one action', () => {
  it('is not for another whose key differs in a lone surrogate', async () => {
    const service = openService()
    const { setupKey } = await enrolTotp(service, 'ada')
    const agent = await passWithTotp(service, 'ada', setupKey)
    const pay = (to: string) =>
      agent.post('/payout').set('Content-Type', 'application/json').send(`{"amount":5,"to":"${to}"}`)
    await pay('X\\ud800').expect(401)
    await agent.post('/two-factor/challenge').expect(201)
    service.clock.advance(30_000)
    await verify(agent, codeFor(service, setupKey)).expect(200)
    expect((await pay('X\\udfff')).status).toBe(401)
  })
})
