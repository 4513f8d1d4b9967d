import type { ChallengeAnswer, MethodChoice } from '../answers'
import { TwoFactorError } from '../errors'
import type { Challenge, StoredChallenge } from '../ports'
import { type Asked, isSending, type Wanted } from './asked'
import { chooseMethod, firstOf, refuseUnusable } from './choose-method'
import type { Core } from './core'
import { describeChallenge } from './describe-challenge'
import { newDigits } from './factors/phone'
import { newId } from './ids'
import { allMethods, isWorking, workingMethods } from './methods'
import {
  codeParts,
  type Outgoing,
  type Placed,
  type Placing,
  placeChallenge,
  refuseWithinCooldown,
} from './put-challenge'
import { openPhone } from './sealed'

/**
 * Opens the challenge of a sign-in. It fails no right password: where nothing can be sent, the challenge says so.
 * @returns the store's word for what happened; `none` when the user has nothing to be asked for
 */
export async function openAtSignIn(core: Core, asked: Asked): Promise<Placed['outcome'] | 'none'> {
  const userId = asked.session.user.id
  const choice = firstOf(core, userId, asked, allMethods(core, userId, asked.enrolled))
  if (!choice) return 'none'
  const speech = isWorking(core, userId, asked, choice) ? 'send' : 'keep-silent'
  const { outcome } = await place(core, asked, { purpose: 'sign-in' }, choice, speech)
  return outcome
}

/**
 * Opens a challenge, switches its method, or sends it again, and waits for the channel.
 * @throws {@link TwoFactorError} `ERR_TFA_COOLDOWN`, `_LOCKED`, `_METHOD_UNAVAILABLE`, `_BUDGET_EXHAUSTED`,
 * `_DELIVERY_FAILED`, `_NOT_FOUND`
 */
export async function askChallenge(core: Core, asked: Asked, wanted: Wanted): Promise<ChallengeAnswer> {
  const choice = chooseMethod(core, asked, wanted)
  refuseUnusable(core, asked, choice)
  refuseTooSoon(core, asked, choice)
  const placed = await place(core, asked, wanted, choice, 'send')
  return describeChallenge(core, storedOrRefused(core, asked, placed, choice), asked)
}

function refuseTooSoon(core: Core, { state }: Asked, { method }: MethodChoice): void {
  const pending = state.challenge
  const sentAt = isSending(method) && pending?.challenge.epoch === state.epoch ? pending.sentAt[method] : undefined
  if (pending?.attemptsLeft !== 0) refuseWithinCooldown(core, sentAt, state.now)
}

/**
 * Sends the pending challenge again.
 * @throws {@link TwoFactorError} as `askChallenge`, and `ERR_TFA_NO_CHALLENGE`, `_ATTEMPTS_EXHAUSTED`
 */
export async function resendChallenge(core: Core, asked: Asked): Promise<ChallengeAnswer> {
  const pending = asked.state.challenge
  if (!pending) throw new TwoFactorError('ERR_TFA_NO_CHALLENGE')
  if (pending.attemptsLeft === 0) throw new TwoFactorError('ERR_TFA_ATTEMPTS_EXHAUSTED')
  const { purpose, method, authenticatorId, action } = pending.challenge
  if (!isSending(method)) {
    throw new TwoFactorError('ERR_TFA_INPUT_INVALID', { field: 'method', detail: `${method} sends nothing` })
  }
  return askChallenge(core, asked, { purpose, method, authenticatorId, ...(action ? { action } : {}) })
}

function place(
  core: Core,
  asked: Asked,
  wanted: Wanted,
  choice: MethodChoice,
  speech: 'send' | 'keep-silent',
): Promise<Placed> {
  const outgoing = speech === 'send' ? prepareSend(core, asked, choice) : null
  return placeChallenge(core, {
    session: asked.session,
    put: composePut(core, asked, wanted, choice, outgoing),
    outgoing,
  })
}

function prepareSend(
  core: Core,
  { session, enrolled, locale }: Asked,
  { method, authenticatorId }: MethodChoice,
): Outgoing | null {
  const authenticator = enrolled.authenticators.find(({ id }) => id === authenticatorId)
  if (!authenticator || !isSending(method)) return null
  const { e164, country } = openPhone(core, session.user.id, authenticator)
  return { method, to: e164, country, code: newDigits(core.settings.codeDigits, core.settings.randomBytes), locale }
}

function composePut(
  core: Core,
  asked: Asked,
  wanted: Wanted,
  choice: MethodChoice,
  outgoing: Outgoing | null,
): Placing['put'] {
  const { settings } = core
  const { state, session } = asked
  const going = continuing(state.challenge, wanted)
  const challenge = composeChallenge(core, asked, wanted, choice, going?.challenge.id, outgoing?.code)
  return {
    slot: { handle: session.handle },
    challenge,
    expectedId: state.challenge && state.challenge.attemptsLeft > 0 ? state.challenge.challenge.id : '',
    mode: going ? 'keep' : 'open',
    attempts: settings.attemptsPerChallenge,
    ttlMs: settings.challengeTtlMs,
  }
}

/** The pending challenge goes on where it asks for the same; otherwise a new one takes its place. */
function continuing(pending: StoredChallenge | null, { purpose, action }: Wanted): StoredChallenge | null {
  if (!pending || pending.attemptsLeft === 0 || pending.challenge.purpose !== purpose) return null
  return pending.challenge.action?.key === action?.key ? pending : null
}

function composeChallenge(
  core: Core,
  { session, state }: Asked,
  wanted: Wanted,
  choice: MethodChoice,
  goingId: string | undefined,
  code: string | undefined,
): Challenge {
  const id = goingId ?? newId(core.settings.randomBytes)
  const { purpose, action } = wanted
  const { method, authenticatorId } = choice
  if (!goingId) core.events.emit('challenge.opened', { userId: session.user.id, challengeId: id, purpose, method })
  return {
    id,
    purpose,
    epoch: state.epoch,
    method,
    authenticatorId,
    ...(code ? { codeHash: core.keys.hash(codeParts(id, code)) } : {}),
    ...(action ? { action } : {}),
  }
}

function storedOrRefused(core: Core, asked: Asked, placed: Placed, choice: MethodChoice): StoredChallenge {
  const others = () =>
    workingMethods(core, asked.session.user.id, asked).filter(({ method }) => method !== choice.method)
  if (placed.outcome === 'cooldown') throw new TwoFactorError('ERR_TFA_COOLDOWN', { retryAfterMs: placed.retryAfterMs })
  // Another request of the same session was quicker and has sent: to this one it is as if it had come too soon.
  if (placed.outcome === 'changed')
    throw new TwoFactorError('ERR_TFA_COOLDOWN', { retryAfterMs: core.settings.cooldownMs })
  if (placed.outcome === 'unaffordable') {
    throw new TwoFactorError('ERR_TFA_BUDGET_EXHAUSTED', { retryAfterMs: placed.retryAfterMs, methods: others() })
  }
  if (placed.outcome !== 'stored') throw new TwoFactorError('ERR_TFA_SIGN_IN_REQUIRED')
  if (placed.stored.delivery?.status === 'failed' && isSending(choice.method)) {
    throw new TwoFactorError('ERR_TFA_DELIVERY_FAILED', { methods: others() })
  }
  return placed.stored
}
