import type { Challenge, Delivery, Receipt, SentMessage, StoredChallenge } from '../ports'
import type { Core } from './core'
import { countSends } from './counts'

/**
 * Notes what became of a message, on the challenge that it was sent for: the user's page shows it, and a failure lets the
 * next send go out at once. The same word twice, or one of a message that nobody waits for any more, changes nothing.
 * @throws {@link TwoFactorError} `ERR_TFA_STORE_UNAVAILABLE`: nothing is marked then, so that it can be said again
 */
export async function takeReceipt(core: Core, receipt: Receipt): Promise<void> {
  const message = (await findNoted(core, receipt)) ?? (await keepForLater(core, receipt))
  if (message) await takeReceiptOf(core, message, receipt)
}

/** One send of a challenge, in the other side's records: a resend is another. @returns no secret, a few bits of a keyed hash */
export function referenceOf({ id, codeHash = '' }: Challenge): string {
  return `${id}.${codeHash.slice(-8)}`
}

/** What a send is noted by whose answer was lost, and with it the other side's id. */
export function sendIdOf(reference: string): string {
  return `send:${reference}`
}

function idsOf({ messageId, reference }: Receipt): readonly string[] {
  return reference === undefined ? [messageId] : [messageId, sendIdOf(reference)]
}

async function findNoted({ settings: { store } }: Core, receipt: Receipt): Promise<SentMessage | null> {
  const found = await Promise.all(idsOf(receipt).map((id) => store.findMessage(id)))
  return found.find((message) => message !== null) ?? null
}

/**
 * The other side may be quicker than we are: it says what became of a message before its answer to the send was read, or
 * given up. What it says then is kept for whoever notes the message; once it was heard, the same is not said again.
 * @returns the message, where it has been noted meanwhile
 */
async function keepForLater(core: Core, receipt: Receipt): Promise<SentMessage | null> {
  const { store } = core.settings
  const kept = await Promise.all(idsOf(receipt).map((id) => store.keepReceipt(id, receipt)))
  return kept.includes(false) ? findNoted(core, receipt) : null
}

/** Takes what was said of a message that was found. @throws {@link TwoFactorError} `ERR_TFA_STORE_UNAVAILABLE` */
export async function takeReceiptOf(core: Core, message: SentMessage, receipt: Receipt): Promise<void> {
  const { store } = core.settings
  await noteOnChallenge(core, message, receipt)
  const isNew = await store.markReceipt(idsOf(receipt).at(-1) as string, receipt.status)
  if (isNew) report(core, message, receipt)
}

async function noteOnChallenge(core: Core, message: SentMessage, { status, reason }: Receipt): Promise<void> {
  const { userId, slot } = message
  const { challenge: stored } = await core.settings.store.readSession(userId, slot)
  if (!stored || !isOf(stored, message) || !isNews(stored.delivery, status)) return
  const delivery: Delivery = reason === undefined ? { status } : { status, reason }
  await core.settings.store.noteDelivery(userId, slot, stored.challenge, delivery)
}

/** A resend makes a new code: what is said of the message before is no news of this one. */
function isOf({ challenge }: StoredChallenge, { codeHash }: SentMessage): boolean {
  return challenge.codeHash === codeHash
}

/** A call is answered first, and then found to be a machine's: what failed stays failed. */
function isNews(before: Delivery | undefined, status: Delivery['status']): boolean {
  return before?.status !== status && before?.status !== 'failed'
}

function report(
  core: Core,
  { userId, challengeId, method, country }: SentMessage,
  { messageId, status, reason }: Receipt,
): void {
  const about = { userId, challengeId, method, country }
  countSends(core, { country, method }, { [status]: 1 })
  if (status === 'delivered') core.events.emit('challenge.delivered', { ...about, messageId })
  else core.events.emit('challenge.undelivered', { ...about, reason: reason ?? 'unreachable', costUnits: 0 })
}
