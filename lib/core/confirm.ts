import { TwoFactorError } from '../errors'
import type { User } from '../options'
import type { AttemptOutcome, Authenticator, Challenge, Method, StoredChallenge } from '../ports'
import { isSending } from './asked'
import { changeFactors, type Reissued } from './change'
import { recoveryCodeParts } from './check-code'
import { readCode, type TypedCode } from './code'
import { noteConfirmed } from './confirmed-numbers'
import type { Core, Session } from './core'
import { countSends } from './counts'
import { type Draft, openDraft } from './draft'
import { readEnrolment } from './enrolment'
import { newRecoveryCodes } from './factors/recovery-code'
import { matchStep } from './factors/totp'
import { codeParts } from './put-challenge'
import { readPhoneSecret, sealSecret } from './sealed'
import { ENROLMENT_TALLY } from './throttle'

/** A finished enrolment. */
export interface Confirmed {
  authenticator: Authenticator
  /** With the first authenticator, this once. */
  recoveryCodes?: readonly string[]
  reissued: Reissued
}

/** No time step: what a phone's authenticator has, and an app's before its first code. */
const NO_STEP = -1

/**
 * Confirms a pending enrolment by its first code, and turns the factor on. The challenge is consumed before anything
 * is stored, so that it is answered once; it was asked for an enrolment, so it answers no sign-in.
 * @throws {@link TwoFactorError} `ERR_TFA_CODE_INCORRECT`, `_NOT_FOUND`, `_CHALLENGE_EXPIRED`, `_ATTEMPTS_EXHAUSTED`
 */
export async function confirmEnrolment(
  core: Core,
  session: Session,
  enrolmentId: string,
  code: unknown,
): Promise<Confirmed> {
  const typed = await readFirstCode(core, session, enrolmentId, code)
  const { store } = core.settings
  const slot = { handle: session.handle, enrolmentId }
  const stored = takenOrRefused(await store.takeAttempt(session.user.id, slot, []))
  const draft = openDraft(core, session.user.id, stored.challenge)
  const step = matchFirstCode(core, stored.challenge, draft, typed.code)
  if (step === null) throw new TwoFactorError('ERR_TFA_CODE_INCORRECT', { attemptsLeft: stored.attemptsLeft })
  const outcome = await store.consumeChallenge(session.user.id, {
    slot,
    challenge: stored.challenge,
    clear: [ENROLMENT_TALLY],
  })
  if (outcome !== 'consumed') throw new TwoFactorError('ERR_TFA_NOT_FOUND')
  reportConfirmed(core, session, stored, draft)
  return turnOn(core, session, composeAuthenticator(core, session, stored.challenge, draft, step), draft)
}

/** A malformed code is no guess; but where nothing is pending, that is said first. */
async function readFirstCode(core: Core, session: Session, enrolmentId: string, code: unknown): Promise<TypedCode> {
  try {
    return readCode(code, core.settings.codeDigits)
  } catch (error) {
    await readEnrolment(core, session, enrolmentId)
    throw error
  }
}

function takenOrRefused(attempt: AttemptOutcome): StoredChallenge {
  if (attempt.outcome === 'taken') return attempt.stored
  if (attempt.outcome === 'gone') throw new TwoFactorError('ERR_TFA_SIGN_IN_REQUIRED')
  if (attempt.outcome === 'expired') throw new TwoFactorError('ERR_TFA_CHALLENGE_EXPIRED')
  if (attempt.outcome === 'exhausted') throw new TwoFactorError('ERR_TFA_ATTEMPTS_EXHAUSTED', { attemptsLeft: 0 })
  throw new TwoFactorError('ERR_TFA_NOT_FOUND')
}

/** The step that the first code claims, so that it can't be used again at the next sign-in; null for a wrong one. */
function matchFirstCode(core: Core, { id, codeHash }: Challenge, draft: Draft, code: string): number | null {
  const { clock, totpWindow } = core.settings
  if (draft.factor === 'totp') return matchStep(draft.secret, code, clock.now(), totpWindow)
  return codeHash !== undefined && core.keys.isHashOf(codeHash, codeParts(id, code)) ? NO_STEP : null
}

/** A number whose code came back is its owner's wish: it goes on where others are stopped. */
function reportConfirmed(core: Core, { user }: Session, stored: StoredChallenge, draft: Draft): void {
  const about = {
    userId: user.id,
    challengeId: stored.challenge.id,
    purpose: 'enrolment',
    method: draft.method,
  } as const
  core.events.emit('challenge.verified', { ...about, ...countConfirmed(core, user, stored, draft) })
}

function countConfirmed(
  core: Core,
  user: User,
  { sentAt }: StoredChallenge,
  { method, secret }: Draft,
): { country?: string } {
  if (!isSending(method)) return {}
  const { e164, country } = readPhoneSecret(secret)
  noteConfirmed(core, user, e164, { country, method }, sentAt[method])
  countSends(core, { country, method }, { verified: 1 }, sentAt[method])
  return { country }
}

function composeAuthenticator(
  core: Core,
  { user }: Session,
  { authenticatorId: id }: Challenge,
  draft: Draft,
  step: number,
): Authenticator {
  const now = core.settings.clock.now()
  const { factor, label, secret, method } = draft
  const sealed = sealSecret(core, user.id, id, secret)
  return {
    id,
    factor,
    label,
    sealed,
    preferredMethod: method,
    createdAt: now,
    lastUsedAt: now,
    lastStep: step,
    failures: 0,
  }
}

async function turnOn(
  core: Core,
  session: Session,
  authenticator: Authenticator,
  { version, method, replaces }: Draft,
): Promise<Confirmed> {
  const enrolled = await core.settings.authenticators.load(session.user.id)
  const isFirst = enrolled.authenticators.length === 0 || enrolled.recoveryCodes.total === 0
  const recoveryCodes = isFirst ? newRecoveryCodes(core.settings.randomBytes) : undefined
  const codes = recoveryCodes ? { recoveryCodes: hashCodes(core, session.user.id, recoveryCodes) } : {}
  const change = { add: authenticator, ...codes }
  const goesOnWith = goingOn(core, method)
  const reissued = await changeFactors(
    core,
    session,
    replaces === undefined
      ? { version, change, reason: 'authenticator-added', devices: 'keep', goesOnWith }
      : { version, change: { ...change, remove: replaces }, reason: 'phone-changed', devices: 'end', goesOnWith },
  )
  if (replaces) core.events.emit('authenticator.removed', { userId: session.user.id, authenticatorId: replaces })
  core.events.emit('authenticator.added', {
    userId: session.user.id,
    authenticatorId: authenticator.id,
    factor: authenticator.factor,
  })
  return { authenticator, reissued, ...(recoveryCodes ? { recoveryCodes } : {}) }
}

function goingOn(core: Core, method: Method): { assurance: 'second-factor'; methods: readonly Method[] } | null {
  return core.settings.afterEnrolment === 'sign-out' ? null : { assurance: 'second-factor', methods: [method] }
}

/** Recovery codes as they are stored. */
export function hashCodes(core: Core, userId: string, codes: readonly string[]): readonly string[] {
  return codes.map((code) => core.keys.hash(recoveryCodeParts(userId, code.replaceAll('-', ''))))
}
