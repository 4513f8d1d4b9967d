/** What is asked of a store, and what it answers. */
import type { Challenge, Delivery, Grant, SendingMethod } from './words'

/** A challenge as the store holds it. */
export interface StoredChallenge {
  challenge: Challenge
  attemptsLeft: number
  expiresAt: number
  /** Start of the last send by each sending method, on the store's clock; absent for one that failed. */
  sentAt: Partial<Record<SendingMethod, number>>
  delivery?: Delivery
}

/** Failures in a row of one subject: an authenticator's id, `user`, `recovery-code`, `password` or `enrolment`. */
export interface Tally {
  failures: number
  /** 0 when not locked. */
  lockedUntil: number
}

/** A tally to count against, and when it brakes. */
export interface Brake {
  /** The tally's name; `@authenticator` stands for the authenticator that the challenge asks. */
  subject: string
  /** The failure from which a lock follows. */
  lockFrom: number
  /** The first lock; each further failure doubles it. */
  firstLockMs: number
  longestLockMs: number
  /** From this many failures in a row nothing is evaluated any more. */
  cap?: number
}

/** Everything about one user's session that opening or showing a challenge needs, read at once. */
export interface SessionState {
  /** Empty when the user has none yet. */
  epoch: string
  grant: Grant | null
  /** Null also when it has expired. */
  challenge: StoredChallenge | null
  tallies: Readonly<Record<string, Tally>>
  /** The store's own time, to notice clocks that drifted apart. */
  now: number
}

/** Where a challenge lives: a session's own (`handle`), or a pending enrolment (`handle` and its id). */
export interface Slot {
  handle: string
  enrolmentId?: string
}

export interface PutChallenge {
  slot: Slot
  challenge: Challenge
  /** Id of the challenge this one may replace; empty for none. */
  expectedId: string
  /** `open` starts attempts and lifetime anew, `keep` carries both on. */
  mode: 'open' | 'keep'
  attempts: number
  ttlMs: number
  /** Set when a message goes out now; refused within the cooldown of the last by the same method. */
  send?: { method: SendingMethod; cooldownMs: number }
}

export type PutOutcome =
  | { outcome: 'stored'; stored: StoredChallenge; now: number }
  | { outcome: 'cooldown'; retryAfterMs: number }
  /** Another request replaced the challenge, the epoch changed, or the session has no grant. */
  | { outcome: 'changed' | 'stale' | 'gone' }

export type AttemptOutcome =
  | { outcome: 'taken'; stored: StoredChallenge; grant: Grant; now: number }
  /** No grant: not signed in. No challenge: `none`, with the grant. */
  | { outcome: 'gone' }
  | { outcome: 'none' | 'expired' | 'exhausted'; grant: Grant }
  /** A brake's cap is reached: nothing is evaluated until the authenticator is bound again. */
  | { outcome: 'disabled'; grant: Grant }
  | { outcome: 'locked'; retryAfterMs: number; grant: Grant }

export interface ConsumeChallenge {
  slot: Slot
  /** As taken: consumed only while nothing of it changed, and its epoch is still the user's. */
  challenge: Challenge
  /** The grant that takes the place of the slot's, as its successor; without it the grants stay as they are. */
  issue?: { handle: string; grant: Grant }
  /** Tallies that a right answer resets. */
  clear: readonly string[]
  device?: Device
}

export interface Revocation {
  /** The user's new epoch. */
  epoch: string
  /** Ends the remembered devices too. */
  devices: 'keep' | 'end'
  /**
   * The session that asks: if its grant has ended meanwhile, nothing happens and the answer is `stale`. It is to go on with
   * the handle `successor`, and ending the session ends that one too, even before it is issued.
   */
  holder?: { handle: string; successor: string }
  /** Issued in the same step, provided the epoch was still `expectedEpoch` and nobody has ended it already. */
  issue?: { handle: string; grant: Grant; expectedEpoch: string }
}

/** A browser that skips the second factor at sign-in, until its own end. */
export interface Device {
  id: string
  name: string
  /** Keyed hash of the token that the browser's cookie holds. */
  tokenHash: string
  /** The token before the last rotation, good for a short overlap. */
  previousHash?: string
  rotatedAt: number
  createdAt: number
  lastUsedAt: number
  expiresAt: number
}

export interface RecogniseDevice {
  id: string
  /** The presented token's hash under each key of the ring. */
  hashes: readonly string[]
  /** The token to rotate to. */
  nextHash: string
  /** How long the token before stays good. */
  overlapMs: number
}

export type RecogniseOutcome =
  /** `rotated` is false for the token before the last rotation, within the overlap; `epoch` is the user's by then. */
  | { outcome: 'recognised'; rotated: boolean; expiresAt: number; epoch: string }
  /** A token that was rotated away came back: the device has been forgotten. */
  | { outcome: 'reused' }
  | { outcome: 'unknown' }

/** Where a message belongs that the other side of a channel may still say something of. */
export interface SentMessage {
  userId: string
  slot: Slot
  challengeId: string
  method: SendingMethod
  /** Of the code it carries: a later code of the same challenge is another message. */
  codeHash: string
  /** Of the number it went to, ISO 3166-1 alpha-2. */
  country: string
}

/** Sends that are counted together. */
export interface SendSeries {
  /** The number's own, ISO 3166-1 alpha-2. */
  country: string
  method: SendingMethod
}

/**
 * What is counted: messages that left, what became of them, sends that a brake refused, and what all of it cost.
 * `new…` are those to numbers that nobody had confirmed yet; the whole has them too. `stopped`: the conversion brake, and `released` by hand.
 */
export type SendCount =
  | 'sent'
  | 'delivered'
  | 'failed'
  | 'verified'
  | 'newSent'
  | 'newVerified'
  | 'refused'
  | 'stopped'
  | 'released'
  | 'costUnits'

export type SendCounts = Readonly<Partial<Record<SendCount, number>>>

/** One send, charged to one budget. */
export interface Charge {
  /** The budget's name, without what it belongs to: `sms:number:10m`. */
  budget: string
  /** Whom it is charged to: a keyed hash, never a phone number. */
  subject: string
  points: number
  windowMs: number
}

export type BudgetOutcome = { outcome: 'allowed' } | { outcome: 'refused'; budget: string; retryAfterMs: number }
