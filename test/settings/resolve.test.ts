import { randomBytes } from 'node:crypto'
import { createTwoFactor, type TwoFactorOptions } from 'express-two-factor'
import { memoryAuthenticators, memoryStore } from 'express-two-factor/memory'
import { virtualPhone } from 'express-two-factor/testing'
import { BOUNDS } from '../../lib/settings/bounds'
import { resolveSettings } from '../../lib/settings/resolve'

const options = (): TwoFactorOptions => ({
  issuer: 'Acme',
  origin: 'https://acme.example',
  keys: [randomBytes(32).toString('base64')],
  store: memoryStore(),
  authenticators: memoryAuthenticators(),
  reauthenticate: () => null,
})

describe('a configuration mistake', () => {
  const [phone] = virtualPhone().channels
  it.each([
    ['issuer', 'Acme: the best'],
    ['issuer', ''],
    ['issuer', 'Acme\nEvil'],
    ['origin', 'acme.example'],
    ['origin', 'https://acme.example/path'],
    ['origin', 'javascript:alert(1)'],
    ['keys', []],
    ['keys', ['short']],
    ['keys', [Buffer.alloc(32).toString('base64')]],
    ['keys', [Buffer.alloc(31, 'random? no').toString('base64')]],
    ['store', memoryStore],
    ['store', {}],
    ['authenticators', memoryStore()],
    ['reauthenticate', 'yes'],
    ['channels', [phone, phone]],
    ['channels', [{ method: 'pigeon', send: () => null }]],
    ['policy', 'required'],
    ['policy', { requirement: 'maybe' }],
    ['policy', { requirement: 'required', enforceFrom: new Date('never') }],
    ['policy', { requirement: 'required', graceMs: '28' }],
    ['path', 'two-factor'],
    ['path', '//evil.example'],
    ['path', '/two-factor/:id'],
    ['signInUrl', 'https://evil.example'],
    ['homeUrl', '//evil.example'],
    ['trustedOrigins', ['https://acme.example/path']],
    ['countries', ['France']],
    ['countries', ['FR', 'UK']],
    ['countries', ['ZZ']],
    ['countries', ['AQ']],
    ['methodOrder', { UK: ['sms'] }],
    ['sendCosts', { UK: { sms: 1 } }],
    ['afterEnrolment', 'later'],
    ['sendBudgets', [{ points: 0, windowMs: 1000 }]],
    ['sendBudgets', []],
    ['sendBudgets', [null]],
    ['sendBudgets', [{ points: 1, windowMs: 1000, per: 'planet' }]],
    ['sendBudgets', [{ points: 1, windowMs: 1000, scope: 'all' }]],
    [
      'sendBudgets',
      [
        { points: 5, windowMs: 1000 },
        { points: 3, windowMs: 1000, per: 'user' },
      ],
    ],
    ['methodOrder', { FR: ['sms', 'voice'] }],
    ['methodOrder', ['sms']],
    ['methodOrder', { France: ['sms'] }],
    ['methodOrder', { FR: [] }],
    ['methodOrder', { FR: 'sms' }],
    ['methodOrder', { FR: ['sms', 'sms'] }],
    ['methodOrder', { FR: ['totp'] }],
    ['sendCosts', null],
    ['sendCosts', { france: { sms: 1 } }],
    ['sendCosts', { FR: 7 }],
    ['sendCosts', { FR: { sms: 0.07 } }],
    ['sendCosts', { '*': { fax: 1 } }],
    ['sendCosts', { FR: { sms: -1 } }],
    ['conversionMinimumPercent', 91],
    ['totpWindow', '1'],
    ['totpWindow', 3],
    ['totpWindow', 0.5],
    ['codeDigits', 4],
    ['challengeTtlMs', Number.NaN],
    ['failureCap', 101],
    ['reportOnly', 'true'],
    ['clock', {}],
  ])('in `%s` (%p) is an error that names it', (name, value) => {
    const mistaken = { ...options(), [name]: value } as TwoFactorOptions
    expect(() => createTwoFactor(mistaken)).toThrow(
      expect.objectContaining({ code: 'ERR_TFA_CONFIG', message: expect.stringContaining(`\`${name}`) }),
    )
  })

  it.each(['issuer', 'origin', 'keys', 'store', 'authenticators', 'reauthenticate'] as const)(
    'without `%s` is an error that names it',
    (name) => {
      const { [name]: _absent, ...rest } = options()
      expect(() => createTwoFactor(rest as TwoFactorOptions)).toThrow(`\`${name}\`: is required`)
    },
  )

  it('of an option that does not exist is an error that names it and those that do', () => {
    expect(() => createTwoFactor({ ...options(), challengeTtl: 5 } as TwoFactorOptions)).toThrow(
      /`challengeTtl`: does not exist.*challengeTtlMs/,
    )
  })

  it('is not made by a polluted Object.prototype', () => {
    Object.assign(Object.prototype, { totpWindow: 2, keys: ['x'] })
    try {
      expect(() => createTwoFactor(options())).not.toThrow()
      const { keys: _absent, ...rest } = options()
      expect(() => createTwoFactor(rest as TwoFactorOptions)).toThrow('`keys`: is required')
    } finally {
      for (const name of ['totpWindow', 'keys']) delete (Object.prototype as Record<string, unknown>)[name]
    }
  })
})

describe('each number', () => {
  it.each(Object.entries(BOUNDS))(
    '%s is accepted at its bounds and refused beyond',
    (name, { min, max, default: byDefault }) => {
      const made = (value: number) => () => createTwoFactor({ ...options(), [name]: value })
      expect(made(min)).not.toThrow()
      expect(made(max)).not.toThrow()
      expect(made(byDefault)).not.toThrow()
      expect(made(min - 1)).toThrow(name)
      expect(made(max + 1)).toThrow(name)
    },
  )
})

describe('what a country’s sends go by', () => {
  it('is a copy of what was given: changed later, or inherited, it was never checked', () => {
    const sendBudgets = [{ points: 5, windowMs: 1000 }]
    const sendCosts = Object.create({ FR: { sms: Number.NaN } })
    const methodOrder = { FR: ['sms' as const] }
    const channels = virtualPhone().channels
    const settings = resolveSettings({ ...options(), channels, sendBudgets, sendCosts, methodOrder })
    sendBudgets.length = 0
    methodOrder.FR.length = 0
    expect(settings).toMatchObject({ sendBudgets: [{ points: 5, windowMs: 1000 }], methodOrder: { FR: ['sms'] } })
    expect(settings.sendCosts.FR).toBeUndefined()
  })
})

describe('in production', () => {
  afterEach(() => {
    process.env.NODE_ENV = 'test'
  })

  it('the in-process stores are refused, unless asked for', () => {
    process.env.NODE_ENV = 'production'
    expect(() => createTwoFactor(options())).toThrow(/`store`: .*allowVolatileStore/)
    expect(() => createTwoFactor({ ...options(), allowVolatileStore: true })).not.toThrow()
  })
})
