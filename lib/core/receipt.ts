import type { Delivery, Receipt, SentMessage, StoredChallenge } from '../ports'
import type { Core } from './core'
import { countSends } from './counts'

/**
 * Notes what became of a message, on the challenge that it was sent for: the user's page shows it, and a failure lets the
 * next send go out at once. The same word twice, or one of a message that nobody waits for any more, changes nothing.
 * @throws {@link TwoFactorError} `ERR_TFA_STORE_UNAVAILABLE`: nothing is marked then, so that it can be said again
 */
export async function takeReceipt(core: Core, receipt: Receipt): Promise<void> {
  const { store } = core.settings
  const message =
    (await store.findMessage(receipt.messageId)) ??
    (await findByReference(core, receipt)) ??
    (await findLate(core, receipt))
  if (message) await takeReceiptOf(core, message, receipt)
}

/** What a send is noted by whose answer was lost, and with it the other side's id. */
export function lostIdOf(reference: string): string {
  return `lost:${reference}`
}

async function findByReference({ settings: { store } }: Core, { reference }: Receipt): Promise<SentMessage | null> {
  return reference === undefined ? null : store.findMessage(lostIdOf(reference))
}

/**
 * The other side may be quicker than we are: it says what became of a message before its answer to the send was read.
 * What it says then is kept for whoever notes the message; the same again is not said, once it was heard.
 */
async function findLate({ settings: { store } }: Core, receipt: Receipt): Promise<SentMessage | null> {
  return (await store.keepReceipt(receipt)) ? null : store.findMessage(receipt.messageId)
}

/** Takes what was said of a message that was found. @throws {@link TwoFactorError} `ERR_TFA_STORE_UNAVAILABLE` */
export async function takeReceiptOf(core: Core, message: SentMessage, receipt: Receipt): Promise<void> {
  const { store } = core.settings
  await noteOnChallenge(core, message, receipt)
  const isNew = await store.markReceipt(receipt.messageId, receipt.status)
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
function isOf({ challenge }: StoredChallenge, { challengeId, codeHash }: SentMessage): boolean {
  return challenge.id === challengeId && challenge.codeHash === codeHash
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
