/**
 * A7, A8, A11, I4. The thief has the password and all the time he wants. Before each guess he starts anew where a count might
 * start anew: a new session, challenge, code or method, another address, another spelling of the user's name.
 * Hurt by it: Azure MFA (AuthQuake: parallel new sessions), caddy-security (GHSA-vfph-hjfv-cpv2), rubygems
 * (GHSA-c55g-q6f4-5qxr) and Mattermost (CVE-2022-2366) by forged addresses, Authelia (CVE-2025-24806) by username and
 * e-mail counted apart.
 * What must happen: one count per authenticator and per user goes on; from the tenth failure even a right code is refused.
 */
import { Agent } from 'node:http'
import request from 'supertest'
import { PASSWORD } from '../support/app'
import { codeFor, enrolPhone, enrolTotp, type TestAgent } from '../support/journeys'
import {
  answerWith,
  BACKENDS,
  holdCookie,
  holdSession,
  listen,
  openBareApp,
  openService,
  verify,
  wrongCodes,
} from '../support/security'

/** A code that the phone does not show: texts are random, so any other than the newest. */
function notThe(code: string | undefined): string {
  return code === '111111' ? '222222' : '111111'
}

describe.each(BACKENDS)('ten guesses, each after a new start, on %s', (backend) => {
  it('in a new session each, lock the authenticator', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const early = await holdSession(service)
    for (const code of wrongCodes(service, setupKey, 10)) await verify(await holdSession(service), code).expect(401)
    const { body } = await verify(early, codeFor(service, setupKey)).expect(429)
    expect(body.code).toBe('ERR_TFA_LOCKED')
    const late = await holdSession(service)
    await late.post('/two-factor/challenge').send({ method: 'totp' }).expect(429)
    await verify(late, codeFor(service, setupKey)).expect(429)
    await late.get('/account').expect(401)
  })

  it('in a new challenge each, lock the authenticator', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const thief = await holdSession(service)
    for (const [at, code] of wrongCodes(service, setupKey, 10).entries()) {
      if (at % 5 === 0) await thief.post('/two-factor/challenge').send({}).expect(201)
      await verify(thief, code).expect(401)
    }
    expect((await thief.post('/two-factor/challenge').send({ method: 'totp' }).expect(429)).body.code).toBe(
      'ERR_TFA_LOCKED',
    )
    await verify(thief, codeFor(service, setupKey)).expect(429)
  })

  it('with a new code each, by text and by call in turn, use up the same attempts and lock the phone for both', async () => {
    const service = openService(backend, { sendBudgets: [{ points: 1000, windowMs: 60_000 }] })
    await enrolPhone(service, 'ada')
    const early = await holdSession(service)
    const right = service.phone.codeFor()
    for (let session = 0; session < 2; session += 1) {
      const thief = await holdSession(service)
      for (let guess = 0; guess < 5; guess += 1) {
        const { body } = await verify(thief, notThe(service.phone.codeFor())).expect(401)
        expect(body.attemptsLeft).toBe(4 - guess)
        if (guess === 4) break
        service.clock.advance(30_000)
        const method = guess % 2 ? 'sms' : 'voice'
        await thief.post('/two-factor/challenge').send({ method }).expect(201)
      }
    }
    const late = await holdSession(service)
    for (const method of ['sms', 'voice']) await late.post('/two-factor/challenge').send({ method }).expect(429)
    await verify(early, right).expect(429)
  })

  it('with a resend before each, use up the same attempts and lock the phone', async () => {
    const service = openService(backend, { sendBudgets: [{ points: 1000, windowMs: 60_000 }] })
    await enrolPhone(service, 'ada')
    const early = await holdSession(service)
    const right = service.phone.codeFor()
    for (let session = 0; session < 2; session += 1) {
      const thief = await holdSession(service)
      for (let guess = 0; guess < 5; guess += 1) {
        service.clock.advance(30_000)
        await thief.post('/two-factor/challenge/resend').expect(202)
        const { body } = await verify(thief, notThe(service.phone.codeFor())).expect(401)
        expect(body.attemptsLeft).toBe(4 - guess)
      }
      await thief.post('/two-factor/challenge/resend').expect(429)
    }
    expect((await verify(early, right).expect(429)).body.code).toBe('ERR_TFA_LOCKED')
    await (await holdSession(service)).post('/two-factor/challenge/resend').expect(429)
  })

  it('over connections from another address each, lock the authenticator', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const server = await listen(service.app)
    const early = await holdCookie(server)
    const from = (at: number) => new Agent({ localAddress: `127.0.0.${10 + at}` })
    for (const [at, code] of wrongCodes(service, setupKey, 10).entries()) {
      const cookie = await holdCookie(server)
      await answerWith(server, cookie, code).agent(from(at)).expect(401)
    }
    await answerWith(server, early, codeFor(service, setupKey)).agent(from(99)).expect(429)
  })

  it('from another address each, behind a proxy that is trusted, lock the authenticator', async () => {
    const service = openService(backend)
    service.app.set('trust proxy', true)
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const early = await holdSession(service)
    const forge = (at: number) => ({
      'X-Forwarded-For': `203.0.113.${at}`,
      Forwarded: `for=203.0.113.${at}`,
      'X-Real-IP': `203.0.113.${at}`,
    })
    for (const [at, code] of wrongCodes(service, setupKey, 10).entries()) {
      await verify(await holdSession(service), code)
        .set(forge(at))
        .expect(401)
    }
    await verify(early, codeFor(service, setupKey)).set(forge(99)).expect(429)
  })

  it('under another spelling of the user each, are one count: the user is the id', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const twoFactor = { user: readAnySpelling, reauthenticate: () => null }
    const { app } = openBareApp(service, { twoFactor })
    const spellings = ['ada@example.com', 'ADA@EXAMPLE.COM', 'ada', 'Ada', 'aDa@alias.example', 'ada+x@example.com']
    const thieves = await Promise.all(
      spellings.map(async (email) => {
        const agent = request.agent(app)
        await agent.post('/login').send({ email, password: PASSWORD }).expect(200, { next: '/two-factor/challenge' })
        return agent
      }),
    )
    for (const [at, code] of wrongCodes(service, setupKey, 10).entries()) {
      await verify(thieves[at % thieves.length] as TestAgent, code).expect(401)
    }
    for (const thief of thieves) await verify(thief, codeFor(service, setupKey)).expect(429)
  })
})

/** The one user of these spellings, as the app's own user table would find her. */
function readAnySpelling(req: object): { id: string; label: string } | null {
  const { userId } = (req as { session: { userId?: string } }).session
  return userId === undefined ? null : { id: userId.toLowerCase().replace(/\+.*/, ''), label: userId }
}
