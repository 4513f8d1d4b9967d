import type { Brake, Store } from '../../ports'
import type { Connection } from './connection'

type TallyCalls = Pick<Store, 'countAttempt' | 'clearTallies'>

/** Failures are forgotten thirty days after the last: whoever waits that long for a few more guesses gets nowhere. */
export const TALLIES_KEPT_MS = 30 * 24 * 3600 * 1000

/** Makes the calls on tallies that no challenge goes with. */
export function createTallyCalls({ clock, keysOf, run, call }: Connection): TallyCalls {
  return {
    async countAttempt(userId, brake) {
      const args = [clock.offsetMs, ...packBrake(brake), TALLIES_KEPT_MS]
      const [, lockedMs = 0] = (await run('count_attempt', [keysOf(userId).tallies], args)) as [string, number?]
      return { lockedMs: Number(lockedMs) }
    },
    async clearTallies(userId, subjects) {
      const { tallies } = keysOf(userId)
      if (subjects === undefined) await call((redis) => redis.del(tallies))
      else if (subjects.length > 0) await call((redis) => redis.hdel(tallies, ...subjects))
    },
  }
}

/** A brake as the scripts read it; a cap of 0 is none. */
export function packBrake({
  subject,
  lockFrom,
  firstLockMs,
  longestLockMs,
  cap = 0,
}: Brake): readonly (string | number)[] {
  return [subject, lockFrom, firstLockMs, longestLockMs, cap]
}
