import { TwoFactorError } from '../errors'
import type { BudgetOutcome, Charge, Locale, PutChallenge, PutOutcome, SendingMethod } from '../ports'
import type { Core, Session } from './core'
import { countSends } from './counts'
import { carry, chargesFor, scopeOf } from './send'

/** A code ready to be sent. */
export interface Outgoing {
  method: SendingMethod
  /** E.164. */
  to: string
  /** The number's own, ISO 3166-1 alpha-2. */
  country: string
  code: string
  locale: Locale
}

/** A challenge to be written down, and sent where its method sends. */
export interface Placing {
  session: Session
  put: Omit<PutChallenge, 'send'>
  outgoing: Outgoing | null
}

/** What came of it. `unaffordable`: a budget refused the send, until then. */
export type Placed = PutOutcome | { outcome: 'unaffordable'; retryAfterMs: number }

/** Clocks further apart than this are reported: TOTP goes by ours, locks and lifetimes by the store's. */
const SKEW_NOTICED_MS = 5000

/** The hash of a sent code is bound to its challenge, so that no code answers another. */
export function codeParts(challengeId: string, code: string): readonly string[] {
  return ['code', challengeId, code]
}

/**
 * Refuses what was sent just now by the same method: asked for again, it would hold the budgets that others wait for.
 * @throws {@link TwoFactorError} `ERR_TFA_COOLDOWN`
 */
export function refuseWithinCooldown({ settings }: Core, sentAt: number | undefined, storeNowMs: number): void {
  const retryAfterMs = (sentAt ?? Number.NEGATIVE_INFINITY) + settings.cooldownMs - storeNowMs
  if (retryAfterMs > 0) throw new TwoFactorError('ERR_TFA_COOLDOWN', { retryAfterMs })
}

/**
 * Writes a challenge down and charges its send; only when both are done does the message leave. Side by side where there is
 * nothing to lose: a refused put gives the charge back, a refused charge leaves the challenge, marked as not sent. One that
 * goes on may have a code that is still good, and keeps it until another can be sent.
 */
export async function placeChallenge(core: Core, placing: Placing): Promise<Placed> {
  const { session, put, outgoing } = placing
  if (!outgoing) return noticed(core, await core.settings.store.putChallenge(session.user.id, put))
  const charges = chargesFor(core, session, put.challenge, outgoing)
  const spent = core.settings.store.spend(charges)
  if (put.mode === 'keep') {
    const budget = await spent
    if (budget.outcome === 'refused') return reportRefused(core, session, outgoing, budget)
  }
  const [outcome, budget] = await bothOrRefund(core, charges, putToSend(core, placing, outgoing), spent)
  if (outcome.outcome === 'stored') return settle(core, placing, outgoing, noticed(core, outcome), budget)
  if (budget.outcome === 'allowed') await core.settings.store.refund(charges)
  return outcome
}

/** Where the challenge could not be written, nothing leaves, and nothing is owed. */
async function bothOrRefund(
  core: Core,
  charges: readonly Charge[],
  put: Promise<PutOutcome>,
  spent: Promise<BudgetOutcome>,
): Promise<[PutOutcome, BudgetOutcome]> {
  const [placed, budget] = await Promise.allSettled([put, spent])
  if (placed.status === 'fulfilled' && budget.status === 'fulfilled') return [placed.value, budget.value]
  if (budget.status === 'fulfilled' && budget.value.outcome === 'allowed')
    await core.settings.store.refund(charges).catch(() => {})
  throw placed.status === 'rejected' ? placed.reason : (budget as PromiseRejectedResult).reason
}

async function putToSend({ settings }: Core, { session, put }: Placing, { method }: Outgoing): Promise<PutOutcome> {
  const { store, cooldownMs } = settings
  return store.putChallenge(session.user.id, { ...put, send: { method, cooldownMs } })
}

type Stored = Extract<PutOutcome, { outcome: 'stored' }>
type Refused = Extract<BudgetOutcome, { outcome: 'refused' }>

async function settle(
  core: Core,
  { session, put }: Placing,
  outgoing: Outgoing,
  outcome: Stored,
  budget: BudgetOutcome,
): Promise<Placed> {
  const { user } = session
  const { slot, challenge } = put
  if (budget.outcome === 'refused') {
    await core.settings.store.noteDelivery(user.id, slot, challenge, { status: 'failed', reason: 'budget' })
    return reportRefused(core, session, outgoing, budget)
  }
  const expiresInMs = outcome.stored.expiresAt - outcome.now
  const delivery = await carry(core, { user, slot, challenge, expiresInMs, ...outgoing })
  return { ...outcome, stored: { ...outcome.stored, delivery } }
}

function reportRefused(core: Core, { user }: Session, { country, method }: Outgoing, refused: Refused): Placed {
  countSends(core, { country, method }, { refused: 1 })
  core.events.emit('send.refused', { userId: user.id, country, method, brake: scopeOf(refused.budget) })
  return { outcome: 'unaffordable', retryAfterMs: refused.retryAfterMs }
}

function noticed<Outcome extends PutOutcome>(core: Core, outcome: Outcome): Outcome {
  if (outcome.outcome === 'stored') noticeSkew(core, outcome.now)
  return outcome
}

/** Reports, by event, that the store's clock and ours have drifted apart. */
export function noticeSkew(core: Core, storeNowMs: number): void {
  const byMs = core.settings.clock.now() - storeNowMs
  if (Math.abs(byMs) > SKEW_NOTICED_MS) core.events.emit('clock.skewed', { byMs })
}
