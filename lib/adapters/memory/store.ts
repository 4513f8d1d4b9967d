import type { Clock, Revocation, SessionState, Slot, Store } from '../../ports'
import { createBudgets } from './budgets'
import { consumeChallenge, noteDelivery, putChallenge, readChallenge, refundAttempt, takeAttempt } from './challenges'
import { createCounts } from './counts'
import { listDevices, recogniseDevice } from './devices'
import { createMessages } from './messages'
import { copyRecord, isSameRecord } from './records'
import { countFailure, isCapped, lockedMs } from './tallies'
import { dropOldestGrants, endSession, liveGrant, noteSuccessor, type UserRecord, Users } from './users'

const MACHINE_CLOCK: Clock = { now: () => Date.now(), offsetMs: 0 }

/** No challenge, enrolment or request begun under an epoch is still about a day after its end. */
const EPOCH_KEPT_MS = 24 * 3600 * 1000

export interface MemoryStoreOptions {
  /** The machine's own when absent. */
  clock?: Clock
}

/**
 * Keeps grants, challenges, remembered devices, tallies and budgets in this process: for development and tests.
 * A restart forgets them all, and a second process knows nothing of them. Node runs each call to its end before
 * the next begins, which is what makes it atomic.
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  const { clock = MACHINE_CLOCK } = options
  const users = new Users()
  const open = (userId: string) => users.open(userId, clock.now())

  return {
    isVolatile: true,
    inspect: async () => [],
    ...grantCalls(users, clock),
    readSession: async (userId, slot) => readSession(users.find(userId), slot, clock.now()),
    putChallenge: async (userId, put) => putChallenge(open(userId), put, clock.now()),
    takeAttempt: async (userId, slot, brakes) => takeAttempt(open(userId), slot, brakes, clock.now()),
    refundAttempt: async (userId, slot, brakes) => refundAttempt(open(userId), slot, brakes),
    consumeChallenge: async (userId, consume) => consumeChallenge(open(userId), consume, clock.now()),
    noteDelivery: async (userId, slot, challenge, delivery) => noteDelivery(open(userId), slot, challenge, delivery),
    ...tallyCalls(users, clock),
    recogniseDevice: async (userId, recognise) => recogniseDevice(open(userId), recognise, clock.now()),
    listDevices: async (userId) => listDevices(users.find(userId), clock.now()),
    forgetDevice: async (userId, deviceId) => open(userId).devices.delete(deviceId),
    forgetDevices: async (userId) => open(userId).devices.clear(),
    ...createBudgets(clock),
    ...createMessages(clock),
    ...createCounts(clock),
  }
}

type GrantCalls = Pick<Store, 'readGrant' | 'issueGrant' | 'replaceGrant' | 'endSession' | 'revoke'>

function grantCalls(users: Users, clock: Clock): GrantCalls {
  const open = (userId: string) => users.open(userId, clock.now())
  return {
    async readGrant(userId, handle) {
      const grant = liveGrant(users.find(userId), handle, clock.now())
      return grant ? copyRecord(grant) : null
    },
    async issueGrant(userId, { handle, grant, epoch }) {
      const record = open(userId)
      if (record.epoch !== epoch) return 'stale'
      record.grants.set(handle, copyRecord(grant))
      dropOldestGrants(record)
      return 'issued'
    },
    async replaceGrant(userId, handle, before, after) {
      const record = open(userId)
      if (!isSameRecord(record.grants.get(handle), before)) return 'changed'
      record.grants.set(handle, copyRecord(after))
      return 'replaced'
    },
    endSession: async (userId, handle) => endSession(open(userId), handle, clock.now()),
    revoke: async (userId, revocation) => revoke(open(userId), revocation, clock.now()),
  }
}

type TallyCalls = Pick<Store, 'countAttempt' | 'clearTallies'>

function tallyCalls(users: Users, clock: Clock): TallyCalls {
  return {
    async countAttempt(userId, brake) {
      const now = clock.now()
      const record = users.open(userId, now)
      if (isCapped(record, [brake])) return { lockedMs: brake.longestLockMs }
      const left = lockedMs(record, [brake], now)
      if (left === 0) countFailure(record, brake, now)
      return { lockedMs: left }
    },
    async clearTallies(userId, subjects) {
      const { tallies } = users.open(userId, clock.now())
      for (const subject of subjects ?? [...tallies.keys()]) tallies.delete(subject)
    },
  }
}

function revoke(record: UserRecord, revocation: Revocation, now: number): 'revoked' | 'issued' | 'stale' {
  const { epoch, devices, holder, issue } = revocation
  if (holder && !liveGrant(record, holder.handle, now)) return 'stale'
  if (holder) noteSuccessor(record, holder.handle, holder.successor, now)
  const before = record.epoch
  record.epoch = epoch
  record.epochForgetAt = now + EPOCH_KEPT_MS
  record.grants.clear()
  record.challenges.clear()
  if (devices === 'end') record.devices.clear()
  if (!issue) return 'revoked'
  if (issue.expectedEpoch !== before || record.successors.has(issue.handle)) return 'stale'
  record.grants.set(issue.handle, copyRecord(issue.grant))
  return 'issued'
}

function readSession(record: UserRecord | undefined, slot: Slot, now: number): SessionState {
  const grant = liveGrant(record, slot.handle, now)
  const tallies = [...(record?.tallies ?? [])].map(
    ([subject, { failures, lockedUntil }]) => [subject, { failures, lockedUntil }] as const,
  )
  return {
    epoch: record?.epoch ?? '',
    grant: grant ? copyRecord(grant) : null,
    challenge: readChallenge(record, slot, now),
    tallies: Object.fromEntries(tallies),
    now,
  }
}
