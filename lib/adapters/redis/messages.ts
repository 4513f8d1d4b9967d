import type { Receipt, SentMessage, Store } from '../../ports'
import type { Connection } from './connection'

type MessageCalls = Pick<Store, 'noteMessage' | 'keepReceipt' | 'findMessage' | 'markReceipt'>

/** The other side says what became of a message within minutes, or tries again for a day. */
const MESSAGE_KEPT_MS = 24 * 3600 * 1000
const EARLY_KEPT_MS = 60_000

/** Makes the calls on messages that were sent. Each has a key and a slot of its own: a webhook names no user. */
export function createMessageCalls({ prefix, call }: Connection): MessageCalls {
  const keyOf = (messageId: string) => `${prefix}message:${messageId}`
  return {
    async noteMessage(messageId, message) {
      const early = await call((redis) => redis.set(keyOf(messageId), pack(message), 'PX', MESSAGE_KEPT_MS, 'GET'))
      return early === null ? null : unpackReceipt(early)
    },
    async keepReceipt(messageId, receipt) {
      const early = JSON.stringify(receipt)
      return (await call((redis) => redis.set(keyOf(messageId), early, 'PX', EARLY_KEPT_MS, 'NX'))) === 'OK'
    },
    async findMessage(messageId) {
      const packed = await call((redis) => redis.get(keyOf(messageId)))
      return packed === null ? null : unpack(packed)
    },
    async markReceipt(messageId, status) {
      const key = `${prefix}receipt:${messageId}:${status}`
      return (await call((redis) => redis.set(key, '', 'PX', MESSAGE_KEPT_MS, 'NX'))) === 'OK'
    },
  }
}

type PackedMessage = [string, string, string | null, string, SentMessage['method'], string, string]

function pack({ userId, slot, challengeId, method, codeHash, country }: SentMessage): string {
  const at = [userId, slot.handle, slot.enrolmentId ?? null] as const
  const packed: PackedMessage = [...at, challengeId, method, codeHash, country]
  return JSON.stringify(packed)
}

function unpackReceipt(packed: string): Receipt | null {
  const parts = JSON.parse(packed) as Receipt | PackedMessage
  return Array.isArray(parts) ? null : parts
}

/** An early receipt has the message's place until there is a message. */
function unpack(packed: string): SentMessage | null {
  const parts = JSON.parse(packed) as Receipt | PackedMessage
  if (!Array.isArray(parts)) return null
  const [userId, handle, enrolmentId, challengeId, method, codeHash, country] = parts
  const slot = enrolmentId === null ? { handle } : { handle, enrolmentId }
  return { userId, slot, challengeId, method, codeHash, country }
}
