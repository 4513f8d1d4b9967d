import type { Requirement } from 'express-two-factor'
import type { VonageOptions } from 'express-two-factor/vonage'

/** Variables as `process.env` has them; an empty one counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The sample's settings, checked. */
export interface Config {
  isProduction: boolean
  /** 0 = any free one. */
  port: number
  /** Unset: http://localhost and the port that is listened on. */
  publicOrigin?: string
  redisUrl?: string
  /** A PostgreSQL server; wins over the folder. */
  databaseUrl?: string
  /** The embedded database's. What is made once in development is kept beside it. */
  databaseFolder: string
  sessionSecret?: string
  /** Newest first. */
  keys?: readonly string[]
  vonage?: VonageOptions
  requirement: Requirement
  afterEnrolment: 'continue' | 'sign-out'
}

const DAY_MS = 24 * 60 * 60 * 1000
const KEY_HINT = `make one with: node -p "crypto.randomBytes(32).toString('base64')"`

/**
 * Reads the settings from the environment.
 * @throws Error of one line that names the variable and the fix
 */
export function readConfig(env: Environment): Config {
  const read = (name: string) => env[name]?.trim() || undefined
  const config: Config = {
    isProduction: read('NODE_ENV') === 'production',
    port: readWhole('PORT', read('PORT') ?? '3000', 65_535),
    databaseFolder: read('DATABASE_FILE') ?? '.data/manual-login',
    requirement: readRequirement(read),
    afterEnrolment: readWord('TWO_FACTOR_AFTER_ENROLMENT', read, ['continue', 'sign-out']),
    ...whenSet('publicOrigin', readOrigin(read('PUBLIC_ORIGIN'))),
    ...whenSet('redisUrl', readUrl('REDIS_URL', read, ['redis:', 'rediss:'])),
    ...whenSet('databaseUrl', readUrl('DATABASE_URL', read, ['postgres:', 'postgresql:'])),
    ...whenSet('sessionSecret', read('SESSION_SECRET')),
    ...whenSet('keys', readKeys(read('TWO_FACTOR_KEY'))),
    ...whenSet('vonage', readVonage(read)),
  }
  if (config.isProduction) refuseDevelopment(config)
  return config
}

type Read = (name: string) => string | undefined

function refuse(name: string, fix: string): never {
  throw new Error(`${name}: ${fix}`)
}

function whenSet<Name extends keyof Config, Value>(name: Name, value: Value | undefined) {
  return (value === undefined ? {} : { [name]: value }) as { [Key in Name]?: Value }
}

/** What is handy for trying out would be a hole, or a loss of data, where people's accounts are. */
function refuseDevelopment({ redisUrl, sessionSecret, keys }: Config): void {
  if (!redisUrl) refuse('REDIS_URL', 'not set; the in-process store is refused in production')
  if (!sessionSecret) refuse('SESSION_SECRET', `not set; it is required in production, ${KEY_HINT}`)
  if (!keys) refuse('TWO_FACTOR_KEY', `not set; it is required in production, ${KEY_HINT}`)
}

function readWhole(name: string, text: string, max: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  return number <= max ? number : refuse(name, `must be a whole number from 0 to ${max}`)
}

function readWord<Word extends string>(name: string, read: Read, words: readonly [Word, ...Word[]]): Word {
  const text = read(name) ?? words[0]
  return words.find((word) => word === text) ?? refuse(name, `must be ${words.join(' or ')}`)
}

function readOrigin(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (url && isWeb && url.origin === text.replace(/\/$/, '')) return url.origin
  return refuse('PUBLIC_ORIGIN', 'must be an origin such as https://acme.example, without a path')
}

/** Only its kind is checked here: the rest of a connection string is the client's to understand. */
function readUrl(name: string, read: Read, protocols: readonly string[]): string | undefined {
  const text = read(name)
  if (text === undefined || protocols.some((protocol) => text.startsWith(`${protocol}//`))) return text
  return refuse(name, `must start with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`)
}

function readKeys(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined
  const keys = text.split(',').map((key) => key.trim())
  const isSound = keys.every((key) => Buffer.from(key, 'base64').length === 32)
  return isSound ? keys : refuse('TWO_FACTOR_KEY', `must be base64 of 32 bytes, several with commas; ${KEY_HINT}`)
}

function readRequirement(read: Read): Requirement {
  const requirement = readWord('TWO_FACTOR_REQUIREMENT', read, ['optional', 'required'])
  const enforceFrom = readDate('TWO_FACTOR_ENFORCE_FROM', read('TWO_FACTOR_ENFORCE_FROM'))
  const graceDays = readWhole('TWO_FACTOR_GRACE_DAYS', read('TWO_FACTOR_GRACE_DAYS') ?? '0', 366)
  return { requirement, graceMs: graceDays * DAY_MS, ...(enforceFrom ? { enforceFrom } : {}) }
}

function readDate(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const date = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2})?)?$/.test(text) ? new Date(text) : new Date(Number.NaN)
  return Number.isNaN(date.getTime()) ? refuse(name, 'must be an ISO 8601 date such as 2027-03-01') : date
}

function readVonage(read: Read): VonageOptions | undefined {
  const applicationId = read('VONAGE_APPLICATION_ID')
  const privateKey = read('VONAGE_PRIVATE_KEY')
  if (applicationId === undefined && privateKey === undefined) return undefined
  if (applicationId === undefined) return refuse('VONAGE_APPLICATION_ID', 'not set, although VONAGE_PRIVATE_KEY is')
  if (privateKey === undefined) return refuse('VONAGE_PRIVATE_KEY', 'not set, although VONAGE_APPLICATION_ID is')
  const voiceFrom = read('VONAGE_VOICE_FROM')
  const apiHost = read('VONAGE_API_HOST')
  const signatureSecret = read('VONAGE_SIGNATURE_SECRET')
  return {
    applicationId,
    privateKey,
    from: read('VONAGE_FROM') ?? 'Acme',
    ...(voiceFrom === undefined ? {} : { voiceFrom }),
    ...(apiHost === undefined ? {} : { apiHost }),
    ...(signatureSecret === undefined ? {} : { signatureSecret }),
  }
}
