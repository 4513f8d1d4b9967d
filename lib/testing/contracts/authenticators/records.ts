import { ok } from 'node:assert/strict'
import type { Authenticator, AuthenticatorStore } from '../../../ports'

/** Registers one test; it gets a store and a user id that nobody else has. */
export type Check = (title: string, body: (store: AuthenticatorStore, userId: string) => Promise<void>) => void

/** An instant to count from, and its RFC 6238 time step. */
export const T0 = Date.UTC(2026, 0, 15, 9, 30)
export const STEP = Math.floor(T0 / 30_000)
/** What `load` answers for a user never seen. */
export const NOTHING = { version: 0, authenticators: [], recoveryCodes: { remaining: 0, total: 0 } }
/** Calls made at once where one must win. */
export const RACERS = 50

/** Makes an authenticator app as enrolment stores it. */
export function authenticator(id: string, parts: Partial<Authenticator> = {}): Authenticator {
  return {
    id,
    factor: 'totp',
    label: 'Phone',
    sealed: `sealed-${id}`,
    preferredMethod: 'totp',
    createdAt: T0,
    lastStep: -1,
    failures: 0,
    ...parts,
  }
}

/** Adds authenticators, one change each. @returns the version after the last */
export async function enrol(
  store: AuthenticatorStore,
  userId: string,
  ...added: readonly Authenticator[]
): Promise<number> {
  let version = await versionOf(store, userId)
  for (const add of added) {
    ok(await store.change(userId, version, { add }))
    version = await versionOf(store, userId)
  }
  return version
}

/** Replaces the set of recovery codes. */
export async function replaceCodes(
  store: AuthenticatorStore,
  userId: string,
  hashes: readonly string[],
): Promise<void> {
  const version = await versionOf(store, userId)
  ok(await store.change(userId, version, { recoveryCodes: hashes }))
}

/** Runs calls at once and waits for all of them. */
export async function race<Result>(times: number, run: (at: number) => Promise<Result>): Promise<readonly Result[]> {
  return Promise.all(Array.from({ length: times }, (_, at) => run(at)))
}

/** Counts those that were told true. */
export function winners(results: readonly boolean[]): number {
  return results.filter((won) => won).length
}

/** Reads the version that a change must give. */
export async function versionOf(store: AuthenticatorStore, userId: string): Promise<number> {
  return (await store.load(userId)).version
}
