import type { DeliveryFailure, Locale, SendingMethod } from './words'

/** What a channel carries. `host` and `action` are absent where the text has no such line. */
export interface CodeMessage {
  /** E.164 with its `+`. */
  to: string
  code: string
  locale: Locale
  issuer: string
  /** Origin-bound line, `@host #code`: the https origin's host. */
  host?: string
  /** What the code confirms, in the app's words. */
  action?: string
  /** Our id of the send, for the other side's records: no secret. */
  reference: string
  expiresInMs: number
  /** Aborted when the send has taken too long. */
  signal: AbortSignal
}

export type SendResult =
  | { status: 'sent'; messageId?: string }
  /** Provably not accepted: nothing will arrive. */
  | { status: 'failed'; reason: DeliveryFailure }
  /** It may arrive or not. */
  | { status: 'unknown' }

/** Carries a code to a phone. It never retries by itself: a blind retry could send twice. */
export interface Channel {
  readonly method: SendingMethod
  send(message: CodeMessage): Promise<SendResult>
}
