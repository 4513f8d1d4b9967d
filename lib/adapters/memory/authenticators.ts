import type { Authenticator, AuthenticatorStore, Change, Enrolled } from '../../ports'
import { copyRecord } from './records'

interface EnrolledRecord {
  version: number
  firstPromptAt?: number
  graceUntil?: number
  readonly authenticators: Map<string, Authenticator>
  /** Hashes of the codes sent to an authenticator that were accepted last, by its id. */
  readonly accepted: Map<string, readonly string[]>
  /** Hash → whether it was used. */
  readonly recoveryCodes: Map<string, 'unused' | 'used'>
}

/**
 * Keeps authenticators and recovery codes in this process: for development and tests.
 * A restart forgets them, and with them every user's second factor.
 */
export function memoryAuthenticators(): AuthenticatorStore {
  const records: Records = new Map()
  return {
    isVolatile: true,
    load: async (userId) => toEnrolled(records.get(userId) ?? emptyRecord()),
    async change(userId, version, change) {
      const record = records.get(userId) ?? emptyRecord()
      if (record.version !== version) return false
      applyChange(record, change)
      records.set(userId, record)
      return true
    },
    ...createUses(records),
    ...createDates(records),
  }
}

type Records = Map<string, EnrolledRecord>

function createUses(
  records: Records,
): Pick<AuthenticatorStore, 'accept' | 'claimRecoveryCode' | 'countFailure' | 'describe'> {
  const find = (userId: string, id: string) => records.get(userId)?.authenticators.get(id)
  return {
    async accept(userId, authenticatorId, { at, step, codeHash, sealed }) {
      const found = find(userId, authenticatorId)
      if (!found || (step !== undefined && step <= found.lastStep)) return false
      if (codeHash !== undefined && !claimCode(records.get(userId), authenticatorId, codeHash)) return false
      Object.assign(found, { failures: 0, lastUsedAt: at, lastStep: step ?? found.lastStep })
      if (sealed !== undefined) found.sealed = sealed
      return true
    },
    async claimRecoveryCode(userId, hashes) {
      const codes = records.get(userId)?.recoveryCodes
      const hash = hashes.find((one) => codes?.get(one) === 'unused')
      if (!codes || hash === undefined) return false
      codes.set(hash, 'used')
      return true
    },
    async countFailure(userId, authenticatorId) {
      const found = find(userId, authenticatorId)
      if (!found) return 0
      found.failures += 1
      return found.failures
    },
    async describe(userId, authenticatorId, { label, preferredMethod }) {
      const found = find(userId, authenticatorId)
      if (!found) return false
      if (label !== undefined) found.label = label
      if (preferredMethod !== undefined) found.preferredMethod = preferredMethod
      return true
    },
  }
}

const ACCEPTED_KEPT = 32

function claimCode(record: EnrolledRecord | undefined, authenticatorId: string, codeHash: string): boolean {
  const before = record?.accepted.get(authenticatorId) ?? []
  if (before.includes(codeHash)) return false
  record?.accepted.set(authenticatorId, [...before, codeHash].slice(-ACCEPTED_KEPT))
  return true
}

function createDates(records: Records): Pick<AuthenticatorStore, 'markPrompted' | 'extendGrace'> {
  return {
    async markPrompted(userId, at) {
      const record = records.get(userId) ?? emptyRecord()
      record.firstPromptAt ??= at
      records.set(userId, record)
      return record.firstPromptAt
    },
    async extendGrace(userId, until) {
      records.set(userId, { ...(records.get(userId) ?? emptyRecord()), graceUntil: until })
    },
  }
}

function applyChange(record: EnrolledRecord, { add, remove, recoveryCodes }: Change): void {
  const { authenticators, accepted, recoveryCodes: codes } = record
  record.version += 1
  if (remove === 'all') authenticators.clear()
  else if (remove !== undefined) authenticators.delete(remove)
  for (const id of accepted.keys()) if (!authenticators.has(id)) accepted.delete(id)
  if (add) authenticators.set(add.id, copyRecord(add))
  if (!recoveryCodes) return
  codes.clear()
  for (const hash of recoveryCodes) codes.set(hash, 'unused')
}

function toEnrolled(record: EnrolledRecord): Enrolled {
  const { version, firstPromptAt, graceUntil, authenticators, recoveryCodes } = record
  const unused = [...recoveryCodes.values()].filter((state) => state === 'unused')
  const oldestFirst = [...authenticators.values()].sort((one, other) => one.createdAt - other.createdAt)
  return {
    version,
    ...(firstPromptAt !== undefined && { firstPromptAt }),
    ...(graceUntil !== undefined && { graceUntil }),
    authenticators: copyRecord(oldestFirst),
    recoveryCodes: { remaining: unused.length, total: recoveryCodes.size },
  }
}

function emptyRecord(): EnrolledRecord {
  return { version: 0, authenticators: new Map(), accepted: new Map(), recoveryCodes: new Map() }
}
