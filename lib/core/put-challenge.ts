import type {
  BudgetOutcome,
  Delivery,
  Locale,
  PutChallenge,
  PutOutcome,
  SendingMethod,
  StoredChallenge,
} from '../ports'
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

export interface Placed {
  outcome: PutOutcome
  budget: BudgetOutcome
}

/** Clocks further apart than this are reported: TOTP goes by ours, locks and lifetimes by the store's. */
const SKEW_NOTICED_MS = 5000

/** The hash of a sent code is bound to its challenge, so that no code answers another. */
export function codeParts(challengeId: string, code: string): readonly string[] {
  return ['code', challengeId, code]
}

/**
 * Writes a challenge down and charges its send, side by side; only when both are done does the message leave.
 * A refused put gives the charge back; a refused charge leaves the challenge, marked as not sent.
 */
export async function placeChallenge(core: Core, placing: Placing): Promise<Placed> {
  const { store, cooldownMs } = core.settings
  const { session, put, outgoing } = placing
  const { user } = session
  const charges = outgoing ? chargesFor(core, session, put.challenge, outgoing) : []
  const [outcome, budget] = await Promise.all([
    store.putChallenge(user.id, outgoing ? { ...put, send: { method: outgoing.method, cooldownMs } } : put),
    charges.length > 0 ? store.spend(charges) : ({ outcome: 'allowed' } as const),
  ])
  if (outcome.outcome === 'stored') return { outcome: await settle(core, placing, outcome, budget), budget }
  if (charges.length > 0 && budget.outcome === 'allowed') await store.refund(charges)
  return { outcome, budget }
}

type Stored = Extract<PutOutcome, { outcome: 'stored' }>

async function settle(core: Core, placing: Placing, outcome: Stored, budget: BudgetOutcome): Promise<Stored> {
  noticeSkew(core, outcome.now)
  const { put, outgoing } = placing
  const { user } = placing.session
  if (!outgoing) return outcome
  const { slot, challenge } = put
  const expiresInMs = outcome.stored.expiresAt - outcome.now
  const delivery =
    budget.outcome === 'allowed'
      ? await carry(core, { user, slot, challenge, expiresInMs, ...outgoing })
      : await noteUnaffordable(core, placing, outgoing, budget.budget)
  return { ...outcome, stored: withDelivery(outcome.stored, delivery) }
}

async function noteUnaffordable(
  core: Core,
  { session, put }: Placing,
  { country, method }: Outgoing,
  budget: string,
): Promise<Delivery> {
  const delivery: Delivery = { status: 'failed', reason: 'budget' }
  const userId = session.user.id
  countSends(core, { country, method }, { refused: 1 })
  core.events.emit('send.refused', { userId, country, method, brake: scopeOf(budget) })
  await core.settings.store.noteDelivery(userId, put.slot, put.challenge, delivery)
  return delivery
}

function withDelivery(stored: StoredChallenge, delivery: Delivery): StoredChallenge {
  return { ...stored, delivery }
}

/** Reports, by event, that the store's clock and ours have drifted apart. */
export function noticeSkew(core: Core, storeNowMs: number): void {
  const byMs = core.settings.clock.now() - storeNowMs
  if (Math.abs(byMs) > SKEW_NOTICED_MS) core.events.emit('clock.skewed', { byMs })
}
