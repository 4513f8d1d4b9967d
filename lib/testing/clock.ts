import type { Clock } from '../ports'

/** A clock that a test moves: no sleeps, and the machine's own time goes on underneath. */
export interface MovableClock extends Clock {
  advance(ms: number): void
}

/**
 * Makes a clock that is moved by hand and otherwise runs with the machine's.
 * @param startsAt - what it shows first; the machine's own time when absent
 */
export function movableClock(startsAt?: Date): MovableClock {
  let offsetMs = startsAt ? startsAt.getTime() - Date.now() : 0
  return {
    now: () => Date.now() + offsetMs,
    get offsetMs() {
      return offsetMs
    },
    advance(ms) {
      offsetMs += ms
    },
  }
}
