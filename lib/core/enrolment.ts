import { TwoFactorError } from '../errors'
import type { Authenticator, Challenge, Locale, SendingMethod, StoredChallenge } from '../ports'
import { refuseWhileStopped } from './conversion'
import type { Core, Session } from './core'
import { type Draft, openDraft, sealDraft } from './draft'
import { newDigits, parsePhone } from './factors/phone'
import { newTotpSecret } from './factors/totp'
import { newId } from './ids'
import { codeParts, type Outgoing, type Placed, placeChallenge, refuseWithinCooldown } from './put-challenge'
import { methodsTo } from './reach'
import { type PhoneNumber, phoneSecret, readPhoneSecret } from './sealed'
import { enrolmentBrake } from './throttle'

/** A pending enrolment, as its beginner sees it. */
export interface Begun {
  enrolmentId: string
  draft: Draft
  stored: StoredChallenge
}

export interface PhoneWanted {
  country: string
  phone: string
  method: SendingMethod
  label: string
  /** Id of the phone whose place it takes: changing a number is confirming a new one, and then the old one leaves. */
  replaces?: string
}

/** Begins to enrol an authenticator app; the secret waits in the pending enrolment until a code confirms it. */
export function beginTotp(core: Core, session: Session, label: string): Promise<Begun> {
  const secret = newTotpSecret(core.settings.randomBytes)
  return begin(core, session, { factor: 'totp', label, secret, method: 'totp' }, null)
}

/**
 * Begins to enrol a phone, and sends its first code at once.
 * @throws {@link TwoFactorError} `ERR_TFA_PHONE_INVALID`, `_PHONE_NOT_ALLOWED`, `_SENDS_STOPPED`, `_BUDGET_EXHAUSTED`,
 * `_DELIVERY_FAILED`
 */
export async function beginPhone(core: Core, session: Session, wanted: PhoneWanted, locale: Locale): Promise<Begun> {
  const { method, label, replaces } = wanted
  refuseUnsendable(core, method)
  const parsed = parsePhone(wanted, core.settings.countries)
  refuseUnreachable(core, parsed, method)
  await refuseWhileStopped(core, session, parsed, method)
  const base = { factor: 'phone', label, secret: phoneSecret(parsed), method } as const
  const draft = replaces === undefined ? base : { ...base, replaces }
  return begin(core, session, draft, newOutgoing(core, method, parsed, locale))
}

/**
 * Sends an enrolment's code again, by the other method where one is named; only the newest works.
 * @throws {@link TwoFactorError} `ERR_TFA_NOT_FOUND`, `_COOLDOWN`, `_ATTEMPTS_EXHAUSTED`, `_SENDS_STOPPED`,
 * `_BUDGET_EXHAUSTED`, `_DELIVERY_FAILED`
 */
export async function resendEnrolment(
  core: Core,
  session: Session,
  enrolmentId: string,
  wanted: { method?: SendingMethod; locale: Locale },
): Promise<Begun> {
  const { stored, draft, now } = await readEnrolment(core, session, enrolmentId)
  const method = wanted.method ?? draft.method
  const number = readPhoneSecret(draft.secret)
  refuseUnsendable(core, method)
  refuseUnreachable(core, number, method)
  if (stored.attemptsLeft === 0) throw new TwoFactorError('ERR_TFA_ATTEMPTS_EXHAUSTED', { attemptsLeft: 0 })
  refuseWithinCooldown(core, stored.sentAt[method], now)
  await refuseWhileStopped(core, session, number, method)
  const outgoing = newOutgoing(core, method, number, wanted.locale)
  const challenge = composeEnrolment(core, session, stored.challenge, { ...draft, method }, outgoing)
  return place(core, session, { challenge, draft: { ...draft, method }, outgoing, mode: 'keep' })
}

/** Reads a pending enrolment of this session. @throws {@link TwoFactorError} `ERR_TFA_NOT_FOUND` */
export async function readEnrolment(
  core: Core,
  session: Session,
  enrolmentId: string,
): Promise<Begun & { now: number }> {
  const slot = { handle: session.handle, enrolmentId }
  const { challenge: stored, epoch, now } = await core.settings.store.readSession(session.user.id, slot)
  if (!stored || stored.challenge.epoch !== epoch) throw new TwoFactorError('ERR_TFA_NOT_FOUND')
  return { enrolmentId, stored, draft: openDraft(core, session.user.id, stored.challenge), now }
}

function refuseUnsendable(core: Core, method: string): asserts method is SendingMethod {
  if (core.channels.has(method as SendingMethod)) return
  throw new TwoFactorError('ERR_TFA_INPUT_INVALID', { field: 'method', detail: 'no code is sent by this method' })
}

function refuseUnreachable(core: Core, number: PhoneNumber, method: SendingMethod): void {
  if (methodsTo(core, number).includes(method)) return
  throw new TwoFactorError('ERR_TFA_PHONE_NOT_ALLOWED', { field: 'method' })
}

function newOutgoing(core: Core, method: SendingMethod, { e164, country }: PhoneNumber, locale: Locale): Outgoing {
  return { method, to: e164, country, code: newDigits(core.settings.codeDigits, core.settings.randomBytes), locale }
}

function refuseReplacing(enrolled: readonly Authenticator[], replaces: string | undefined): void {
  if (replaces === undefined || enrolled.some(({ id, factor }) => id === replaces && factor === 'phone')) return
  throw new TwoFactorError('ERR_TFA_NOT_FOUND', { field: 'replaces' })
}

async function begin(
  core: Core,
  session: Session,
  wanted: Omit<Draft, 'version'>,
  outgoing: Outgoing | null,
): Promise<Begun> {
  const { store, authenticators, randomBytes } = core.settings
  const { lockedMs } = await store.countAttempt(session.user.id, enrolmentBrake(core.settings))
  if (lockedMs > 0) throw new TwoFactorError('ERR_TFA_LOCKED', { retryAfterMs: lockedMs })
  const { epoch } = await store.readSession(session.user.id, { handle: session.handle })
  const { version, authenticators: enrolled } = await authenticators.load(session.user.id)
  refuseReplacing(enrolled, wanted.replaces)
  const draft = { ...wanted, version }
  const ids = { id: newId(randomBytes), authenticatorId: newId(randomBytes), epoch }
  const challenge = composeEnrolment(core, session, ids, draft, outgoing)
  return place(core, session, { challenge, draft, outgoing, mode: 'open' })
}

function composeEnrolment(
  core: Core,
  session: Session,
  { id, authenticatorId, epoch }: Pick<Challenge, 'id' | 'authenticatorId' | 'epoch'>,
  draft: Draft,
  outgoing: Outgoing | null,
): Challenge {
  const base = { id, purpose: 'enrolment', epoch, method: draft.method, authenticatorId } as const
  const sealed = { ...base, draft: sealDraft(core, session.user.id, authenticatorId, draft) }
  return outgoing ? { ...sealed, codeHash: core.keys.hash(codeParts(id, outgoing.code)) } : sealed
}

interface Enrolling {
  challenge: Challenge
  draft: Draft
  outgoing: Outgoing | null
  mode: 'open' | 'keep'
}

async function place(core: Core, session: Session, { challenge, draft, outgoing, mode }: Enrolling): Promise<Begun> {
  const { attemptsPerChallenge: attempts, enrolmentTtlMs: ttlMs } = core.settings
  const slot = { handle: session.handle, enrolmentId: challenge.id }
  const expectedId = mode === 'keep' ? challenge.id : ''
  const placed = await placeChallenge(core, {
    session,
    put: { slot, challenge, expectedId, mode, attempts, ttlMs },
    outgoing,
  })
  return { enrolmentId: challenge.id, draft, stored: storedOrRefused(placed) }
}

function storedOrRefused(placed: Placed): StoredChallenge {
  if (placed.outcome === 'cooldown') throw new TwoFactorError('ERR_TFA_COOLDOWN', { retryAfterMs: placed.retryAfterMs })
  if (placed.outcome === 'changed') throw new TwoFactorError('ERR_TFA_NOT_FOUND')
  if (placed.outcome === 'unaffordable')
    throw new TwoFactorError('ERR_TFA_BUDGET_EXHAUSTED', { retryAfterMs: placed.retryAfterMs })
  if (placed.outcome !== 'stored') throw new TwoFactorError('ERR_TFA_SIGN_IN_REQUIRED')
  if (placed.stored.delivery?.status === 'failed') throw new TwoFactorError('ERR_TFA_DELIVERY_FAILED')
  return placed.stored
}
