import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Brake, Challenge, Clock, Device, Grant, PutChallenge, Slot, Store } from '../../ports'
import { type MovableClock, movableClock } from '../clock'
import type { ContractRunner } from './authenticators'

export const MINUTE_MS = 60_000
export const DAY_MS = 24 * 60 * MINUTE_MS
export const ATTEMPTS = 5
export const CHALLENGE_TTL_MS = 10 * MINUTE_MS
export const COOLDOWN_MS = 30_000

/** Opens a store whose time is the given clock's; `stop` lets go of what it holds. */
export type StoreMaker = (clock: Clock) => Promise<{ store: Store; stop(): Promise<void> }>

/** One user nobody has seen before, one session handle, and a store to try. */
export interface Scene {
  store: Store
  clock: MovableClock
  userId: string
  handle: string
  slot: Slot
}

export type Play = (name: string, body: (scene: Scene) => Promise<void>) => void

/** Makes the `it` of a suite: each test opens the store anew with a clock of its own. */
export function createPlay(runner: ContractRunner, makeStore: StoreMaker): Play {
  return (name, body) =>
    runner.it(name, async () => {
      const clock = movableClock()
      const { store, stop } = await makeStore(clock)
      const handle = newId()
      try {
        await body({ store, clock, userId: newId(), handle, slot: { handle } })
      } finally {
        await stop()
      }
    })
}

/** 128 random bits, base64url, as every id of the package. */
export function newId(): string {
  return randomBytes(16).toString('base64url')
}

/** A keyed hash as the key ring makes them: a key id of six characters, then 128 bits. */
export function newHash(): string {
  return `k1_abc${newId()}`
}

/** A grant of half a day that proves a password. */
export function grantOf({ clock }: Pick<Scene, 'clock'>, words: Partial<Grant> = {}): Grant {
  const now = clock.now()
  return { assurance: 'password', methods: [], issuedAt: now, expiresAt: now + DAY_MS / 2, hasFactor: true, ...words }
}

/** A challenge by text message of a user without an epoch. */
export function challengeOf(words: Partial<Challenge> = {}): Challenge {
  const made: Challenge = { id: newId(), purpose: 'sign-in', epoch: '', method: 'sms', authenticatorId: newId() }
  return { ...made, codeHash: newHash(), ...words }
}

/** A device remembered now, for thirty days. */
export function deviceOf({ clock }: Pick<Scene, 'clock'>, words: Partial<Device> = {}): Device {
  const now = clock.now()
  const times = { rotatedAt: now, createdAt: now, lastUsedAt: now, expiresAt: now + 30 * DAY_MS }
  return { id: newId(), name: 'Firefox on Windows', tokenHash: newHash(), ...times, ...words }
}

/** A brake that locks from the third failure: one second, doubled to four. */
export function brakeOf(words: Partial<Brake> = {}): Brake {
  return { subject: 'user', lockFrom: 3, firstLockMs: 1000, longestLockMs: 4000, ...words }
}

/** Gives the scene's session a grant. */
export async function signIn(scene: Scene, words: Partial<Grant> = {}): Promise<Grant> {
  const grant = grantOf(scene, words)
  const issue = { handle: scene.handle, grant, epoch: await epochOf(scene) }
  strictEqual(await scene.store.issueGrant(scene.userId, issue), 'issued')
  return grant
}

/** The user's epoch; empty for one never revoked. */
export async function epochOf({ store, userId, slot }: Scene): Promise<string> {
  const { epoch } = await store.readSession(userId, slot)
  return epoch
}

/** A put that opens a challenge in the scene's slot and sends nothing. */
export function putOf({ slot }: Scene, challenge: Challenge, words: Partial<PutChallenge> = {}): PutChallenge {
  return { slot, challenge, expectedId: '', mode: 'open', attempts: ATTEMPTS, ttlMs: CHALLENGE_TTL_MS, ...words }
}

/** Signs in, and opens a challenge of the current epoch. */
export async function openChallenge(scene: Scene, words: Partial<Challenge> = {}): Promise<Challenge> {
  await signIn(scene)
  const challenge = challengeOf({ epoch: await epochOf(scene), ...words })
  const { outcome } = await scene.store.putChallenge(scene.userId, putOf(scene, challenge))
  strictEqual(outcome, 'stored')
  return challenge
}

/** Checks that two instants are the same but for the milliseconds that a call takes. */
export function assertAbout(actual: number | undefined, expected: number): void {
  const isAbout = actual !== undefined && Math.abs(actual - expected) < 2000
  deepStrictEqual({ actual, isAbout }, { actual, isAbout: true }, `expected about ${expected}`)
}
