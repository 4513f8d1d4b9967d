/**
 * A6. Two hundred codes are fired before the first answer is back, so that a limit that is read, compared and only then
 * written sees none of them.
 * Hurt by it: Keycloak (CVE-2024-4629), Wazuh (CVE-2026-93346).
 * What must happen: at most the budget is evaluated (5 per challenge; 10 per authenticator until it locks, and the same for
 * recovery codes), and the right code in the same burst beyond it is refused: it would be evaluated if the count came
 * after the comparison. (I3)
 */
import request from 'supertest'
import { codeFor, enrolPhone, enrolTotp, reauthenticate, signIn } from '../support/journeys'
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

/** Texts are random: all codes but the one that was sent. */
const otherThan = (code: string) =>
  Array.from({ length: 201 }, (_, at) => String(200_000 + at)).filter((other) => other !== code)

/** Well-formed, and nobody's. */
const recoveryCodeOf = (at: number) =>
  `AAAA-BBBB-CC${String(at)
    .replace(/[0189]/g, 'Z')
    .padStart(3, 'Y')
    .slice(-2)}-DDDD`

describe.each(BACKENDS)('two hundred wrong codes of another kind in one burst, on %s', (backend) => {
  it('of a text: five are evaluated, and the right one among the last is refused', async () => {
    const service = openService(backend)
    await enrolPhone(service, 'ada')
    const server = await listen(service.app)
    const cookie = await holdCookie(server)
    const right = service.phone.codeFor() as string
    const codes = [...otherThan(right).slice(0, 200), right]
    startTogether([service.authenticators], codes.length)
    const answers = await burst(codes.length, (at) => answerWith(server, cookie, codes[at]))
    expect(statusesOf(answers)).toEqual({ 401: 5, 429: 196 })
    expect(await hardFailures(service)).toBe(5)
  })

  it('of recovery codes, in forty sessions: ten are evaluated, and the right one among the last is refused', async () => {
    const service = openService(backend)
    const { recoveryCodes } = await enrolTotp(service, 'ada')
    const server = await listen(service.app)
    const cookies = await Promise.all(Array.from({ length: 41 }, () => holdCookie(server)))
    const codes = [...Array.from({ length: 200 }, (_, at) => recoveryCodeOf(at)), recoveryCodes[0]]
    startTogether([service.authenticators], codes.length)
    const answers = await burst(codes.length, (at) => answerWith(server, cookies[at % 41] as string, codes[at]))
    expect(statusesOf(answers)).toEqual({ 401: 10, 429: 191 })
    expect((await service.authenticators.load('user-ada')).recoveryCodes.remaining).toBe(10)
  })

  it('at an enrolment: five are evaluated, and the right one among the last is refused', async () => {
    const service = openService(backend)
    const server = await listen(service.app)
    const ada = request.agent(server)
    await signIn(ada, 'ada').expect(200)
    await reauthenticate(ada, 'ada').expect(200)
    const phone = { factor: 'phone', country: 'FR', phone: '0612345678', method: 'sms' }
    const { enrolmentId } = (await ada.post('/two-factor/authenticators').send(phone).expect(201)).body
    const right = service.phone.codeFor() as string
    const codes = [...otherThan(right).slice(0, 200), right]
    const answers = await burst(codes.length, (at) =>
      ada.post(`/two-factor/authenticators/${enrolmentId}/confirm`).send({ code: codes[at] }),
    )
    expect(statusesOf(answers)).toEqual({ 401: 5, 429: 196 })
    expect((await service.authenticators.load('user-ada')).authenticators).toEqual([])
  })
})
