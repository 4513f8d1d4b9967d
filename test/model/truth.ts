import { createHmac } from 'node:crypto'
import {
  type AccountState,
  type FactorState,
  FRESH_MS,
  type Rules,
  type SessionState,
  STEP_UP_MS,
  type Standing,
} from './state'

/** The rules that a run is played by, and when it began. */
export interface Frame extends Rules {
  enforceAt: number
}

export function isInForce(frame: Frame, now: number): boolean {
  return frame.requirement === 'required' && now >= frame.enforceAt
}

export function graceEndsAt(frame: Frame, account: AccountState, now: number): number {
  return (account.firstPromptAt ?? now) + frame.graceMs
}

/** How a session stands before the gate. */
export function standingOf(frame: Frame, session: SessionState | null, now: number): Standing {
  if (!session || session.isEnded || now >= session.expiresAt) return 'nobody'
  if (session.assurance !== 'password') return 'passed'
  if (session.hasFactor) return 'held'
  const isPostponed = session.postponed && now < graceEndsAt(frame, session.account, now)
  return isInForce(frame, now) && !isPostponed ? 'prompted' : 'passed'
}

/** What a change of factors still asks a session for. */
export function isFresh({ passwordAt, verifiedAt, issuedAt, assurance, hasFactor }: SessionState, now: number) {
  const isYoung = (at: number | null) => at !== null && at >= issuedAt && now - at < FRESH_MS
  return isYoung(passwordAt) && (!hasFactor || (assurance === 'second-factor' && isYoung(verifiedAt)))
}

/** Whether a step-up is satisfied; one with an action is for that action, and once. */
export function isSteppedUp(session: SessionState, action: string | null, now: number): boolean {
  if (!session.hasFactor) return true
  const { assurance, verifiedAt, actionKey } = session
  const isYoung = assurance === 'second-factor' && verifiedAt !== null && now - verifiedAt < STEP_UP_MS
  return isYoung && (action === null || actionKey === action)
}

export function stepAt(now: number): number {
  return Math.floor(now / 30_000)
}

/** RFC 6238, written once more. */
export function totp(setupKey: string, step: number): string {
  const bits = [...setupKey].map((char) => BASE32.indexOf(char).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', key).update(counter).digest()
  const at = (mac[19] as number) & 15
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The newest step of the window that has this code; null for none. */
export function matchingStep({ setupKey }: Pick<FactorState, 'setupKey'>, code: string, now: number): number | null {
  const steps = [1, 0, -1].map((offset) => stepAt(now) + offset)
  return steps.find((step) => totp(setupKey, step) === code) ?? null
}

/** Counts a failure as it must be counted: from the tenth (of a user's codes the twentieth) it locks, for twice as long each time. */
export function countFailure(account: AccountState, subject: string, lockFrom: number, now: number): void {
  const failures = (account.tallies.get(subject)?.failures ?? 0) + 1
  const lockMs = failures < lockFrom ? 0 : Math.min(30_000 * 2 ** (failures - lockFrom), 3_600_000)
  account.tallies.set(subject, { failures, lockedUntil: lockMs === 0 ? 0 : now + lockMs, countedAt: now })
}

export function isLocked(account: AccountState, subjects: readonly string[], now: number): boolean {
  return subjects.some((subject) => (account.tallies.get(subject)?.lockedUntil ?? 0) > now)
}

/** True once an authenticator has failed so often in a row that only binding it again helps. */
export function isDisabled(frame: Frame, account: AccountState, authenticatorId: string): boolean {
  const failures = account.factors.get(authenticatorId)?.failures ?? 0
  return Math.max(failures, account.tallies.get(authenticatorId)?.failures ?? 0) >= frame.failureCap
}
