/**
 * A6. Two hundred codes are fired before the first answer is back, so that a limit that is read, compared and only then
 * written sees none of them.
 * Hurt by it: Keycloak (CVE-2024-4629), Wazuh (CVE-2026-93346).
 * What must happen: at most the budget is evaluated (5 per challenge; 10 per authenticator until it locks), and the right
 * code in the same burst beyond it is refused: it would be evaluated if the count came after the comparison.
 */
import request from 'supertest'
import { codeFor, enrolTotp } from '../support/journeys'
import {
  answerWith,
  BACKENDS,
  burst,
  holdCookie,
  listen,
  openService,
  type Service,
  startTogether,
  statusesOf,
  wrongCodes,
} from '../support/security'

async function hardFailures({ authenticators }: Service): Promise<number | undefined> {
  return (await authenticators.load('user-ada')).authenticators[0]?.failures
}

describe.each(BACKENDS)('two hundred wrong codes in one burst, on %s', (backend) => {
  it('in one session: five are evaluated, and the right one among the last is refused', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const server = await listen(service.app)
    const cookie = await holdCookie(server)
    const codes = [...wrongCodes(service, setupKey, 200), codeFor(service, setupKey)]
    startTogether([service.authenticators], codes.length)
    const answers = await burst(codes.length, (at) => answerWith(server, cookie, codes[at]))
    expect(statusesOf(answers)).toEqual({ 401: 5, 429: 196 })
    expect(await hardFailures(service)).toBe(5)
    await request(server).get('/account').set('Cookie', cookie).expect(401)
  })

  it('in forty sessions: ten are evaluated, then the authenticator is locked, for the right code too', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const server = await listen(service.app)
    const cookies = await Promise.all(Array.from({ length: 41 }, () => holdCookie(server)))
    const codes = [...wrongCodes(service, setupKey, 200), codeFor(service, setupKey)]
    startTogether([service.authenticators], codes.length)
    const answers = await burst(codes.length, (at) => answerWith(server, cookies[at % 41] as string, codes[at]))
    expect(statusesOf(answers)).toEqual({ 401: 10, 429: 191 })
    expect(await hardFailures(service)).toBe(10)
    const late = await answerWith(server, cookies[40] as string, codes[200])
    expect([late.status, late.body.code]).toEqual([429, 'ERR_TFA_LOCKED'])
  })
})
