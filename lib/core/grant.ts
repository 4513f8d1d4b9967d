import { TwoFactorError } from '../errors'
import type { RevocationReason } from '../events'
import type { User } from '../options'
import type { Assurance, Grant, Method } from '../ports'
import type { Core, Session } from './core'
import { newId } from './ids'
import { type Facts, isInForce, promptDates, requirementFor } from './policy'
import { ENROLMENT_TALLY, PASSWORD_TALLY } from './throttle'

/** Tries of an issue that met a change of the user's factors; each starts from what is true by then. */
const ISSUE_TRIES = 3

export interface Proof {
  assurance: Assurance
  methods?: readonly Method[]
}

/** A grant that starts now and lasts for the grant's absolute life. */
export function newGrant(core: Core, facts: Facts, { assurance, methods = [] }: Proof): Grant {
  const now = core.settings.clock.now()
  const verified = assurance === 'second-factor' ? { verifiedAt: now } : {}
  const base = { assurance, methods, issuedAt: now, expiresAt: now + core.settings.grantTtlMs }
  return { ...base, ...verified, hasFactor: facts.hasFactor, ...promptDates(facts) }
}

/** Reads a session's grant; one that has come to its end counts as none. */
export async function readGrant(core: Core, userId: string, handle: string): Promise<Grant | null> {
  return liveGrant(core, await core.settings.store.readGrant(userId, handle))
}

export function liveGrant(core: Core, grant: Grant | null): Grant | null {
  return grant && grant.expiresAt > core.settings.clock.now() ? grant : null
}

/** The facts with the start of the grace period noted, at the first sign-in under the requirement. */
export async function noteFirstPrompt(core: Core, user: User, facts: Facts): Promise<Facts> {
  if (facts.firstPromptAt !== undefined) return facts
  const now = core.settings.clock.now()
  // For those with a factor too: a reset years later must not begin a grace period that is long over.
  if (!isInForce(await requirementFor(core.settings, user, facts), now)) return facts
  const firstPromptAt = await core.settings.authenticators.markPrompted(user.id, now)
  core.events.emit('grace.began', { userId: user.id, at: new Date(firstPromptAt) })
  return { ...facts, firstPromptAt }
}

/**
 * Changes a grant in place, as it stands; a grant revoked meanwhile stays revoked.
 * @returns null when it is gone, or somebody else changed it first
 */
export async function replaceGrant(core: Core, session: Session, before: Grant, after: Grant): Promise<Grant | null> {
  const outcome = await core.settings.store.replaceGrant(session.user.id, session.handle, before, after)
  return outcome === 'replaced' ? after : null
}

/**
 * Changes a grant as it stands by then, when other requests of the session change it too.
 * @throws {@link TwoFactorError} `ERR_TFA_SIGN_IN_REQUIRED` when it was revoked meanwhile
 */
export async function amendGrant(
  core: Core,
  session: Session,
  grant: Grant,
  amend: (grant: Grant) => Grant,
): Promise<Grant> {
  let current: Grant | null = grant
  for (let tries = 0; current && tries < ISSUE_TRIES; tries += 1) {
    const amended = await replaceGrant(core, session, current, amend(current))
    if (amended) return amended
    current = await readGrant(core, session.user.id, session.handle)
  }
  throw new TwoFactorError('ERR_TFA_SIGN_IN_REQUIRED')
}

/** Ends one session's grant and challenge. */
export async function endSession(core: Core, userId: string, handle: string): Promise<void> {
  await core.settings.store.endSession(userId, handle)
  core.events.emit('grant.ended', { userId, reason: 'sign-out' })
}

/** Ends everything a user's sessions and devices have proved: the app's call on a password change. */
export async function revokeAll(core: Core, userId: string, reason: RevocationReason): Promise<void> {
  const { store, randomBytes } = core.settings
  await store.revoke(userId, { epoch: newId(randomBytes), devices: 'end' })
  // What was counted by whoever had the old password must not keep its owner from enrolling, or from proving the new one.
  await store.clearTallies(userId, [ENROLMENT_TALLY, PASSWORD_TALLY])
  core.events.emit('grants.revoked', { userId, reason })
}

/**
 * Runs an issue again while the user's factors change under it: issuing reads the epoch first, then the facts,
 * and the store refuses when the epoch is another by then, so that no grant rests on old facts.
 */
export async function whileStale<Result>(attempt: () => Promise<Result | 'stale'>): Promise<Result | null> {
  for (let tries = 0; tries < ISSUE_TRIES; tries += 1) {
    const result = await attempt()
    if (result !== 'stale') return result
  }
  return null
}
