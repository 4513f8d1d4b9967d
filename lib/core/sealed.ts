import { TwoFactorError } from '../errors'
import type { Authenticator, SendingMethod } from '../ports'
import type { Core } from './core'
import { countryOf } from './factors/phone'
import { keyIdOf } from './secrets'

/** Seals what an authenticator rests on, for this user and authenticator alone. */
export function sealSecret(core: Core, userId: string, authenticatorId: string, secret: string): string {
  return core.keys.seal(secret, ['authenticator', userId, authenticatorId])
}

/**
 * Opens an authenticator's TOTP secret or phone number.
 * @throws {@link TwoFactorError} `ERR_TFA_METHOD_UNAVAILABLE` when its key is no longer in the ring, or it was altered
 */
export function openSecret(core: Core, userId: string, authenticator: Authenticator): string {
  try {
    return core.keys.open(authenticator.sealed, ['authenticator', userId, authenticator.id])
  } catch {
    reportOnce(core, userId, authenticator)
    throw new TwoFactorError('ERR_TFA_METHOD_UNAVAILABLE')
  }
}

/** False when an authenticator's secret does not open: this authenticator's trouble alone. */
export function isReadable(core: Core, userId: string, authenticator: Authenticator): boolean {
  try {
    openSecret(core, userId, authenticator)
    return true
  } catch {
    return false
  }
}

/** Authenticators that were reported. A request reads its own: one event of each, however often it looks at them. */
const reported = new WeakSet<Authenticator>()

function reportOnce(core: Core, userId: string, authenticator: Authenticator): void {
  if (reported.has(authenticator)) return
  reported.add(authenticator)
  reportUnopened(core, userId, authenticator.id, authenticator.sealed)
}

/** Reports, by event, what did not open: its key is gone from the ring, or it was altered or moved. */
export function reportUnopened(core: Core, userId: string, authenticatorId: string, sealed: string): void {
  if (core.keys.isKnown(sealed)) core.events.emit('authenticator.altered', { userId, authenticatorId })
  else core.events.emit('key.missing', { userId, keyId: keyIdOf(sealed) })
}

/** The secret under the newest key, where it was under an older one: keys are rotated by being used. */
export function resealed(
  core: Core,
  userId: string,
  authenticator: Authenticator,
  secret: string,
): { sealed?: string } {
  if (!core.keys.isOutdated(authenticator.sealed)) return {}
  return { sealed: sealSecret(core, userId, authenticator.id, secret) }
}

/** A phone as it is sealed: its number, how much of it is the country's code, and what can reach it. */
export interface PhoneNumber {
  e164: string
  callingCode: string
  /** The number's own, ISO 3166-1 alpha-2: a calling code such as +1 has many. */
  country: string
  /** A landline takes calls only. */
  methods: readonly SendingMethod[]
}

export function phoneSecret({ e164, callingCode, methods, country }: PhoneNumber): string {
  return `${e164} ${callingCode} ${methods.join()} ${country}`
}

export function readPhoneSecret(secret: string): PhoneNumber {
  const [e164 = '', callingCode = '', methods = '', country = countryOf(e164)] = secret.split(' ')
  return { e164, callingCode, country, methods: methods.split(',') as SendingMethod[] }
}

export function openPhone(core: Core, userId: string, authenticator: Authenticator): PhoneNumber {
  return readPhoneSecret(openSecret(core, userId, authenticator))
}
