import type { Method } from './words'

/** What one user enrolled: an authenticator app, or a phone number. */
export interface Authenticator {
  id: string
  factor: 'totp' | 'phone'
  label: string
  /** The TOTP secret or the phone number, sealed for this user and id. */
  sealed: string
  preferredMethod: Method
  createdAt: number
  lastUsedAt?: number
  /** Last accepted RFC 6238 time step; -1 before the first. */
  lastStep: number
  /** Wrong codes in a row. */
  failures: number
}

/** A user's durable record. A user never seen has version 0 and nothing else. */
export interface Enrolled {
  version: number
  firstPromptAt?: number
  /** Until when support lets this user say "not now", whatever the policy's period. */
  graceUntil?: number
  authenticators: readonly Authenticator[]
  recoveryCodes: { remaining: number; total: number }
}

/** One change of what a user enrolled; its parts happen together or not at all. */
export interface Change {
  add?: Authenticator
  remove?: string | 'all'
  /** Keyed hashes of the new set; the old one dies. */
  recoveryCodes?: readonly string[]
}

/**
 * Holds what must survive a fail-over: authenticators, recovery codes, last accepted steps, hard failure counts.
 * Each method is one compare-and-set that only one racer wins, and rejects with `ERR_TFA_STORE_UNAVAILABLE`.
 */
export interface AuthenticatorStore {
  readonly isVolatile: boolean
  load(userId: string): Promise<Enrolled>
  /** @returns false when the version is no longer the one given */
  change(userId: string, version: number, change: Change): Promise<boolean>
  /**
   * Accepts a right code: claims its time step or its hash, resets the failures, notes the use.
   * @returns false when the authenticator is gone, or the step, or a later one, or the code was already accepted
   * @see RFC 6238 §5.2, ASVS 5.0 6.5.1
   */
  accept(userId: string, authenticatorId: string, use: AcceptedUse): Promise<boolean>
  /** @returns false when none of the hashes is an unused code of the user's */
  claimRecoveryCode(userId: string, hashes: readonly string[], at: number): Promise<boolean>
  /** @returns the failures in a row, this one included; 0 when the authenticator is gone */
  countFailure(userId: string, authenticatorId: string): Promise<number>
  /** Renames, or sets the preferred method. @returns false when there is no such authenticator */
  describe(
    userId: string,
    authenticatorId: string,
    words: { label?: string; preferredMethod?: Method },
  ): Promise<boolean>
  /** Notes the first prompt once. @returns the date that stands */
  markPrompted(userId: string, at: number): Promise<number>
  /** Notes until when the user may say "not now"; the newest word stands. */
  extendGrace(userId: string, until: number): Promise<void>
}

export interface AcceptedUse {
  at: number
  step?: number
  /** Keyed hash of a code that was sent. The last 32 of an authenticator are kept: more than its budgets send
   * while one can be answered. */
  codeHash?: string
  /** The secret under the newest key, where it was under an older one. */
  sealed?: string
}
