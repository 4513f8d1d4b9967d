import { TwoFactorError } from '../errors'
import type { RevocationReason } from '../events'
import type { Assurance, Change, Grant, Method } from '../ports'
import type { Core, Session } from './core'
import { newGrant } from './grant'
import { newId } from './ids'
import { factsOf } from './policy'

/** A change of what a user enrolled, and what it means for sessions and devices. */
export interface FactorChange {
  /** The durable record's version that the change was decided on. */
  version: number
  change: Change
  reason: RevocationReason
  devices: 'keep' | 'end'
  /** What this session goes on with; null ends it too. */
  goesOnWith: { assurance: Assurance; methods: readonly Method[]; verifiedAt?: number } | null
}

/** The session after a change: its new handle and grant, or null when it ended. */
export type Reissued = { handle: string; grant: Grant } | null

/**
 * Changes what a user enrolled, so that no session is left resting on what was before:
 * revoke first (if that fails, nothing has changed), then the durable compare-and-set, then revoke once more for what
 * was issued in between, and issue this session's new grant in the same step, unless somebody else changed meanwhile.
 * @throws {@link TwoFactorError} `ERR_TFA_STORE_UNAVAILABLE`; `ERR_TFA_CHALLENGE_EXPIRED` when another change was quicker
 */
export async function changeFactors(core: Core, session: Session, wanted: FactorChange): Promise<Reissued> {
  const { store, authenticators } = core.settings
  const userId = session.user.id
  const [epoch, successor] = [newId(core.settings.randomBytes), newId(core.settings.randomBytes)]
  const holder = { handle: session.handle, successor }
  const first = await store.revoke(userId, { epoch, devices: wanted.devices, holder })
  // Signed out or revoked since it was let in: what it asked for is not wanted any more.
  if (first === 'stale') throw new TwoFactorError('ERR_TFA_SIGN_IN_REQUIRED')
  core.events.emit('grants.revoked', { userId, reason: wanted.reason })
  const isChanged = await authenticators.change(userId, wanted.version, wanted.change).catch((error) => {
    void revokeOnceChanged(core, userId, wanted)
    throw error
  })
  const reissued = await revokeAgain(core, session, wanted, { epoch, successor, isChanged }).catch((error) => {
    if (isChanged) void revokeLater(core, userId, wanted.devices)
    throw error
  })
  if (!isChanged)
    throw new TwoFactorError('ERR_TFA_CHALLENGE_EXPIRED', { detail: 'the factors were changed by another request' })
  return reissued
}

interface Begun {
  /** The epoch that the first revocation set. */
  epoch: string
  successor: string
  isChanged: boolean
}

async function revokeAgain(
  core: Core,
  session: Session,
  { devices, goesOnWith }: FactorChange,
  { epoch: expectedEpoch, successor, isChanged }: Begun,
): Promise<Reissued> {
  const issue = isChanged && goesOnWith ? await composeIssue(core, session, successor, goesOnWith) : null
  const outcome = await core.settings.store.revoke(session.user.id, {
    epoch: newId(core.settings.randomBytes),
    devices,
    ...(issue ? { issue: { ...issue, expectedEpoch } } : {}),
  })
  return outcome === 'issued' ? issue : null
}

const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 5 * 60_000

/**
 * A change that was given up may still be made, by a statement that waits for its lock: then what was issued meanwhile, by
 * facts from before it, is ended as soon as it shows.
 */
export async function revokeOnceChanged(
  core: Core,
  userId: string,
  { version, devices }: Pick<FactorChange, 'version' | 'devices'>,
): Promise<void> {
  const { authenticators } = core.settings
  const isMade = await tryUntil(FIRST_RETRY_MS, async () => (await authenticators.load(userId)).version !== version)
  if (isMade) await revokeLater(core, userId, devices)
}

/**
 * Ends, as soon as the store is back, what was issued by facts from before a change whose second revocation failed: a
 * sign-in that raced it would go on without the factor. Nothing waits for it, and no process lives for it.
 */
async function revokeLater(core: Core, userId: string, devices: FactorChange['devices']): Promise<void> {
  const { store, randomBytes } = core.settings
  await tryUntil(0, async () => {
    await store.revoke(userId, { epoch: newId(randomBytes), devices })
    return true
  })
}

/** Tries again until it is done, ever more rarely; what rejects is not done. @returns false when it was given up */
async function tryUntil(firstWaitMs: number, attempt: () => Promise<boolean>): Promise<boolean> {
  for (let waitMs = firstWaitMs; waitMs < LAST_RETRY_MS; waitMs = Math.max(FIRST_RETRY_MS, waitMs * 2)) {
    await pause(waitMs)
    if (await attempt().catch(() => false)) return true
  }
  return false
}

/** Nothing lives for it: a process that ends meanwhile ends. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}

async function composeIssue(
  core: Core,
  { user }: Session,
  handle: string,
  proof: NonNullable<FactorChange['goesOnWith']>,
): Promise<NonNullable<Reissued>> {
  const facts = factsOf(await core.settings.authenticators.load(user.id))
  const { verifiedAt } = proof
  // The grant keeps when the second factor was given; it is not fresh for that: one change, one re-authentication.
  const grant = { ...newGrant(core, facts, proof), ...(verifiedAt === undefined ? {} : { verifiedAt }) }
  return { handle, grant }
}
