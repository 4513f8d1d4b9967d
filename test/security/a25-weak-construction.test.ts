/**
 * A25. The service was built wrong: a key of zeros, a key too short, a limit switched off by a typo, a store that
 * forgets. Nobody notices until somebody uses it.
 * Hurt by it: devise-two-factor (CVE-2024-8796: secrets under 128 bits by default).
 * What must happen: an error at construction that names the option and the fix; secrets of 160 bits.
 */
import { randomBytes } from 'node:crypto'
import type { TwoFactorOptions } from 'express-two-factor'
import { movableClock } from 'express-two-factor/testing'
import request from 'supertest'
import { decodeBase32 } from '../../lib/core/base32'
import { hotp, matchStep, newTotpSecret, stepAt } from '../../lib/core/factors/totp'
import { createTestApp, KEY } from '../support/app'
import { enrolTotp, reauthenticate, signIn } from '../support/journeys'
import { openService } from '../support/security'

const BAD: readonly [option: string, value: unknown][] = [
  ['keys', []],
  ['keys', undefined],
  ['keys', KEY],
  ['keys', [Buffer.alloc(32).toString('base64')]],
  ['keys', [Buffer.alloc(31, 'abcdefghijklmnopqrstuvwxyz').toString('base64')]],
  ['keys', ['secret']],
  ['keys', ['0'.repeat(44)]],
  ['keys', [KEY, KEY]],
  ['keys', [Buffer.from('ab'.repeat(16)).toString('base64')]],
  ['keys', [null]],
  ['issuer', 'A:B'],
  ['issuer', ''],
  ['issuer', 'A\r\nB'],
  ['issuer', 7],
  ['origin', 'acme.example'],
  ['origin', 'https://acme.example/path'],
  ['origin', 'javascript:1'],
  ['path', '//evil'],
  ['path', 'two-factor'],
  ['path', '/a:b'],
  ['homeUrl', 'https://evil.example'],
  ['homeUrl', '//evil'],
  ['signInUrl', '/\\evil'],
  ['totpWindow', '1'],
  ['totpWindow', 3],
  ['totpWindow', -1],
  ['totpWindow', Number.NaN],
  ['codeDigits', 4],
  ['codeDigits', 5.5],
  ['attemptsPerChallenge', 0],
  ['attemptsPerChallenge', Number.POSITIVE_INFINITY],
  ['failureCap', 101],
  ['failureCap', 0],
  ['lockAuthenticatorFrom', 1000],
  ['lockUserFrom', Number.NaN],
  ['challengeTtlMs', 600_001],
  ['challengeTtlMs', '600000'],
  ['sendTimeoutMs', 0],
  ['deviceTtlMs', -1],
  ['grantTtlMs', 0],
  ['firstLockMs', 0],
  ['trustedOrigins', ['*']],
  ['trustedOrigins', 'https://partner.example'],
  ['countries', ['fr']],
  ['countries', ['*']],
  ['sendBudgets', [{ points: 0, windowMs: 1000 }]],
  ['sendBudgets', [{ points: 5 }]],
  ['policy', 'required'],
  ['policy', { requirement: 'maybe' }],
  ['policy', { requirement: 'required', enforceFrom: '2026-01-01' }],
  ['reportOnly', 'false'],
  ['reauthenticate', undefined],
  ['store', {}],
  ['authenticators', null],
  ['channels', [{ method: 'pigeon', send() {} }]],
  ['clock', {}],
  ['afterEnrolment', 'stay'],
  ['maxAttempts', 5],
  ['user', 'ada'],
  ['randomBytes', 'crypto'],
  // A seed under 128 bits: whoever hands in such bytes would get one.
  ['randomBytes', () => Buffer.alloc(15, 'abcdefghijklmno')],
  ['randomBytes', (size: number) => Buffer.alloc(size)],
  ['randomBytes', (size: number) => 'x'.repeat(size)],
]

describe('a bad option', () => {
  it.each(BAD)('%s: %p is refused by name, and the error says what it must be', (option, value) => {
    const build = () => createTestApp({ [option]: value } as Partial<TwoFactorOptions>)
    const fix = /: (.*must |is required|does not exist; known are|is not random; make one with|holds the same key)/
    expect(build).toThrow(expect.objectContaining({ code: 'ERR_TFA_CONFIG', message: expect.stringMatching(fix) }))
    expect(build).toThrow(expect.objectContaining({ message: expect.stringContaining(`\`${option}`) }))
  })

  it('is not taken from a polluted prototype', async () => {
    const service = polluted({ reportOnly: true, attemptsPerChallenge: 10, deviceTtlMs: 0 }, () => createTestApp())
    await enrolTotp(service, 'ada')
    const held = request.agent(service.app)
    await signIn(held, 'ada').expect(200, { next: '/two-factor/challenge' })
    expect((await held.get('/two-factor/challenge').expect(200)).body.attemptsLeft).toBe(5)
    await held.get('/account').expect(401)
  })

  it.each([{ maxAge: 1 }, {}, { maxAgeMs: 0 }, { maxAgeMs: '5' }, { maxAgeMs: 1000, action: 'pay' }])(
    'of stepUp, %j, is refused',
    (options) => {
      const { twoFactor } = createTestApp()
      expect(() => twoFactor.stepUp(options as never)).toThrow(/stepUp/)
    },
  )

  it.each([{ skip: true }, { allow: '/health' }])('of gate, %j, is refused', (options) => {
    const { twoFactor } = createTestApp()
    expect(() => twoFactor.gate(options as never)).toThrow(/gate/)
  })
})

/** Makes something while every object seems to have these properties. */
function polluted<Made>(properties: object, make: () => Made): Made {
  Object.assign(Object.prototype, properties)
  try {
    return make()
  } finally {
    for (const name of Object.keys(properties)) Reflect.deleteProperty(Object.prototype, name)
  }
}

describe('in production', () => {
  it('stores that forget at a restart are refused', () => {
    const before = process.env.NODE_ENV
    process.env.NODE_ENV = 'production'
    try {
      expect(() => createTestApp()).toThrow(/`store`/)
      expect(() => createTestApp({ allowVolatileStore: true })).not.toThrow()
    } finally {
      process.env.NODE_ENV = before
    }
  })
})

describe('a new secret', () => {
  it('makes codes for the window of the options, which a polluted prototype does not widen', () => {
    const secret = newTotpSecret(randomBytes)
    const now = Date.UTC(2026, 10, 1)
    const codeAt = (steps: number) => hotp(decodeBase32(secret), stepAt(now) + steps)
    const right = codeAt(0)
    const properties = {
      window: 20,
      digits: 1,
      counter: 1,
      key: 'x',
      digest: Buffer.alloc(20),
      encoding: 'ascii',
      step: 3000,
    }
    const found = polluted(properties, () => ({
      near: [-1, 0, 1].map((steps) => matchStep(secret, codeAt(steps), now, 1) !== null),
      far: [-5, -2, 2, 5].map((steps) => matchStep(secret, codeAt(steps), now, 1)),
      code: codeAt(0),
    }))
    expect(found).toEqual({ near: [true, true, true], far: [null, null, null, null], code: right })
  })

  it('has 160 bits, each time others', async () => {
    const service = openService('memory', { clock: movableClock() })
    const keys = new Set<string>()
    for (const name of ['ada', 'bob']) {
      const agent = request.agent(service.app)
      await signIn(agent, name)
      await reauthenticate(agent, name).expect(200)
      for (let at = 0; at < 5; at += 1) {
        const { body } = await agent.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
        keys.add(body.setupKey)
      }
    }
    expect(keys.size).toBe(10)
    for (const key of keys) {
      expect(key).toMatch(/^[A-Z2-7]{32}$/)
      expect(decodeBase32(key)).toHaveLength(20)
    }
  })
})
