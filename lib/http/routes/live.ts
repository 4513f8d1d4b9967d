import { isSending } from '../../core/asked'
import type { Core } from '../../core/core'
import type { Delivery, Method } from '../../ports'

/**
 * True while the other side may still say what became of a message. A call is answered first, and only then found to be a
 * machine's: of a call that was answered, more may be said.
 */
export function isLive(core: Core, method: Method, delivery: Delivery | undefined): boolean {
  if (!isSending(method) || !core.channels.get(method)?.receipts) return false
  const { status } = delivery ?? {}
  return status === 'sent' || status === 'unknown' || (status === 'delivered' && method === 'voice')
}
