import type { BudgetScope, Settings, User } from '../options'
import type { Challenge, Charge, Delivery, Locale, SendingMethod, SendResult, Slot } from '../ports'
import { countNewSend } from './confirmed-numbers'
import type { Core, Session } from './core'
import { costOf, countSends } from './counts'
import { networkOf } from './network'
import { referenceOf, sendIdOf, takeReceiptOf } from './receipt'

/** A code on its way: to whom, by what, in which words. */
export interface Sending {
  user: User
  slot: Slot
  challenge: Challenge
  method: SendingMethod
  /** E.164. */
  to: string
  /** The number's own, ISO 3166-1 alpha-2. */
  country: string
  code: string
  locale: Locale
  expiresInMs: number
}

/**
 * What a send costs each budget that bounds it. Sends to numbers that nobody has confirmed yet, those of enrolments, are
 * counted apart from all others: else a stranger who enrols somebody's number, or anybody's, uses up the texts that users
 * sign in with.
 */
export function chargesFor(
  core: Core,
  session: Session,
  { purpose }: Challenge,
  { method, to, country }: Pick<Sending, 'method' | 'to' | 'country'>,
): readonly Charge[] {
  const { user, address } = session
  const pool = purpose === 'enrolment' ? 'new' : 'known'
  // Keyed: whoever reads the store could try all numbers against a plain hash in an hour.
  const subjects: Readonly<Record<BudgetScope, string | undefined>> = {
    number: core.keys.hash(['number', to, pool]),
    user: core.keys.hash(['user', user.id]),
    address: address === undefined ? undefined : core.keys.hash(['address', networkOf(address), pool]),
    country: core.keys.hash(['country', country, pool]),
    all: core.keys.hash(['all', pool]),
  }
  return core.settings.sendBudgets.flatMap(({ points, windowMs, per }) =>
    (per ? [per] : EACH).flatMap((scope) => {
      const subject = subjects[scope]
      return subject === undefined ? [] : [{ budget: `${method}:${scope}`, subject, points, windowMs }]
    }),
  )
}

/** Whose sends a budget bounds, by its name. */
export function scopeOf(budget: string): BudgetScope {
  return budget.slice(budget.indexOf(':') + 1) as BudgetScope
}

/** Whose sends a budget bounds that does not say: each number's, and each user's. */
const EACH: readonly BudgetScope[] = ['number', 'user']

/** Hands a code to its channel, waits as long as the option says, and notes what became of it. */
export async function carry(core: Core, sending: Sending): Promise<Delivery> {
  const result = await sendInTime(core, sending)
  const { user, challenge, method, slot, country } = sending
  // What may have left may be charged.
  const costUnits = result.status === 'failed' ? 0 : costOf(core, sending, partsOf(result))
  countOutcome(core, sending, result, costUnits)
  const about = { userId: user.id, challengeId: challenge.id, method, country, costUnits }
  if (result.status === 'sent') {
    await noteMessage(core, sending, result.messageId)
    core.events.emit('challenge.sent', { ...about, ...(result.messageId ? { messageId: result.messageId } : {}) })
    return { status: 'sent' }
  }
  const delivery: Delivery = result.status === 'failed' ? result : { status: 'unknown', reason: 'timeout' }
  core.events.emit('challenge.undelivered', { ...about, reason: delivery.reason ?? 'timeout' })
  await core.settings.store.noteDelivery(user.id, slot, challenge, delivery)
  if (result.status === 'unknown') await noteMessage(core, sending, sendIdOf(referenceOf(challenge)))
  return delivery
}

/** Whole messages, whatever a channel says. */
function partsOf(result: SendResult): number {
  const parts = result.status === 'sent' ? Math.ceil(result.parts ?? 1) : 1
  return Number.isSafeInteger(parts) && parts > 0 ? parts : 1
}

function countOutcome(core: Core, sending: Sending, { status }: SendResult, costUnits: number): void {
  const { user, to, country, method, challenge } = sending
  countSends(core, sending, status === 'failed' ? { failed: 1 } : { sent: 1, costUnits })
  if (status !== 'failed' && challenge.purpose === 'enrolment') countNewSend(core, user, to, { country, method })
}

/** Where receipts are read, a message must be found by the other side's id; a failure to note it is no failed send. */
async function noteMessage(
  core: Core,
  { user, slot, challenge, method, country }: Sending,
  messageId: string | undefined,
): Promise<void> {
  const { codeHash, id: challengeId } = challenge
  if (!messageId || !codeHash || !core.channels.get(method)?.receipts) return
  const message = { userId: user.id, slot, challengeId, method, codeHash, country }
  const early = await core.settings.store.noteMessage(messageId, message).catch(() => null)
  if (early) await takeReceiptOf(core, message, early).catch(() => {})
}

async function sendInTime(core: Core, sending: Sending): Promise<SendResult> {
  const deadline = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<SendResult>((resolve) => {
    deadline.signal.addEventListener('abort', () => resolve({ status: 'unknown' }), { once: true })
    timer = setTimeout(() => deadline.abort(), core.settings.sendTimeoutMs)
  })
  // A channel that throws has said nothing about whether the message was accepted.
  const sent = messageTo(core, sending, deadline.signal).catch((): SendResult => ({ status: 'unknown' }))
  return Promise.race([sent, late]).finally(() => clearTimeout(timer))
}

async function messageTo(core: Core, sending: Sending, signal: AbortSignal): Promise<SendResult> {
  const { challenge, method, to, country, code, locale, expiresInMs } = sending
  const channel = core.channels.get(method)
  if (!channel) return { status: 'failed', reason: 'account' }
  return channel.send({
    to,
    country,
    code,
    locale,
    issuer: core.settings.issuer,
    reference: referenceOf(challenge),
    expiresInMs,
    signal,
    ...hostOf(core.settings),
    ...(challenge.action ? { action: challenge.action.text } : {}),
  })
}

/** WICG origin-bound codes are for https origins; elsewhere the line would only confuse. */
export function hostOf({ origin }: Pick<Settings, 'origin'>): { host?: string } {
  return origin.startsWith('https:') ? { host: new URL(origin).hostname } : {}
}
