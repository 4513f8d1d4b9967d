import { timingSafeEqual } from 'node:crypto'
import speakeasy from 'speakeasy'
import type { RandomBytes } from '../../ports'
import { decodeBase32, encodeBase32 } from '../base32'

/** What every authenticator app understands; Google Authenticator ignores anything else. */
const PERIOD_SECONDS = 30
export const TOTP_DIGITS = 6
/** The length of the SHA-1 block output that RFC 4226 §4 R6 recommends. */
export const SECRET_BYTES = 20

export type Algorithm = 'sha1' | 'sha256' | 'sha512'

/** Makes a new secret: 160 bits, upper-case base32. @see RFC 4226 §4 */
export function newTotpSecret(randomBytes: RandomBytes): string {
  return encodeBase32(randomBytes(SECRET_BYTES))
}

/**
 * Computes the code of one counter.
 * @param counter - RFC 4226 counter, or RFC 6238 time step
 * @see RFC 4226 §5.3
 */
export function hotp(secret: Buffer, counter: number, digits = TOTP_DIGITS, algorithm: Algorithm = 'sha1'): string {
  const own = { secret: secret.toString('hex'), encoding: 'hex', counter, digits, algorithm } as const
  // Without a prototype: speakeasy would take `digest` or `key` from a polluted Object.prototype.
  return speakeasy.hotp(Object.assign(Object.create(null), own))
}

/** The time step an instant falls in: Unix seconds / 30. @see RFC 6238 §4.2 */
export function stepAt(nowMs: number): number {
  return Math.floor(nowMs / 1000 / PERIOD_SECONDS)
}

/**
 * Finds the time step whose code this is.
 * @param secret - base32
 * @param code - six ASCII digits
 * @param window - steps accepted on either side of now, 0 to 2
 * @returns null when it is none of theirs
 * @see RFC 6238 §5.2
 */
export function matchStep(secret: string, code: string, nowMs: number, window: number): number | null {
  const key = decodeBase32(secret)
  const typed = Buffer.from(code)
  const current = stepAt(nowMs)
  let matched: number | null = null
  // Every step is computed, so that the time taken does not tell which one matched.
  for (let step = current - window; step <= current + window; step += 1) {
    const isRight = typed.length === TOTP_DIGITS && timingSafeEqual(typed, Buffer.from(hotp(key, step)))
    if (isRight) matched = step
  }
  return matched
}

/** How far a phone's clock is looked for: five minutes either way. */
const DRIFT_STEPS = 10

/**
 * Finds how many steps the clock is off that made this code; null when none near does, or the code is within the window.
 * It is for telling a user to set the clock, never for accepting the code.
 */
export function findDrift(secret: string, code: string, nowMs: number, window: number): number | null {
  const step = matchStep(secret, code, nowMs, DRIFT_STEPS)
  if (step === null || Math.abs(step - stepAt(nowMs)) <= window) return null
  return step - stepAt(nowMs)
}

/** Steps in milliseconds. */
export function stepsToMs(steps: number): number {
  return steps * PERIOD_SECONDS * 1000
}

/**
 * Writes the URI that a QR code carries to an authenticator app.
 * @see https://github.com/google/google-authenticator/wiki/Key-Uri-Format
 */
export function otpauthUri(issuer: string, label: string, secret: string): string {
  const [issuerPart, labelPart] = [encodeURIComponent(issuer), encodeURIComponent(label)]
  const parameters = `secret=${secret}&issuer=${issuerPart}&algorithm=SHA1&digits=${TOTP_DIGITS}&period=${PERIOD_SECONDS}`
  return `otpauth://totp/${issuerPart}:${labelPart}?${parameters}`
}
