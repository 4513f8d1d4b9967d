import type { Settings } from '../options'
import type { Brake, Tally } from '../ports'
import type { TypedCode } from './code'

/** The tally over all of a user's codes that are not recovery codes. */
export const USER_TALLY = 'user'
export const RECOVERY_TALLY = 'recovery-code'
export const PASSWORD_TALLY = 'password'
export const ENROLMENT_TALLY = 'enrolment'
/** More than anybody begins who means to end one; each that is begun is kept for a while. */
export const ENROLMENTS_BEGUN = 20

/**
 * The brakes of an answer. They belong to the user and to the authenticator, never to an address or a session,
 * so a new challenge, session or method goes on with the same count.
 * @see ASVS 5.0 6.3.1, NIST SP 800-63B-4 §3.2.2
 */
export function brakesFor(settings: Settings, kind: TypedCode['kind']): readonly Brake[] {
  if (kind === 'recovery-code') return [brake(settings, RECOVERY_TALLY, settings.lockAuthenticatorFrom)]
  const authenticator = brake(settings, '@authenticator', settings.lockAuthenticatorFrom)
  return [{ ...authenticator, cap: settings.failureCap }, brake(settings, USER_TALLY, settings.lockUserFrom)]
}

/** Wrong passwords at re-authentication have a tally of their own, which never locks sign-in. */
export function passwordBrake(settings: Settings): Brake {
  return brake(settings, PASSWORD_TALLY, settings.lockAuthenticatorFrom)
}

/** Enrolments begun and not confirmed: who begins them over and over fills the store, and has QR codes drawn. */
export function enrolmentBrake(settings: Settings): Brake {
  return brake(settings, ENROLMENT_TALLY, ENROLMENTS_BEGUN)
}

function brake({ firstLockMs, longestLockMs }: Settings, subject: string, lockFrom: number): Brake {
  return { subject, lockFrom, firstLockMs, longestLockMs }
}

/** Until when the named tally is locked; null when it is not. */
export function lockedUntil(tallies: Readonly<Record<string, Tally>>, subject: string, nowMs: number): number | null {
  const until = tallies[subject]?.lockedUntil ?? 0
  return until > nowMs ? until : null
}

/** The tallies that a right code resets: a recovery code says nothing of the others. */
export function talliesCleared(kind: TypedCode['kind'], authenticatorId: string): readonly string[] {
  return kind === 'recovery-code' ? [RECOVERY_TALLY] : [authenticatorId, USER_TALLY]
}
