import type { Clock, Receipt, SentMessage, Store } from '../../ports'
import { copyRecord } from './records'

/** The other side says what became of a message within minutes, or tries again for a day. */
const MESSAGE_KEPT_MS = 24 * 3600 * 1000
const SWEPT_PER_WRITE = 2

interface HeldMessage extends SentMessage {
  forgetAt: number
}

const EARLY_KEPT_MS = 60_000

type MessageCalls = Pick<Store, 'noteMessage' | 'keepReceipt' | 'findMessage' | 'markReceipt'>

/** Makes the calls on messages that were sent. */
export function createMessages(clock: Clock): MessageCalls {
  const messages = new Map<string, HeldMessage>()
  const told = new Map<string, { forgetAt: number }>()
  const receipts = new Map<string, { receipt: Receipt; forgetAt: number }>()

  function find(messageId: string): HeldMessage | undefined {
    const held = messages.get(messageId)
    return held && held.forgetAt > clock.now() ? held : undefined
  }

  return {
    async noteMessage(messageId, message) {
      sweep(messages, clock.now())
      messages.set(messageId, { ...copyRecord(message), forgetAt: clock.now() + MESSAGE_KEPT_MS })
      const early = receipts.get(messageId)
      receipts.delete(messageId)
      return early && early.forgetAt > clock.now() ? copyRecord(early.receipt) : null
    },
    async keepReceipt(messageId, receipt) {
      sweep(receipts, clock.now())
      if (find(messageId) || (receipts.get(messageId)?.forgetAt ?? 0) > clock.now()) return false
      receipts.set(messageId, { receipt: copyRecord(receipt), forgetAt: clock.now() + EARLY_KEPT_MS })
      return true
    },
    async findMessage(messageId) {
      const held = find(messageId)
      if (!held) return null
      const { forgetAt: _forgetAt, ...message } = held
      return copyRecord(message)
    },
    async markReceipt(messageId, event) {
      sweep(told, clock.now())
      const key = JSON.stringify([messageId, event])
      if ((told.get(key)?.forgetAt ?? 0) > clock.now()) return false
      told.set(key, { forgetAt: clock.now() + MESSAGE_KEPT_MS })
      return true
    },
  }
}

/** All are kept for as long, so the oldest stand first. */
function sweep(held: Map<string, { forgetAt: number }>, now: number): void {
  for (const [messageId, { forgetAt }] of [...held].slice(0, SWEPT_PER_WRITE)) {
    if (forgetAt <= now) held.delete(messageId)
  }
}
