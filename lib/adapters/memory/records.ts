import { isDeepStrictEqual } from 'node:util'

/**
 * Copies a record as it would travel to a store and back, so that nobody outside holds a part of what is kept.
 * By way of JSON, as the Redis adapter does: a property that is undefined is no property in either.
 */
export function copyRecord<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value
}

/** Says whether a kept record is still the one that was handed out. */
export function isSameRecord(kept: unknown, handedOut: unknown): boolean {
  return isDeepStrictEqual(kept, copyRecord(handedOut))
}
