import type { Clock, Receipt, SentMessage, Store } from '../../ports'
import { createShelf } from './shelf'

/** The other side says what became of a message within minutes, or tries again for a day. */
const MESSAGE_KEPT_MS = 24 * 3600 * 1000
const EARLY_KEPT_MS = 60_000

type MessageCalls = Pick<Store, 'noteMessage' | 'keepReceipt' | 'findMessage' | 'markReceipt'>

/** Makes the calls on messages that were sent. */
export function createMessages(clock: Clock): MessageCalls {
  const messages = createShelf<SentMessage>(clock, MESSAGE_KEPT_MS)
  const told = createShelf<true>(clock, MESSAGE_KEPT_MS)
  const early = createShelf<Receipt>(clock, EARLY_KEPT_MS)

  return {
    async noteMessage(messageId, message) {
      messages.put(messageId, message)
      const said = early.find(messageId)
      early.drop(messageId)
      return said ?? null
    },
    async keepReceipt(messageId, receipt) {
      if (messages.find(messageId) || early.find(messageId)) return false
      early.put(messageId, receipt)
      return true
    },
    findMessage: async (messageId) => messages.find(messageId) ?? null,
    async markReceipt(messageId, status) {
      const key = JSON.stringify([messageId, status])
      if (told.find(key)) return false
      told.put(key, true)
      return true
    },
  }
}
