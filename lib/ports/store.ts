import type { Receipt } from './channel'
import type {
  AttemptOutcome,
  Brake,
  BudgetOutcome,
  Charge,
  ConsumeChallenge,
  Device,
  PutChallenge,
  PutOutcome,
  RecogniseDevice,
  RecogniseOutcome,
  Revocation,
  SendCount,
  SendCounts,
  SendSeries,
  SentMessage,
  SessionState,
  Slot,
} from './store-calls'
import type { Challenge, Delivery, Grant } from './words'

/**
 * Holds what lives for minutes to weeks: grants, challenges, remembered devices, tallies, budgets.
 * Every method is atomic for its user and rejects with `ERR_TFA_STORE_UNAVAILABLE` within the store's deadline.
 */
export interface Store {
  /** True for a store that forgets at restart and knows one process only: refused in production unless asked for. */
  readonly isVolatile: boolean
  /** Says what is wrong with how the store is set up (eviction, for instance); empty when nothing is. */
  inspect(): Promise<readonly string[]>
  readGrant(userId: string, handle: string): Promise<Grant | null>
  readSession(userId: string, slot: Slot): Promise<SessionState>
  /** Writes a grant unless the epoch has changed since it was read. */
  issueGrant(userId: string, issue: { handle: string; grant: Grant; epoch: string }): Promise<'issued' | 'stale'>
  replaceGrant(userId: string, handle: string, before: Grant, after: Grant): Promise<'replaced' | 'changed'>
  /**
   * Sign-out: the session's grant and challenge. Where a verification or a change has moved the grant on within the last
   * minute, or is about to, the grant under the new handle: the session that signs out knows the old one only.
   */
  endSession(userId: string, handle: string): Promise<void>
  /** Ends all grants, and with the epoch all challenges and pending enrolments. */
  revoke(userId: string, revocation: Revocation): Promise<'revoked' | 'issued' | 'stale'>
  putChallenge(userId: string, put: PutChallenge): Promise<PutOutcome>
  /** Counts an attempt on the challenge and each brake, before anything is compared, and hands the challenge out. */
  takeAttempt(userId: string, slot: Slot, brakes: readonly Brake[]): Promise<AttemptOutcome>
  /** Takes a counted attempt back: it was no guess. */
  refundAttempt(userId: string, slot: Slot, brakes: readonly Brake[]): Promise<void>
  consumeChallenge(userId: string, consume: ConsumeChallenge): Promise<'consumed' | 'gone' | 'stale'>
  /** Notes what became of a send, while the challenge is still that one; where it failed, nobody waits for its cooldown. */
  noteDelivery(userId: string, slot: Slot, challenge: Challenge, delivery: Delivery): Promise<void>
  /**
   * Keeps where a message belongs, for a day: so long the other side may say what became of it.
   * @returns what it has said already, where it was quicker than the answer to the send
   */
  noteMessage(messageId: string, message: SentMessage): Promise<Receipt | null>
  /** Keeps what was said of a message that is not noted yet, for a minute. @returns false when it has been noted, or told of, meanwhile */
  keepReceipt(messageId: string, receipt: Receipt): Promise<boolean>
  /** @returns null for a message that was never noted, or long ago */
  findMessage(messageId: string): Promise<SentMessage | null>
  /** Marks what was said of a message. @returns false when the same was said before */
  markReceipt(messageId: string, status: Receipt['status']): Promise<boolean>
  /** Counts on a tally without a challenge, unless it is locked: `lockedMs` is for how long, 0 when it was counted. */
  countAttempt(userId: string, brake: Brake): Promise<{ lockedMs: number }>
  /** Forgets these tallies, or all of the user's. */
  clearTallies(userId: string, subjects?: readonly string[]): Promise<void>
  recogniseDevice(userId: string, recognise: RecogniseDevice): Promise<RecogniseOutcome>
  listDevices(userId: string): Promise<readonly Device[]>
  /** @returns false when there was no such device */
  forgetDevice(userId: string, deviceId: string): Promise<boolean>
  forgetDevices(userId: string): Promise<void>
  /** Charges all or none: what was charged is refunded when one refuses. */
  spend(charges: readonly Charge[]): Promise<BudgetOutcome>
  /**
   * Adds to what is counted of a series in one slice of time, kept for eight days.
   * @param slice - its start, epoch ms
   * @returns what the slice has counted by then of the words that were added to
   */
  countSends(series: SendSeries, slice: number, counts: SendCounts): Promise<SendCounts>
  /** Reads what was counted of these words in each of these slices; of none it is `{}`. */
  readSends(series: SendSeries, slices: readonly number[], words: readonly SendCount[]): Promise<readonly SendCounts[]>
  /** Notes that a code came back from a number, for a year. @param subject - a keyed hash of it, or of it and its user */
  markConfirmed(subject: string): Promise<void>
  isConfirmed(subject: string): Promise<boolean>
  /** Gives back the very charges that `spend` allowed, for a send that did not happen; nothing once their window is over. */
  refund(charges: readonly Charge[]): Promise<void>
}
