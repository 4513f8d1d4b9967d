import { TwoFactorError } from '../errors'
import type { RandomBytes } from '../ports'

const ID = /^[A-Za-z0-9_-]{22}$/

/** Makes an id of 128 random bits, base64url. */
export function newId(randomBytes: RandomBytes): string {
  return randomBytes(16).toString('base64url')
}

/** @throws {@link TwoFactorError} `ERR_TFA_INPUT_INVALID` before any store is asked for a malformed id */
export function readId(value: unknown, field: string): string {
  if (typeof value === 'string' && ID.test(value)) return value
  throw new TwoFactorError('ERR_TFA_INPUT_INVALID', { field, detail: `${field} is not an id of ours` })
}
