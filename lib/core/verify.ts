import { TwoFactorError } from '../errors'
import type { AttemptOutcome, ConsumeChallenge, Enrolled, Grant, StoredChallenge } from '../ports'
import { checkCode } from './check-code'
import { readCode, type TypedCode } from './code'
import type { Core, Session } from './core'
import { liveGrant, newGrant } from './grant'
import { newId } from './ids'
import { workingMethods } from './methods'
import { factsOf } from './policy'
import { type NewDevice, newDevice } from './remembered-device'
import { brakesFor, talliesCleared } from './throttle'

export interface Answer {
  code: unknown
  /** The browser's name, where it asked to be remembered. */
  rememberAs?: string
}

/** A verified session: the handle and grant it goes on with. */
export interface Verified {
  handle: string
  grant: Grant
  /** True when the session goes on under a new handle, and must get a new id. */
  isNewSession: boolean
  device?: NewDevice
}

type Taken = Extract<AttemptOutcome, { outcome: 'taken' }>

/**
 * Verifies an answer to the session's challenge: counts it, compares it, claims it durably, and only then
 * consumes the challenge and writes the grant, in one step that one racer wins.
 * @throws {@link TwoFactorError} `ERR_TFA_CODE_INCORRECT`, `_NO_CHALLENGE`, `_CHALLENGE_EXPIRED`, `_ATTEMPTS_EXHAUSTED`,
 * `_LOCKED`, `_INPUT_INVALID`, `_SIGN_IN_REQUIRED`
 * @see ASVS 5.0 6.5.1, 6.6.3
 */
export async function verifyChallenge(core: Core, session: Session, { code, rememberAs }: Answer): Promise<Verified> {
  const typed = await readTyped(core, session, code)
  const { store, authenticators } = core.settings
  const slot = { handle: session.handle }
  const [attempt, enrolled] = await Promise.all([
    store.takeAttempt(session.user.id, slot, brakesFor(core.settings, typed.kind)),
    authenticators.load(session.user.id),
  ])
  const taken = await takenOrRefused(core, session, attempt, enrolled)
  await judge(core, session, taken, enrolled, typed)
  return consume(core, session, taken, enrolled, typed, rememberAs)
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

async function judge(
  core: Core,
  { user, handle }: Session,
  { stored }: Taken,
  enrolled: Enrolled,
  typed: TypedCode,
): Promise<void> {
  const verdict = await checkCode(core, user.id, stored, enrolled, typed)
  if (verdict.outcome === 'right') return
  const isRepeat = verdict.outcome === 'repeat'
  if (isRepeat) await core.settings.store.refundAttempt(user.id, { handle }, brakesFor(core.settings, typed.kind))
  const attemptsLeft = stored.attemptsLeft + (isRepeat ? 1 : 0)
  const { id, purpose, method } = stored.challenge
  core.events.emit('challenge.failed', { userId: user.id, challengeId: id, purpose, method, attemptsLeft })
  throw new TwoFactorError('ERR_TFA_CODE_INCORRECT', { attemptsLeft })
}

async function consume(
  core: Core,
  session: Session,
  taken: Taken,
  enrolled: Enrolled,
  typed: TypedCode,
  rememberAs: string | undefined,
): Promise<Verified> {
  const { challenge } = taken.stored
  const verified = grantAfter(core, session, taken, enrolled, typed)
  const mayRemember = rememberAs !== undefined && challenge.purpose === 'sign-in' && core.settings.deviceTtlMs > 0
  const device = mayRemember ? newDevice(core, session.user.id, rememberAs) : undefined
  const outcome = await core.settings.store.consumeChallenge(session.user.id, {
    slot: { handle: session.handle },
    challenge,
    issue: { handle: verified.handle, grant: verified.grant },
    clear: talliesCleared(typed.kind, challenge.authenticatorId),
    ...(device ? { device: device.device } : {}),
  } satisfies ConsumeChallenge)
  if (outcome === 'gone') throw new TwoFactorError('ERR_TFA_NO_CHALLENGE')
  if (outcome === 'stale') throw new TwoFactorError('ERR_TFA_CHALLENGE_EXPIRED')
  reportVerified(core, session, taken.stored, enrolled, typed, device)
  return { ...verified, ...(device ? { device } : {}) }
}

/** A sign-in goes on as a new session, so that nothing known before the second factor is worth anything after it. */
function grantAfter(
  core: Core,
  session: Session,
  { stored, grant }: Taken,
  enrolled: Enrolled,
  typed: TypedCode,
): Omit<Verified, 'device'> {
  const { purpose, action } = stored.challenge
  const method = typed.kind === 'recovery-code' ? 'recovery-code' : stored.challenge.method
  if (purpose === 'sign-in') {
    const issued = newGrant(core, factsOf(enrolled), { assurance: 'second-factor', methods: [method] })
    return { handle: newId(core.settings.randomBytes), grant: issued, isNewSession: true }
  }
  const { actionKey: _spent, ...kept } = grant
  const methods = [...new Set([...grant.methods, method])]
  const proved = { ...kept, assurance: 'second-factor' as const, methods, verifiedAt: core.settings.clock.now() }
  const stepped = action ? { ...proved, actionKey: action.key } : proved
  return { handle: session.handle, grant: stepped, isNewSession: false }
}

function reportVerified(
  core: Core,
  { user }: Session,
  { challenge }: StoredChallenge,
  enrolled: Enrolled,
  typed: TypedCode,
  device: NewDevice | undefined,
): void {
  const method = typed.kind === 'recovery-code' ? 'recovery-code' : challenge.method
  const { id: challengeId, purpose } = challenge
  core.events.emit('challenge.verified', { userId: user.id, challengeId, purpose, method })
  if (method === 'recovery-code') {
    core.events.emit('recovery-code.used', { userId: user.id, remaining: enrolled.recoveryCodes.remaining - 1 })
  }
  if (device) core.events.emit('device.remembered', { userId: user.id, deviceId: device.device.id })
}
