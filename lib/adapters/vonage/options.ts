import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { TwoFactorError } from '../../errors'
import { readTextOptions, type TextOptions, type TextSettings } from './templates'
import { wrong } from './wrong'

/** One sender for all countries, or one each: ISO 3166-1 alpha-2, `*` for the rest. */
export type Senders = string | Readonly<Record<string, string>>

/** Senders after their checks; `*` for the countries that have none of their own. */
export type SenderTable = Readonly<Record<string, string>>

/** How to reach Vonage, for calls; one object may serve texts and calls alike. */
export interface VonageVoiceOptions extends TextOptions {
  /** Id of the Vonage application. */
  applicationId: string
  /** The application's private key: PEM text (line ends may be written `\n`), its bytes, or a path to it. */
  privateKey: string | Buffer
  /** Sender id of texts: up to 11 letters and digits, or a number of up to 15 digits; by country too. Calls don't use it. */
  from?: Senders
  /** Number of the account that calls come from, 7 to 15 digits, by country too; without it Vonage picks one of the application's. */
  voiceFrom?: Senders
  /** Default `https://api.nexmo.com`. Plain http is accepted on loopback only. */
  apiHost?: string
  /** How long one send may take; default 5000. */
  timeoutMs?: number
  /** The account's signature secret: with it `webhooks()` takes what Vonage says of messages and calls. Several while it changes. */
  signatureSecret?: string | readonly string[]
  /** How old a webhook's signature may be; default 300000 (5 min). */
  webhookMaxAgeMs?: number
}

/** How to reach Vonage, for texts. */
export interface VonageOptions extends VonageVoiceOptions {
  from: Senders
}

/** Options after their checks. */
export interface VonageSettings extends TextSettings {
  applicationId: string
  privateKey: string
  from: SenderTable
  voiceFrom: SenderTable
  apiHost: string
  timeoutMs: number
  signatureSecrets: readonly string[]
  webhookMaxAgeMs: number
}

const NAMES = [
  ...['applicationId', 'privateKey', 'from', 'voiceFrom', 'apiHost', 'timeoutMs'],
  ...['signatureSecret', 'webhookMaxAgeMs', 'texts', 'maxParts', 'androidAppHash'],
]
const LONGEST_WEBHOOK_AGE_MS = 24 * 3600 * 1000
const LONGEST_TIMEOUT_MS = 60_000
const LEAST_MODULUS_BITS = 2048

/**
 * Checks Vonage's options; no value ever gets into an error.
 * @throws {@link TwoFactorError} `ERR_TFA_CONFIG` naming the option and the fix
 */
export function readVonageOptions(options: VonageVoiceOptions, method: 'sms' | 'voice'): VonageSettings {
  if (typeof options !== 'object' || options === null) throw wrong('options', 'give an object')
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name))
  if (unknown) throw wrong(unknown, `there is no such option; the options are ${NAMES.join(', ')}`)
  refuseDebugOutput(process.env.DEBUG ?? '')
  return {
    applicationId: readApplicationId(options.applicationId),
    privateKey: readPrivateKey(options.privateKey),
    from: readFrom(options.from, method),
    voiceFrom: readVoiceFrom(options.voiceFrom),
    apiHost: readApiHost(options.apiHost ?? 'https://api.nexmo.com'),
    timeoutMs: readMs('timeoutMs', options.timeoutMs ?? 5000, LONGEST_TIMEOUT_MS),
    signatureSecrets: readSecrets(options.signatureSecret),
    webhookMaxAgeMs: readMs('webhookMaxAgeMs', options.webhookMaxAgeMs ?? 300_000, LONGEST_WEBHOOK_AGE_MS),
    ...readTextOptions(options),
  }
}

function readApplicationId(value: unknown): string {
  if (typeof value === 'string' && /^[\w-]{1,64}$/.test(value)) return value
  throw wrong('applicationId', "give the application's id, as Vonage's dashboard shows it")
}

function readFrom(value: unknown, method: 'sms' | 'voice'): SenderTable {
  const fix = 'give a sender id of 1 to 11 letters and digits, or a number of up to 15 digits without +'
  const table = readSenders('from', value, /^(?:[A-Za-z0-9]{1,11}|[0-9]{1,15})$/, fix)
  if (method === 'sms' && !table['*']) throw wrong('from', `${fix}; by country, with "*" for the rest`)
  return table
}

function readVoiceFrom(value: unknown): SenderTable {
  const fix = "give one of the account's numbers, 7 to 15 digits without +, or leave it out"
  return readSenders('voiceFrom', value, /^[0-9]{7,15}$/, fix)
}

function readSenders(option: string, value: unknown, form: RegExp, fix: string): SenderTable {
  if (value === undefined) return {}
  const table: SenderTable = typeof value === 'object' && value !== null ? { ...value } : { '*': value as string }
  for (const [country, sender] of Object.entries(table)) {
    if (country !== '*' && !/^[A-Z]{2}$/.test(country))
      throw wrong(`${option}.${country}`, 'give a country such as FR, or "*"')
    if (typeof sender !== 'string' || !form.test(sender)) throw wrong(option, fix)
  }
  return table
}

/** The token and the code travel to this host: in clear only within the machine. */
function readApiHost(value: unknown): string {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  const isLoopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url?.hostname ?? '')
  const isBare = url && !url.username && !url.password && !url.search && !url.hash
  if (isBare && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)))
    return url.href.replace(/\/+$/, '')
  throw wrong('apiHost', 'give an https URL without credentials or query (http on loopback only)')
}

function readMs(name: string, value: unknown, longestMs: number): number {
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= longestMs) return Number(value)
  throw wrong(name, `give a whole number of milliseconds from 1 to ${longestMs}`)
}

function readSecrets(value: unknown): readonly string[] {
  const secrets: readonly unknown[] = value === undefined ? [] : Array.isArray(value) ? [...value] : [value]
  if (secrets.every((secret) => typeof secret === 'string' && secret.trim() !== '')) return secrets as readonly string[]
  throw wrong('signatureSecret', "give the account's signature secret, as Vonage's dashboard shows it")
}

function readPrivateKey(value: unknown): string {
  const pem = readPem(value).replaceAll('\\n', '\n')
  const key = parseKey(pem)
  if (key?.asymmetricKeyType === 'rsa' && Number(key.asymmetricKeyDetails?.modulusLength) >= LEAST_MODULUS_BITS)
    return key.export({ type: 'pkcs8', format: 'pem' }).toString()
  throw wrong('privateKey', `give the PEM text of an unencrypted RSA private key of ${LEAST_MODULUS_BITS} bits or more`)
}

function readPem(value: unknown): string {
  const text = Buffer.isBuffer(value) ? value.toString('utf8') : value
  if (typeof text !== 'string' || !text.trim()) throw wrong('privateKey', 'give PEM text, its bytes, or a path to it')
  if (text.includes('-----BEGIN')) return text
  try {
    return readFileSync(text, 'utf8')
  } catch {
    throw wrong('privateKey', 'this is neither PEM text nor the path of a file that can be read')
  }
}

/** OpenSSL's own error may quote what it was given: it goes no further. */
function parseKey(pem: string): ReturnType<typeof createPrivateKey> | undefined {
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}

/** With DEBUG on, Vonage's SDK prints the private key, its tokens and every code. */
function refuseDebugOutput(debug: string): void {
  const patterns = debug.split(/[\s,]+/).filter(Boolean)
  const reaches = (pattern: string) => /^(?:\*|v\*|vo\w*\*?|vonage:.*)$/.test(pattern)
  if (patterns.includes('-vonage:*') || !patterns.some(reaches)) return
  throw new TwoFactorError('ERR_TFA_CONFIG', {
    detail: "DEBUG makes Vonage's SDK print the private key and the codes: add -vonage:* to the variable",
  })
}
