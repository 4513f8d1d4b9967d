import type { Brake } from '../../ports'
import type { UserRecord } from './users'

/** Failures are in a row however far apart: kept this long after the last, well past the longest lock. */
const TALLY_KEPT_MS = 30 * 24 * 3600 * 1000
const NO_FAILURES = { failures: 0, lockedUntil: 0 }

/** Says how long the longest lock among these brakes still holds; 0 when none does. */
export function lockedMs(record: UserRecord, brakes: readonly Brake[], now: number): number {
  return Math.max(0, ...brakes.map((brake) => tallyOf(record, brake).lockedUntil - now))
}

/** Says whether a brake's hard cap is reached: nothing is evaluated any more, however long one waits. */
export function isCapped(record: UserRecord, brakes: readonly Brake[]): boolean {
  return brakes.some((brake) => brake.cap !== undefined && tallyOf(record, brake).failures >= brake.cap)
}

/** Counts a failure before anything is compared; a right answer clears it. From `lockFrom` on it locks. */
export function countFailure(record: UserRecord, brake: Brake, now: number): void {
  const failures = tallyOf(record, brake).failures + 1
  const lockedUntil = failures < brake.lockFrom ? 0 : now + lockMs(brake, failures)
  record.tallies.set(brake.subject, { failures, lockedUntil, forgetAt: Math.max(now, lockedUntil) + TALLY_KEPT_MS })
}

/** Takes a counted failure back. No lock held when it was counted, so the one that holds now came with it. */
export function refundFailure(record: UserRecord, brake: Brake): void {
  const tally = record.tallies.get(brake.subject)
  if (!tally) return
  if (tally.failures <= 1) record.tallies.delete(brake.subject)
  else record.tallies.set(brake.subject, { ...tally, failures: tally.failures - 1, lockedUntil: 0 })
}

function tallyOf(record: UserRecord, brake: Brake): { failures: number; lockedUntil: number } {
  return record.tallies.get(brake.subject) ?? NO_FAILURES
}

function lockMs(brake: Brake, failures: number): number {
  return Math.min(brake.firstLockMs * 2 ** (failures - brake.lockFrom), brake.longestLockMs)
}
