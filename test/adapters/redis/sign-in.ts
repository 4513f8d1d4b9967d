import { randomBytes } from 'node:crypto'
import type { Brake, Challenge, Device, Grant, PutChallenge, Store } from '../../../lib/ports'

export const MINUTE_MS = 60_000
export const DAY_MS = 24 * 60 * MINUTE_MS
export const BRAKE: Brake = { subject: 'user', lockFrom: 20, firstLockMs: 30_000, longestLockMs: 3_600_000 }

/** 128 random bits, as every id of the package. */
export function newId(): string {
  return randomBytes(16).toString('base64url')
}

/** A keyed hash as the key ring makes them. */
export function newHash(): string {
  return `k1_abc${newId()}`
}

/** A grant as a finished sign-in leaves it. */
export function grantOf(words: Partial<Grant> = {}): Grant {
  const now = Date.now()
  return {
    assurance: 'second-factor',
    methods: ['totp'],
    verifiedAt: now,
    issuedAt: now,
    expiresAt: now + DAY_MS / 2,
    hasFactor: true,
    ...words,
  }
}

export function challengeOf(words: Partial<Challenge> = {}): Challenge {
  const ids = { id: newId(), authenticatorId: newId(), codeHash: newHash() }
  return { ...ids, purpose: 'sign-in', epoch: '', method: 'sms', ...words }
}

export function deviceOf(words: Partial<Device> = {}): Device {
  const now = Date.now()
  const times = { rotatedAt: now, createdAt: now, lastUsedAt: now, expiresAt: now + 30 * DAY_MS }
  return { id: newId(), name: 'Firefox on Windows', tokenHash: newHash(), ...times, ...words }
}

export function putOf(handle: string, challenge: Challenge): PutChallenge {
  const send = { method: 'sms', cooldownMs: 30_000 } as const
  return { slot: { handle }, challenge, expectedId: '', mode: 'open', attempts: 5, ttlMs: 10 * MINUTE_MS, send }
}

/** Signs a user in up to the pending challenge. @returns the session's handle and the challenge */
export async function openChallenge(store: Store, userId: string): Promise<{ handle: string; challenge: Challenge }> {
  const handle = newId()
  const { epoch } = await store.readSession(userId, { handle })
  const challenge = challengeOf({ epoch })
  await store.issueGrant(userId, { handle, grant: grantOf(), epoch })
  await store.putChallenge(userId, putOf(handle, challenge))
  return { handle, challenge }
}
