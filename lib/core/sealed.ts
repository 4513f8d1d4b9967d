import type { Authenticator } from '../ports'
import type { Core } from './core'
import { maskPhone } from './factors/phone'
import { keyIdOf } from './secrets'

/** Seals what an authenticator rests on, for this user and authenticator alone. */
export function sealSecret(core: Core, userId: string, authenticatorId: string, secret: string): string {
  return core.keys.seal(secret, ['authenticator', userId, authenticatorId])
}

/**
 * Opens an authenticator's TOTP secret or phone number.
 * @throws {@link TwoFactorError} `ERR_TFA_CONFIG` when its key is no longer in the ring: this user's trouble alone
 */
export function openSecret(core: Core, userId: string, authenticator: Authenticator): string {
  try {
    return core.keys.open(authenticator.sealed, ['authenticator', userId, authenticator.id])
  } catch (error) {
    core.events.emit('key.missing', { userId, keyId: keyIdOf(authenticator.sealed) })
    throw error
  }
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

/** A phone as it is sealed: its number, and how much of it is the country's code. */
export interface PhoneNumber {
  e164: string
  callingCode: string
}

export function phoneSecret({ e164, callingCode }: PhoneNumber): string {
  return `${e164} ${callingCode}`
}

export function openPhone(core: Core, userId: string, authenticator: Authenticator): PhoneNumber {
  const [e164 = '', callingCode = ''] = openSecret(core, userId, authenticator).split(' ')
  return { e164, callingCode }
}

/** The masked number of a phone; absent for an app, and for a number that does not open. */
export function destinationOf(core: Core, userId: string, authenticator: Authenticator): { destination?: string } {
  if (authenticator.factor !== 'phone') return {}
  try {
    const { e164, callingCode } = openPhone(core, userId, authenticator)
    return { destination: maskPhone(e164, callingCode) }
  } catch {
    return {}
  }
}
