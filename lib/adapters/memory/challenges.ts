import type {
  AttemptOutcome,
  Brake,
  Challenge,
  ConsumeChallenge,
  Delivery,
  PutChallenge,
  PutOutcome,
  Slot,
  StoredChallenge,
} from '../../ports'
import { copyRecord, isSameRecord } from './records'
import { countFailure, isCapped, lockedMs, refundFailure } from './tallies'
import { dropSession, type HeldChallenge, liveGrant, noteSuccessor, slotKey, type UserRecord } from './users'

/** Stores a challenge in its slot, in place of the one it may replace. */
export function putChallenge(record: UserRecord, put: PutChallenge, now: number): PutOutcome {
  if (!liveGrant(record, put.slot.handle, now)) return { outcome: 'gone' }
  if (put.challenge.epoch !== record.epoch) return { outcome: 'stale' }
  const replaced = replaceable(record, put, now)
  if ((replaced?.challenge.id ?? '') !== put.expectedId) return { outcome: 'changed' }
  const retryAfterMs = cooldownLeftMs(replaced, put, now)
  if (retryAfterMs > 0) return { outcome: 'cooldown', retryAfterMs }
  const held = copyRecord(newChallenge(put, replaced, now))
  record.challenges.set(slotKey(put.slot), held)
  return { outcome: 'stored', stored: toStored(held), now }
}

/** Counts an attempt on the challenge and all brakes, then hands the challenge out; a refused one is not counted. */
export function takeAttempt(record: UserRecord, slot: Slot, brakes: readonly Brake[], now: number): AttemptOutcome {
  const found = liveGrant(record, slot.handle, now)
  if (!found) return { outcome: 'gone' }
  const grant = copyRecord(found)
  const held = record.challenges.get(slotKey(slot))
  if (!held) return { outcome: 'none', grant }
  if (held.expiresAt <= now) return { outcome: 'expired', grant }
  const named = nameBrakes(brakes, held)
  if (isCapped(record, named)) return { outcome: 'disabled', grant }
  const retryAfterMs = lockedMs(record, named, now)
  if (retryAfterMs > 0) return { outcome: 'locked', retryAfterMs, grant }
  if (held.attemptsLeft <= 0) return { outcome: 'exhausted', grant }
  held.attemptsLeft -= 1
  for (const brake of named) countFailure(record, brake, now)
  return { outcome: 'taken', stored: toStored(held), grant, now }
}

/** Takes a counted attempt back from the challenge and all brakes. */
export function refundAttempt(record: UserRecord, slot: Slot, brakes: readonly Brake[]): void {
  const held = record.challenges.get(slotKey(slot))
  if (!held) return
  held.attemptsLeft = Math.min(held.attemptsLeft + 1, held.attempts)
  for (const brake of nameBrakes(brakes, held)) refundFailure(record, brake)
}

/** Consumes a challenge that is still the one taken, with all that a right answer brings: one racer wins. */
export function consumeChallenge(
  record: UserRecord,
  consume: ConsumeChallenge,
  now: number,
): 'consumed' | 'gone' | 'stale' {
  const { slot, challenge, issue, device } = consume
  if (challenge.epoch !== record.epoch) return 'stale'
  if (!liveGrant(record, slot.handle, now)) return 'gone'
  if (!isSameRecord(record.challenges.get(slotKey(slot))?.challenge, challenge)) return 'gone'
  record.challenges.delete(slotKey(slot))
  if (issue) {
    dropSession(record, slot.handle)
    noteSuccessor(record, slot.handle, issue.handle, now)
    record.grants.set(issue.handle, copyRecord(issue.grant))
  }
  for (const subject of consume.clear) record.tallies.delete(subject)
  if (device) record.devices.set(device.id, copyRecord(device))
  return 'consumed'
}

/** Notes what became of a send, while the challenge is still that one. */
export function noteDelivery(record: UserRecord, slot: Slot, challenge: Challenge, delivery: Delivery): void {
  const held = record.challenges.get(slotKey(slot))
  if (!held || !isSameRecord(held.challenge, challenge)) return
  held.delivery = copyRecord(delivery)
  // Nothing is on its way, so nobody has to wait for it.
  const { method } = challenge
  if (delivery.status === 'failed' && (method === 'sms' || method === 'voice')) delete held.sentAt[method]
}

/** Reads a slot's challenge; null when there is none, or it has expired. */
export function readChallenge(record: UserRecord | undefined, slot: Slot, now: number): StoredChallenge | null {
  const held = record?.challenges.get(slotKey(slot))
  return held && held.expiresAt > now ? toStored(held) : null
}

/** The challenge that a put finds: one without attempts left stands in nobody's way, and does not go on. */
function replaceable(record: UserRecord, put: PutChallenge, now: number): HeldChallenge | undefined {
  const held = record.challenges.get(slotKey(put.slot))
  if (!held || held.expiresAt <= now) return undefined
  const isSpent = held.attemptsLeft <= 0 && (put.expectedId === '' || put.mode === 'keep')
  return isSpent ? undefined : held
}

function cooldownLeftMs(replaced: HeldChallenge | undefined, put: PutChallenge, now: number): number {
  const sentAt = put.send && replaced?.sentAt[put.send.method]
  return !put.send || sentAt === undefined ? 0 : Math.max(0, sentAt + put.send.cooldownMs - now)
}

function newChallenge(put: PutChallenge, replaced: HeldChallenge | undefined, now: number): HeldChallenge {
  const kept = put.mode === 'keep' ? replaced : undefined
  const expiresAt = kept?.expiresAt ?? now + put.ttlMs
  return {
    handle: put.slot.handle,
    challenge: put.challenge,
    attempts: kept?.attempts ?? put.attempts,
    attemptsLeft: kept?.attemptsLeft ?? put.attempts,
    expiresAt,
    forgetAt: kept?.forgetAt ?? expiresAt + put.ttlMs,
    sentAt: { ...kept?.sentAt, ...(put.send && { [put.send.method]: now }) },
    ...(put.send && { delivery: { status: 'sent' as const } }),
  }
}

function toStored({ challenge, attemptsLeft, expiresAt, sentAt, delivery }: HeldChallenge): StoredChallenge {
  return copyRecord({ challenge, attemptsLeft, expiresAt, sentAt, ...(delivery && { delivery }) })
}

function nameBrakes(brakes: readonly Brake[], { challenge }: HeldChallenge): readonly Brake[] {
  const nameOf = (subject: string) => (subject === '@authenticator' ? challenge.authenticatorId : subject)
  return brakes.map((brake) => ({ ...brake, subject: nameOf(brake.subject) }))
}
