import { createHash } from 'node:crypto'
import type { Slot } from '../../ports'

/** The keys of one user, all in one slot of a cluster. */
export interface UserKeys {
  /** Hash: a field per session handle, and `epoch`. */
  grants: string
  /** Hash: a field per subject. */
  tallies: string
  /** Hash: a field per remembered device. */
  devices: string
  /** Hash, durable: what the user enrolled. */
  authenticators: string
  /** String: where a session's grant has gone, or is about to go; `-` for one that was ended before it had a grant. */
  successorOf(handle: string): string
  /** String: the challenge of a session, or of a pending enrolment. */
  slotOf(slot: Slot): string
}

/** 126 bits: as good as all 256 against two users meeting, and a challenge's key stays within 64 bytes of memory. */
const TAG_LENGTH = 21

/**
 * Names a user's keys. The tag is a hash, because an id may hold braces, colons or nothing at all, and would then name
 * another user's key or another slot; of the id's UTF-16, because halves of a surrogate pair are all one in UTF-8.
 */
export function userKeys(prefix: string, userId: string): UserKeys {
  const tag = createHash('sha256').update(userId, 'utf16le').digest('base64url').slice(0, TAG_LENGTH)
  const base = `${prefix}{${tag}}:`
  return {
    grants: `${base}grants`,
    tallies: `${base}tallies`,
    devices: `${base}devices`,
    authenticators: `${base}authenticators`,
    successorOf: (handle) => `${base}successor:${handle}`,
    slotOf: ({ handle, enrolmentId }) =>
      enrolmentId === undefined ? `${base}challenge:${handle}` : `${base}enrolment:${handle}:${enrolmentId}`,
  }
}
