import { spokenText } from '../adapters/vonage/speech'
import { smsText } from '../adapters/vonage/text'
import type { Channel, Clock, CodeMessage, SendingMethod, SendResult } from '../ports'
import { wordsOfSsml } from './vonage/speech'

/** What arrived on the virtual phone. */
export interface PhoneMessage {
  /** E.164 with its `+`. */
  to: string
  method: SendingMethod
  /** The very text Vonage would be given; of a call, the words that are heard. */
  text: string
  code: string
  at: Date
  /** What the code confirms, as the app worded it. */
  action?: string
}

export type PhoneListener = (message: PhoneMessage) => void

/** Every phone number at once, in this process: codes arrive here instead of being sent. */
export interface VirtualPhone {
  readonly channels: readonly [sms: Channel, voice: Channel]
  /** Oldest first; only the newest 500 are kept. */
  readonly messages: readonly PhoneMessage[]
  /** The newest message, to this number or to any. */
  last(to?: string): PhoneMessage | undefined
  /** The newest code, to this number or to any. */
  codeFor(to?: string): string | undefined
  /** Hears of each message as it arrives. @returns stops hearing */
  on(event: 'message', listener: PhoneListener): () => void
  /** Gives one more of the next sends this result; nothing arrives unless it is `sent`. */
  failNext(result: SendResult): void
  /** Forgets the messages and the results set for next sends. */
  clear(): void
}

const MOST_MESSAGES = 500

/**
 * Makes a phone for tests and development that shows the codes instead of sending them.
 * @param options - `clock` dates the messages; the machine's own time when absent
 */
export function virtualPhone(options: { clock?: Clock } = {}): VirtualPhone {
  const now = () => options.clock?.now() ?? Date.now()
  const messages: PhoneMessage[] = []
  const results: SendResult[] = []
  const listeners = new Set<PhoneListener>()

  const channel = (method: SendingMethod): Channel => ({
    method,
    async send(message) {
      if (message.signal.aborted) return { status: 'failed', reason: 'timeout' }
      const result = results.shift() ?? { status: 'sent', messageId: message.reference }
      if (result.status === 'sent') arrive(describeMessage(message, method, now()))
      return result
    },
  })

  function arrive(message: PhoneMessage): void {
    messages.push(message)
    if (messages.length > MOST_MESSAGES) messages.shift()
    for (const listener of listeners) tell(listener, message)
  }

  const last = (to?: string) => messages.findLast((message) => to === undefined || message.to === to)
  return {
    channels: [channel('sms'), channel('voice')],
    messages,
    last,
    codeFor: (to) => last(to)?.code,
    on(_event, listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    failNext: (result) => void results.push(result),
    clear() {
      messages.length = 0
      results.length = 0
    },
  }
}

/** A page that went away must not make the send fail. */
function tell(listener: PhoneListener, message: PhoneMessage): void {
  try {
    listener(message)
  } catch (error) {
    process.emitWarning(`a listener of the virtual phone threw ${(error as Error)?.name}`, 'TwoFactorWarning')
  }
}

function describeMessage(message: CodeMessage, method: SendingMethod, at: number): PhoneMessage {
  const { to, code, action } = message
  const text = method === 'sms' ? smsText(message) : wordsOfSsml(spokenText(message))
  return { to, method, text, code, at: new Date(at), ...(action === undefined ? {} : { action }) }
}
