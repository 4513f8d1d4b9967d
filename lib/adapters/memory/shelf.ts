import type { Clock } from '../../ports'
import { copyRecord } from './records'

const SWEPT_PER_WRITE = 2

/** What is kept for a while, each as long as all others. */
export interface Shelf<Value> {
  /** @returns a copy; undefined when there is none, or its time is over */
  find(key: string): Value | undefined
  /** Keeps a copy, from now. */
  put(key: string, value: Value): void
  drop(key: string): void
}

/** Makes a shelf. There is no timer: each write looks at the oldest two, so that what nobody asks for goes as well. */
export function createShelf<Value>(clock: Clock, keptMs: number): Shelf<Value> {
  const held = new Map<string, { value: Value; forgetAt: number }>()

  function sweep(): void {
    let looked = 0
    for (const [key, { forgetAt }] of held) {
      if (forgetAt <= clock.now()) held.delete(key)
      looked += 1
      if (looked === SWEPT_PER_WRITE) return
    }
  }

  return {
    find(key) {
      const found = held.get(key)
      return found && found.forgetAt > clock.now() ? copyRecord(found.value) : undefined
    },
    put(key, value) {
      sweep()
      // Taken out first: a Map keeps the place of a key that is set again, and the oldest must stand first.
      held.delete(key)
      held.set(key, { value: copyRecord(value), forgetAt: clock.now() + keptMs })
    },
    drop: (key) => void held.delete(key),
  }
}
