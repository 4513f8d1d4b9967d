import { type ErrorFields, TwoFactorError } from '../errors'
import type { AttemptOutcome, Enrolled, Grant, Method } from '../ports'
import { checkCode } from './check-code'
import { readCode, type TypedCode } from './code'
import type { Core, Session } from './core'
import { stepsToMs } from './factors/totp'
import { liveGrant, newGrant } from './grant'
import { newId } from './ids'
import { isUsable, workingMethods } from './methods'
import { factsOf } from './policy'
import { type NewDevice, newDevice } from './remembered-device'
import { reportVerified } from './report-verified'
import { reportUnopened } from './sealed'
import { brakesFor, talliesCleared } from './throttle'

export interface Answer {
  code: unknown
  /** The browser's name, where it asked to be remembered. */
  rememberAs?: string
  /** How far the clock seemed off that made the session's last wrong code. */
  lastDriftSteps?: number
  /** Hears how far it seems off for this one. Never told to the caller: it says when the code will be right. */
  onDrift?(driftSteps: number | undefined): void
}

/** A verified session: the new handle and grant it goes on with, under a new session id. */
export interface Verified {
  handle: string
  grant: Grant
  device?: NewDevice
}

type Taken = Extract<AttemptOutcome, { outcome: 'taken' }>

/** An attempt that was counted: what was asked, of whom, and what was typed. */
export interface Attempt extends Pick<Taken, 'stored' | 'grant'> {
  session: Session
  enrolled: Enrolled
  typed: TypedCode
  /** What the answer proves: the challenge's method, or a recovery code typed in its place. */
  method: Method
}

/**
 * Verifies an answer to the session's challenge: counts it, compares it, claims it durably, and only then
 * consumes the challenge and writes the grant, in one step that one racer wins.
 * @throws {@link TwoFactorError} `ERR_TFA_CODE_INCORRECT`, `_NO_CHALLENGE`, `_CHALLENGE_EXPIRED`, `_ATTEMPTS_EXHAUSTED`,
 * `_LOCKED`, `_METHOD_UNAVAILABLE`, `_INPUT_INVALID`, `_SIGN_IN_REQUIRED`
 * @see ASVS 5.0 6.5.1, 6.6.3
 */
export async function verifyChallenge(core: Core, session: Session, answer: Answer): Promise<Verified> {
  const typed = await readTyped(core, session, answer.code)
  const { store, authenticators } = core.settings
  const [outcome, enrolled] = await Promise.all([
    store.takeAttempt(session.user.id, { handle: session.handle }, brakesFor(core.settings, typed.kind)),
    authenticators.load(session.user.id),
  ])
  const { stored, grant } = await takenOrRefused(core, session, outcome, enrolled)
  const method = typed.kind === 'recovery-code' ? typed.kind : stored.challenge.method
  const attempt = { session, stored, grant, enrolled, typed, method }
  await refuseDigits(core, attempt)
  await refuseUnopened(core, attempt)
  await judge(core, attempt, answer)
  return consume(core, attempt, answer.rememberAs)
}

/** A malformed code is no guess; but where nothing is asked, that is said first. */
async function readTyped(core: Core, session: Session, code: unknown): Promise<TypedCode> {
  try {
    return readCode(code, core.settings.codeDigits)
  } catch (error) {
    const { challenge } = await core.settings.store.readSession(session.user.id, { handle: session.handle })
    throw challenge ? error : new TwoFactorError('ERR_TFA_NO_CHALLENGE')
  }
}

/** Puts a refused attempt into the user's words: what is wrong, for how long, and what still works. */
async function takenOrRefused(
  core: Core,
  { user, handle }: Session,
  attempt: AttemptOutcome,
  enrolled: Enrolled,
): Promise<Taken> {
  if (attempt.outcome === 'gone' || !liveGrant(core, attempt.grant))
    throw new TwoFactorError('ERR_TFA_SIGN_IN_REQUIRED')
  if (attempt.outcome === 'taken') return attempt
  if (attempt.outcome === 'none') throw new TwoFactorError('ERR_TFA_NO_CHALLENGE')
  if (attempt.outcome === 'expired') throw new TwoFactorError('ERR_TFA_CHALLENGE_EXPIRED')
  if (attempt.outcome === 'exhausted') throw new TwoFactorError('ERR_TFA_ATTEMPTS_EXHAUSTED', { attemptsLeft: 0 })
  const { tallies } = await core.settings.store.readSession(user.id, { handle })
  const methods = workingMethods(core, user.id, { enrolled, tallies })
  if (attempt.outcome !== 'locked') throw new TwoFactorError('ERR_TFA_LOCKED', { methods })
  core.events.emit('user.locked', { userId: user.id, retryAfterMs: attempt.retryAfterMs })
  throw new TwoFactorError('ERR_TFA_LOCKED', { retryAfterMs: attempt.retryAfterMs, methods })
}

async function judge(core: Core, attempt: Attempt, { lastDriftSteps, onDrift }: Answer): Promise<void> {
  const { session, stored, enrolled, typed } = attempt
  const { user } = session
  const verdict = await checkCode(core, user.id, stored, enrolled, typed)
  if (verdict.outcome === 'right') return
  onDrift?.(verdict.driftSteps)
  const isRepeat = verdict.outcome === 'repeat'
  if (isRepeat) await refund(core, attempt)
  const attemptsLeft = stored.attemptsLeft + (isRepeat ? 1 : 0)
  const { id, purpose, method } = stored.challenge
  core.events.emit('challenge.failed', { userId: user.id, challengeId: id, purpose, method, attemptsLeft })
  throw new TwoFactorError('ERR_TFA_CODE_INCORRECT', { attemptsLeft, ...driftOf(verdict.driftSteps, lastDriftSteps) })
}

/** Digits where a recovery code is asked are no guess at anything. */
async function refuseDigits(core: Core, attempt: Attempt): Promise<void> {
  if (attempt.typed.kind !== 'digits' || attempt.method !== 'recovery-code') return
  await refund(core, attempt)
  throw new TwoFactorError('ERR_TFA_INPUT_INVALID', { field: 'code', detail: 'a recovery code is asked for' })
}

/** Where what the digits would be compared with does not open, they are nobody's guess. */
async function refuseUnopened(core: Core, attempt: Attempt): Promise<void> {
  const { session, enrolled, typed, stored } = attempt
  const { codeHash, authenticatorId } = stored.challenge
  if (typed.kind !== 'digits') return
  if (codeHash !== undefined && !core.keys.isKnown(codeHash)) {
    await refund(core, attempt)
    reportUnopened(core, session.user.id, authenticatorId, codeHash)
    throw new TwoFactorError('ERR_TFA_CHALLENGE_EXPIRED')
  }
  if (isUsable(core, session.user.id, { enrolled }, { authenticatorId })) return
  await refund(core, attempt)
  const { tallies } = await core.settings.store.readSession(session.user.id, { handle: session.handle })
  const methods = workingMethods(core, session.user.id, { enrolled, tallies })
  throw new TwoFactorError('ERR_TFA_METHOD_UNAVAILABLE', { methods })
}

/** The authenticator is named: by now another request may have switched the challenge to another one. */
function refund(core: Core, { session, stored, typed }: Attempt): Promise<void> {
  const { authenticatorId } = stored.challenge
  const brakes = brakesFor(core.settings, typed.kind).map((brake) =>
    brake.subject === '@authenticator' ? { ...brake, subject: authenticatorId } : brake,
  )
  return core.settings.store.refundAttempt(session.user.id, { handle: session.handle }, brakes)
}

/**
 * Tells of a phone's clock only when two codes in a row were off by as much. After one, a guesser would have learnt
 * that the code is right a minute from now.
 */
function driftOf(
  driftSteps: number | undefined,
  lastDriftSteps: number | undefined,
): Pick<ErrorFields, 'clockAheadMs'> {
  if (driftSteps === undefined || driftSteps !== lastDriftSteps) return {}
  return { clockAheadMs: stepsToMs(driftSteps) }
}

async function consume(core: Core, attempt: Attempt, rememberAs: string | undefined): Promise<Verified> {
  const { session, stored, typed } = attempt
  const { challenge } = stored
  const verified = grantAfter(core, attempt)
  const mayRemember = rememberAs !== undefined && challenge.purpose === 'sign-in' && core.settings.deviceTtlMs > 0
  const device = mayRemember ? newDevice(core, session.user.id, rememberAs) : undefined
  const outcome = await core.settings.store.consumeChallenge(session.user.id, {
    slot: { handle: session.handle },
    challenge,
    issue: { handle: verified.handle, grant: verified.grant },
    clear: talliesCleared(typed.kind, challenge.authenticatorId),
    ...(device ? { device: device.device } : {}),
  })
  if (outcome === 'gone') throw new TwoFactorError('ERR_TFA_NO_CHALLENGE')
  if (outcome === 'stale') throw new TwoFactorError('ERR_TFA_CHALLENGE_EXPIRED')
  reportVerified(core, attempt, device)
  return { ...verified, ...(device ? { device } : {}) }
}

/**
 * The session goes on under a new handle, so that nothing known before the second factor is worth anything after it.
 * @see ASVS 5.0 7.2.4
 */
function grantAfter(core: Core, { stored, grant, enrolled, method }: Attempt): Omit<Verified, 'device'> {
  const { purpose, action } = stored.challenge
  const handle = newId(core.settings.randomBytes)
  if (purpose === 'sign-in') {
    return { handle, grant: newGrant(core, factsOf(enrolled), { assurance: 'second-factor', methods: [method] }) }
  }
  const { actionKey: _spent, ...kept } = grant
  const methods = [...new Set([...grant.methods, method])]
  const proved = { ...kept, assurance: 'second-factor' as const, methods, verifiedAt: core.settings.clock.now() }
  const stepped = action ? { ...proved, actionKey: action.key } : proved
  return { handle, grant: stepped }
}
