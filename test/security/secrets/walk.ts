import request from 'supertest'
import type TestAgent from 'supertest/lib/agent'
import { decodeBase32 } from '../../../lib/core/base32'
import { hotp, stepAt } from '../../../lib/core/factors/totp'
import { PASSWORD } from '../../support/app'
import type { House } from './house'

const CHALLENGE = 'POST /two-factor/challenge'
const RESEND = 'POST /two-factor/challenge/resend'
const VERIFY = 'POST /two-factor/challenge/verify'
const BEGIN = 'POST /two-factor/authenticators'
const PAGES = ['/two-factor', '/two-factor/challenge', '/two-factor/setup', '/account']
/** Ada's number, and one that is nobody's. */
const PHONE = '0612345678'
const NO_NUMBER = '0100987654321'
/** Wrong ones of each form: what was nearly right tells too much as well. */
const WRONG = { sent: '9182736450', app: '918273', recovery: 'WRNG-2345-WRNG-6723' }
const WRONG_PASSWORD = 'tr0ubadour & 3 horses'
const STEP_MS = 30_000

/** Someone with a browser, who does all that can be done and much that cannot. */
export class Walk {
  private readonly house: House

  constructor(house: House) {
    this.house = house
    house.plants.add('phone', PHONE)
    house.plants.add('phone', NO_NUMBER)
    house.plants.add('password', WRONG_PASSWORD)
    for (const code of [WRONG.sent, WRONG.app]) house.plants.add('code', code)
    house.plants.add('recovery-code', WRONG.recovery)
  }

  arrive(name = 'ada'): Promise<TestAgent> {
    const agent = request.agent(this.house.app)
    const credentials = { email: `${name}@example.com`, password: PASSWORD }
    return this.house.send(agent, 'POST /login', credentials).then(() => agent)
  }

  /** Opens the pages that there are, as a person does who looks around. */
  async lookAround(agent: TestAgent): Promise<void> {
    for (const path of PAGES) {
      await this.house.send(agent, `GET ${path}`, undefined, 'page')
      await this.house.send(agent, `GET ${path}`)
    }
  }

  async reauthenticate(agent: TestAgent): Promise<void> {
    const credentials = (password: string) => ({ username: 'ada@example.com', password })
    const route = 'POST /two-factor/reauthenticate'
    await this.house.send(agent, route, credentials(WRONG_PASSWORD), 'page')
    await this.house.send(agent, route, credentials(WRONG_PASSWORD))
    await this.house.send(agent, route, credentials(PASSWORD))
  }

  /** Enrols an authenticator app by its pages, and by JSON, with wrong codes on the way. */
  async enrolApp(agent: TestAgent): Promise<{ setupKey: string; recoveryCodes: readonly string[] }> {
    await this.reauthenticate(agent)
    const page = await this.house.send(agent, BEGIN, { factor: 'totp' }, 'page')
    const enrolment = /authenticators\/([\w-]{22})\/confirm/.exec(page.text)?.[1]
    this.plant('totp-secret', /secret=([A-Z2-7]+)/.exec(page.text)?.[1] as string)
    await this.house.send(agent, `${BEGIN}/${enrolment}/confirm`, { code: WRONG.app }, 'page')
    await this.house.send(agent, `GET /two-factor/setup?enrolment=${enrolment}`, undefined, 'page')
    const { body } = await this.house.send(agent, BEGIN, { factor: 'totp', label: 'My app' })
    this.plant('totp-secret', body.setupKey)
    const confirm = `${BEGIN}/${body.enrolmentId}/confirm`
    for (const code of ['12345', WRONG.app]) await this.house.send(agent, confirm, { code })
    const confirmed = await this.house.send(agent, confirm, { code: this.appCode(body.setupKey) })
    return { setupKey: body.setupKey, recoveryCodes: this.plantCodes(confirmed.body.recoveryCodes) }
  }

  /** Enrols a phone, whose first messages Vonage refuses. */
  async enrolPhone(agent: TestAgent): Promise<void> {
    await this.reauthenticate(agent)
    const wanted = { factor: 'phone', country: 'FR', method: 'sms' }
    for (const form of ['json', 'page'] as const)
      await this.house.send(agent, BEGIN, { ...wanted, phone: NO_NUMBER }, form)
    this.house.echo.refuse({ status: 422, type: 'application/problem+json' })
    await this.house.send(agent, BEGIN, { ...wanted, phone: PHONE })
    const { body } = await this.house.send(agent, BEGIN, { ...wanted, phone: PHONE })
    const base = `${BEGIN}/${body.enrolmentId}`
    await this.house.send(agent, `GET /two-factor/setup?enrolment=${body.enrolmentId}`, undefined, 'page')
    this.house.clock.advance(STEP_MS)
    await this.house.send(agent, `${base}/resend`, { method: 'voice' })
    await this.house.send(agent, `${base}/confirm`, { code: WRONG.sent }, 'page')
    await this.house.send(agent, `${base}/confirm`, { code: this.sentCode('voice') })
  }

  /** Signs in by a text that is asked for again and again, while Vonage repeats to us all that it was sent. */
  async signInByText(): Promise<TestAgent> {
    const agent = await this.arrive()
    for (const status of [400, 401, 429, 500]) {
      this.house.echo.refuse({ status, type: status === 500 ? 'text/html' : 'application/problem+json' })
      await this.house.send(agent, CHALLENGE, { method: 'sms' }, status === 401 ? 'page' : 'json')
      this.house.clock.advance(STEP_MS)
    }
    await this.house.send(agent, CHALLENGE, { method: 'sms' })
    await this.house.send(agent, RESEND)
    await this.lookAround(agent)
    this.house.clock.advance(STEP_MS)
    await this.house.send(agent, RESEND)
    const code = this.sentCode('sms')
    await this.house.send(agent, VERIFY, { code: WRONG.sent }, 'page')
    await this.house.send(agent, VERIFY, { code, remember: true })
    return agent
  }

  async signInByApp(setupKey: string): Promise<TestAgent> {
    const agent = await this.arrive()
    this.house.clock.advance(STEP_MS)
    await this.house.send(agent, CHALLENGE, { method: 'totp' })
    await this.lookAround(agent)
    const code = this.appCode(setupKey)
    for (const form of ['page', 'json'] as const) await this.house.send(agent, VERIFY, { code }, form)
    return agent
  }

  async signInByCall(): Promise<TestAgent> {
    const agent = await this.arrive()
    await this.house.send(agent, CHALLENGE, { method: 'voice' })
    await this.house.send(agent, VERIFY, { code: this.sentCode('voice') })
    return agent
  }

  async signInByRecoveryCode(code: string): Promise<TestAgent> {
    const agent = await this.arrive()
    for (const form of ['page', 'json'] as const) await this.house.send(agent, VERIFY, { code }, form)
    return agent
  }

  /** The browser that was remembered signs in twice; then somebody comes with the token that it has rotated away. */
  async comeBack(browser: TestAgent): Promise<void> {
    const thief = Object.assign(request.agent(this.house.app), { jar: structuredJar(browser) })
    const credentials = { email: 'ada@example.com', password: PASSWORD }
    for (const agent of [browser, browser]) await this.house.send(agent, 'POST /login', credentials)
    this.house.clock.advance(120_000)
    await this.house.send(thief, 'POST /login', credentials)
    await this.lookAround(browser)
  }

  /** A step-up with what it is for, by text. */
  async payOut(agent: TestAgent): Promise<void> {
    const payout = { amount: 250, to: 'FR7612345' }
    await this.house.send(agent, 'POST /payout', payout)
    await this.house.send(agent, CHALLENGE, { method: 'sms' })
    await this.lookAround(agent)
    await this.house.send(agent, VERIFY, { code: this.sentCode('sms') })
    await this.house.send(agent, 'POST /payout', payout)
  }

  async renewRecoveryCodes(agent: TestAgent, form: 'json' | 'page'): Promise<void> {
    await this.reauthenticate(agent)
    const { body, text } = await this.house.send(agent, 'POST /two-factor/recovery-codes', {}, form)
    const codes = form === 'json' ? body.recoveryCodes : text.match(/\b[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}\b/g)
    this.plantCodes(codes)
  }

  /** Guesses until everything is locked. */
  async guess(times: number): Promise<void> {
    for (let round = 0; round < times; round += 1) {
      const agent = await this.arrive()
      await this.house.send(agent, CHALLENGE, { method: 'sms' })
      for (const code of Object.values(WRONG)) await this.house.send(agent, VERIFY, { code })
      if (round === times - 1) await this.lookAround(agent)
    }
  }

  appCode(setupKey: string): string {
    const code = hotp(decodeBase32(setupKey), stepAt(this.house.clock.now()))
    this.plant('code', code)
    return code
  }

  /** The newest code that Vonage was given; all that it was given are planted. */
  sentCode(method: 'sms' | 'voice'): string {
    const { messages, calls } = this.house.vonage
    const texts = method === 'sms' ? messages.map(({ text }) => text) : calls.map(({ words }) => words)
    const codes = texts.map((text) => /\d(?:[ ,.]*\d){9}/.exec(text)?.[0].replace(/\D/g, '') as string)
    for (const code of codes) this.plant('code', code)
    return codes.at(-1) as string
  }

  private plant(kind: 'code' | 'totp-secret', value: string): void {
    this.house.plants.add(kind, value)
  }

  private plantCodes(codes: readonly string[]): readonly string[] {
    for (const code of codes) this.house.plants.add('recovery-code', code)
    return codes
  }
}

/** A copy of a browser's cookies, as a thief takes it. */
function structuredJar({ jar }: TestAgent): TestAgent['jar'] {
  const copy = request.agent('').jar
  const everything = { domain: '127.0.0.1', path: '/', secure: false, script: false }
  for (const cookie of jar.getCookies(everything as never)) copy.setCookie(cookie.toString(), '127.0.0.1', '/')
  return copy
}
