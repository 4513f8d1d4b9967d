import { decodeBase32 } from '../core/base32'
import { hotp, stepAt } from '../core/factors/totp'
import type { Clock } from '../ports'

/** An authenticator app with one account. */
export interface AuthenticatorApp {
  /** The six digits shown now. */
  code(): string
}

/**
 * Makes the authenticator app that a setup key was typed into.
 * @param setupKey - base32, as the enrolment answers it
 * @param clock - the phone's clock: the service's own in most tests
 * @see RFC 6238
 */
export function authenticatorApp(setupKey: string, clock: Pick<Clock, 'now'> = Date): AuthenticatorApp {
  const secret = decodeBase32(setupKey.replaceAll(' ', '').toUpperCase())
  return { code: () => hotp(secret, stepAt(clock.now())) }
}
