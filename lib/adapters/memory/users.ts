import type { Device, Grant, Slot, StoredChallenge, Tally } from '../../ports'

/** A challenge with what its slot must remember beyond it. */
export interface HeldChallenge extends StoredChallenge {
  handle: string
  /** What it was opened with: a refund never lifts `attemptsLeft` above it. */
  attempts: number
  /** One more lifetime after the end, so that a late answer is told "expired" and not "none". */
  forgetAt: number
}

export interface HeldTally extends Tally {
  forgetAt: number
}

/** Where a session's grant has gone, or is about to go; no handle for a session that was ended before it had one. */
interface Successor {
  handle?: string
  forgetAt: number
}

/** All that one user has in the store. */
export interface UserRecord {
  epoch: string
  /** An epoch outlives everything that was begun under the one before. */
  epochForgetAt: number
  readonly grants: Map<string, Grant>
  /** By the handle before. */
  readonly successors: Map<string, Successor>
  readonly challenges: Map<string, HeldChallenge>
  readonly tallies: Map<string, HeldTally>
  readonly devices: Map<string, Device>
}

/** How many other users are looked at for leftovers with each write: more than one, so that sweeping outruns growth. */
const SWEPT_PER_WRITE = 2

/** Keeps the users' records, and sweeps what has expired as it goes: no timer keeps a process alive for it. */
export class Users {
  private readonly records = new Map<string, UserRecord>()
  private cursor = this.records.keys()

  get size(): number {
    return this.records.size
  }

  /** For reading: what has expired may still be in it. */
  find(userId: string): UserRecord | undefined {
    return this.records.get(userId)
  }

  /** For writing: makes the record where there is none, free of what has expired. */
  open(userId: string, now: number): UserRecord {
    this.sweep(now)
    const record = this.records.get(userId) ?? emptyRecord()
    dropExpired(record, now)
    this.records.set(userId, record)
    return record
  }

  private sweep(now: number): void {
    for (let left = SWEPT_PER_WRITE; left > 0; left -= 1) {
      const { value: userId, done } = this.cursor.next()
      if (done) {
        this.cursor = this.records.keys()
        return
      }
      this.sweepUser(userId, now)
    }
  }

  private sweepUser(userId: string, now: number): void {
    const record = this.records.get(userId)
    if (!record) return
    dropExpired(record, now)
    if (isEmpty(record, now)) this.records.delete(userId)
  }
}

/** Where a challenge lives among one user's. */
export function slotKey(slot: Slot): string {
  return JSON.stringify([slot.handle, slot.enrolmentId ?? ''])
}

/** Reads a session's grant, unless it has ended. */
export function liveGrant(record: UserRecord | undefined, handle: string, now: number): Grant | undefined {
  const grant = record?.grants.get(handle)
  return grant && grant.expiresAt > now ? grant : undefined
}

/**
 * Sessions of one user beyond this end the oldest: whoever signs in over and over must not fill the store. Those that have
 * the password only end first, so that the password alone ends nobody's who proved more.
 */
export const MOST_GRANTS = 100

export function dropOldestGrants({ grants }: UserRecord): void {
  const rankOf = ({ assurance, expiresAt }: Grant) =>
    expiresAt + (assurance === 'password' ? 0 : Number.MAX_SAFE_INTEGER / 2)
  const oldestFirst = [...grants].sort(([, one], [, other]) => rankOf(one) - rankOf(other))
  for (const [handle] of oldestFirst.slice(0, Math.max(0, grants.size - MOST_GRANTS))) grants.delete(handle)
}

/** Ends a session's grant, its challenge and its pending enrolments. */
export function dropSession(record: UserRecord, handle: string): boolean {
  dropWhere(record.challenges, (held) => held.handle === handle)
  return record.grants.delete(handle)
}

/** Longer than a request is on its way that moves a grant. */
const SUCCESSOR_KEPT_MS = 60_000

export function noteSuccessor(record: UserRecord, before: string, handle: string, now: number): void {
  record.successors.set(before, { handle, forgetAt: now + SUCCESSOR_KEPT_MS })
}

/** Ends a session wherever its grant has gone; one whose grant is only about to be issued will not get it. */
export function endSession(record: UserRecord, handle: string, now: number): void {
  const isThere = dropSession(record, handle)
  const successor = record.successors.get(handle)
  if (successor?.handle !== undefined) endSession(record, successor.handle, now)
  else if (!isThere) record.successors.set(handle, { forgetAt: now + SUCCESSOR_KEPT_MS })
}

function emptyRecord(): UserRecord {
  return {
    epoch: '',
    epochForgetAt: 0,
    grants: new Map(),
    successors: new Map(),
    challenges: new Map(),
    tallies: new Map(),
    devices: new Map(),
  }
}

function dropExpired(record: UserRecord, now: number): void {
  dropWhere(record.grants, (grant) => grant.expiresAt <= now)
  dropWhere(record.successors, (successor) => successor.forgetAt <= now)
  dropWhere(record.challenges, (held) => held.forgetAt <= now)
  dropWhere(record.tallies, (tally) => tally.forgetAt <= now)
  dropWhere(record.devices, (device) => device.expiresAt <= now)
}

function isEmpty(record: UserRecord, now: number): boolean {
  const { grants, successors, challenges, tallies, devices, epochForgetAt } = record
  return grants.size + successors.size + challenges.size + tallies.size + devices.size === 0 && epochForgetAt <= now
}

function dropWhere<Value>(entries: Map<string, Value>, isOver: (value: Value) => boolean): void {
  for (const [key, value] of entries) if (isOver(value)) entries.delete(key)
}
