/**
 * A42. The attacker lays our page, unseen, over a game of his, so that a click lands on "Turn off"; or reads a page of ours
 * from a cache, or from the address it hands on.
 * What must happen: no page of ours may be framed, cached, or told of to another site, whatever its status; none runs a
 * script that is not ours.
 */
import request from 'supertest'
import { enrolTotp, reauthenticate, signIn } from '../support/journeys'
import { holdSession, openService } from '../support/security'

const HTML = { Accept: 'text/html' }

function expectProtected(answer: request.Response): void {
  const { headers, status } = answer
  const policy = String(headers['content-security-policy'])
  expect([status, policy]).toEqual([status, expect.stringContaining("frame-ancestors 'none'")])
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("base-uri 'none'")
  expect(policy).not.toContain('unsafe')
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
  })
  expect(answer.text ?? '').not.toMatch(/<script(?! src="\/two-factor\/)| on[a-z]+="| style="/)
}

describe('every answer of ours', () => {
  it('as a page: of any state and status', async () => {
    const service = openService()
    const { agent } = await enrolTotp(service, 'ada')
    const held = await holdSession(service)
    for (const path of [
      '',
      '/challenge',
      '/setup',
      '/setup?step=methods',
      '/nothing',
      '/setup?enrolment=x:y',
      '/challenge/verify',
    ]) {
      for (const who of [agent, held, request(service.app)])
        expectProtected(await who.get(`/two-factor${path}`).set(HTML))
    }
    expectProtected(await held.get('/account').set(HTML))
    expectProtected(await held.post('/two-factor/challenge/verify').set(HTML).type('form').send({ code: 'x' }))
    expectProtected(await held.post('/two-factor/challenge/verify').set({ ...HTML, Origin: 'https://evil.example' }))
    expectProtected(await agent.post('/two-factor/disable').set(HTML))
    await reauthenticate(agent, 'ada').expect(200)
    expectProtected(await agent.post('/two-factor/authenticators').set(HTML).type('form').send({ factor: 'totp' }))
    expectProtected(await agent.post('/two-factor/recovery-codes').set(HTML))
  })

  it('as JSON: success and problem', async () => {
    const service = openService()
    const { agent } = await enrolTotp(service, 'ada')
    const login = request.agent(service.app)
    expectProtected(await signIn(login, 'ada'))
    for (const path of ['', '/setup', '/challenge', '/nothing']) expectProtected(await agent.get(`/two-factor${path}`))
    expectProtected(await login.get('/account'))
    expectProtected(
      await agent
        .post('/email')
        .then((answer) => (answer.status === 200 ? agent.post('/payout').send({ amount: 1, to: 'x' }) : answer)),
    )
    expectProtected(await agent.post('/two-factor/sign-out'))
  })
})
