import { randomBytes } from 'node:crypto'
import type { Requirement, Settings, TwoFactorOptions } from '../options'
import type { Clock } from '../ports'
import { BOUNDS, DEFAULT_SEND_BUDGETS, type NumericOption } from './bounds'
import {
  type Check,
  checkBoolean,
  checkFunction,
  checkList,
  checkNumber,
  checkOrigin,
  checkPath,
  checkPort,
  misconfigured,
} from './check'
import { checkKeys } from './keys'
import { checkBudgets, checkCosts, checkCountries, checkOrder, refuseUnsendable } from './sending'
import { userOfRequest } from './user'
import { checkViews } from './views'

/** As many as the secret of an authenticator app has. */
const SAMPLE_BYTES = 20

export const systemClock: Clock = { now: Date.now, offsetMs: 0 }

/** An option that is no number: its check, and its default unless it must be given. */
interface Entry {
  check: Check
  default?: unknown
}

const STORE_METHODS = ['readGrant', 'readSession', 'takeAttempt', 'consumeChallenge', 'revoke']
const AUTHENTICATOR_METHODS = ['load', 'change', 'accept', 'claimRecoveryCode', 'countFailure']

const ENTRIES: Record<Exclude<keyof TwoFactorOptions, NumericOption>, Entry> = {
  issuer: { check: checkIssuer },
  origin: { check: checkOrigin },
  keys: { check: checkKeys },
  store: { check: (value, name) => checkPort(value, name, STORE_METHODS, '`redisStore(redis)`') },
  authenticators: {
    check: (value, name) => checkPort(value, name, AUTHENTICATOR_METHODS, '`sqlAuthenticators(query)`'),
  },
  reauthenticate: { check: checkFunction },
  channels: { check: checkChannels, default: [] },
  user: { check: checkFunction, default: userOfRequest },
  policy: { check: checkPolicy, default: { requirement: 'optional' } },
  reportOnly: { check: checkBoolean, default: false },
  path: { check: checkMount, default: '/two-factor' },
  signInUrl: { check: checkPath, default: '/login' },
  homeUrl: { check: checkPath, default: '/' },
  trustedOrigins: {
    check: (value, name) => checkList(value, name).map((origin) => checkOrigin(origin, name)),
    default: [],
  },
  countries: { check: checkCountries, default: [] },
  afterEnrolment: { check: checkAfterEnrolment, default: 'continue' },
  onSignOut: { check: checkFunction, default: undefined },
  views: { check: checkViews, default: {} },
  sendBudgets: { check: checkBudgets, default: DEFAULT_SEND_BUDGETS },
  methodOrder: { check: checkOrder, default: checkOrder({}, 'methodOrder') },
  sendCosts: { check: checkCosts, default: checkCosts({}, 'sendCosts') },
  allowVolatileStore: { check: checkBoolean, default: false },
  clock: { check: (value, name) => checkPort(value, name, ['now'], '`movableClock()` in tests'), default: systemClock },
  randomBytes: { check: checkRandomBytes, default: randomBytes },
}

/**
 * Checks every option and puts the defaults in.
 * @throws {@link TwoFactorError} `ERR_TFA_CONFIG` naming the option and the fix
 */
export function resolveSettings(options: TwoFactorOptions): Settings {
  refuseUnknown(options)
  const settings: Record<string, unknown> = {}
  for (const [name, entry] of Object.entries(ENTRIES)) settings[name] = resolveEntry(options, name, entry)
  for (const [name, bound] of Object.entries(BOUNDS)) {
    settings[name] = checkNumber(own(options, name) ?? bound.default, name, bound)
  }
  refuseVolatile(settings as unknown as Settings)
  refuseUnsendable(settings as unknown as Settings)
  return Object.freeze(settings) as unknown as Settings
}

function own(options: object, name: string): unknown {
  return Object.hasOwn(options, name) ? (options as Record<string, unknown>)[name] : undefined
}

function resolveEntry(options: object, name: string, entry: Entry): unknown {
  const given = own(options, name)
  if (given !== undefined) return entry.check(given, name)
  if ('default' in entry) return entry.default
  throw misconfigured(name, 'is required')
}

/** A literal, in whatever realm it was made. An option that a class or a prototype brings would be passed over in silence. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function refuseUnknown(options: unknown): void {
  if (!isPlain(options)) throw misconfigured('options', 'must be a plain object: what one inherits is not read')
  const unknown = Object.keys(options).find((name) => !(Object.hasOwn(ENTRIES, name) || Object.hasOwn(BOUNDS, name)))
  if (unknown)
    throw misconfigured(unknown, `does not exist; known are ${Object.keys({ ...ENTRIES, ...BOUNDS }).join(', ')}`)
}

/** What forgets at restart lets locks and used codes be forgotten by a crash, and knows one process only. */
function refuseVolatile({ store, authenticators, allowVolatileStore }: Settings): void {
  if (process.env.NODE_ENV !== 'production' || allowVolatileStore) return
  const volatile = store.isVolatile ? 'store' : authenticators.isVolatile ? 'authenticators' : null
  if (!volatile) return
  throw misconfigured(
    volatile,
    'keeps its data in this process only; use Redis or SQL in production, or set `allowVolatileStore`',
  )
}

function checkIssuer(value: unknown, name: string): unknown {
  // FreeOTP refuses a colon, and a control character could forge a line of a text message.
  if (typeof value === 'string' && /^[^:\p{Cc}]{1,40}$/u.test(value) && value.trim() === value) return value
  throw misconfigured(name, 'must be 1 to 40 characters without ":" and control characters')
}

function checkMount(value: unknown, name: string): string {
  const path = checkPath(value, name).replace(/\/$/, '')
  if (/^(\/[A-Za-z0-9._~-]+)+$/.test(path)) return path
  throw misconfigured(name, 'must be a path such as "/two-factor"')
}

function checkChannels(value: unknown, name: string): unknown {
  const channels = checkList(value, name).map((channel) => checkPort(channel, name, ['send'], '`vonageSms({ … })`'))
  const methods = channels.map((channel) => (channel as { method: unknown }).method)
  const isSound =
    methods.every((method) => method === 'sms' || method === 'voice') && new Set(methods).size === methods.length
  if (isSound) return channels
  throw misconfigured(name, 'must hold at most one channel of method "sms" and one of "voice"')
}

/** Secrets, codes and ids are as long and as unlike each other as these bytes: too few would be a seed to guess. */
function checkRandomBytes(value: unknown, name: string): unknown {
  const draw = checkFunction(value, name) as (size: number) => unknown
  const [one, other] = [draw(SAMPLE_BYTES), draw(SAMPLE_BYTES)]
  const isWhole = [one, other].every((bytes) => Buffer.isBuffer(bytes) && bytes.length === SAMPLE_BYTES)
  if (isWhole && !(one as Buffer).equals(other as Buffer)) return value
  throw misconfigured(name, 'must return a Buffer of as many unpredictable bytes as it is asked for')
}

function checkPolicy(value: unknown, name: string): unknown {
  if (typeof value === 'function') return value
  if (typeof value !== 'object' || value === null) throw misconfigured(name, 'must be a requirement or a function')
  return checkRequirement(value as Requirement, name)
}

/** Checks a requirement, the option's or one that a policy function returned. */
export function checkRequirement(value: Requirement, name = 'policy'): Requirement {
  const { requirement, enforceFrom, graceMs, ...others } = value ?? {}
  const [unknown] = Object.keys(others)
  if (unknown) throw misconfigured(`${name}.${unknown}`, 'does not exist; known are requirement, enforceFrom, graceMs')
  const isMode = requirement === 'optional' || requirement === 'required'
  if (!isMode) throw misconfigured(name, '`requirement` must be "optional" or "required"')
  const isDate = enforceFrom === undefined || (enforceFrom instanceof Date && !Number.isNaN(enforceFrom.getTime()))
  if (!isDate) throw misconfigured(name, '`enforceFrom` must be a valid Date')
  if (graceMs !== undefined) checkNumber(graceMs, `${name}.graceMs`, { min: 0, max: 366 * 24 * 3600 * 1000 })
  return value
}

function checkAfterEnrolment(value: unknown, name: string): unknown {
  if (value === 'continue' || value === 'sign-out') return value
  throw misconfigured(name, 'must be "continue" or "sign-out"')
}
