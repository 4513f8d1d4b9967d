/** Choices that come again: the same seed makes the same ones, so that a run can be replayed. */
export interface Chance {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number
  pick<Item>(items: readonly Item[]): Item
  /** True about once in so many times. */
  isOneIn(times: number): boolean
  bytes(size: number): Buffer
}

/** @param seed - any 32-bit number; several are mixed, so that neighbours differ from the first choice on */
export function createChance(...seeds: readonly number[]): Chance {
  let state = seeds.reduce((mixed, seed) => scramble(mixed ^ (seed + 0x9e3779b9)), 0)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    return scramble(state) >>> 0
  }
  const below = (limit: number) => next() % limit
  return {
    below,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
    isOneIn: (times) => below(times) === 0,
    bytes: (size) => Buffer.from(Array.from({ length: size }, () => next() & 0xff)),
  }
}

/** The last step of mulberry32: fast, and even enough to choose requests by. */
function scramble(state: number): number {
  let mixed = Math.imul(state ^ (state >>> 15), state | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return mixed ^ (mixed >>> 14)
}
