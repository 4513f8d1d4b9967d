import type { DeliveryFailure, Locale, SendingMethod } from './words'

/** What a channel carries. `host` and `action` are absent where the text has no such line. */
export interface CodeMessage {
  /** E.164 with its `+`. */
  to: string
  /** The number's own, ISO 3166-1 alpha-2. */
  country: string
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
  /** `parts`: how many messages it is charged as; 1 when absent. */
  | { status: 'sent'; messageId?: string; parts?: number }
  /** Provably not accepted: nothing will arrive. */
  | { status: 'failed'; reason: DeliveryFailure }
  /** It may arrive or not. */
  | { status: 'unknown' }

/** Carries a code to a phone. It never retries by itself: a blind retry could send twice. */
export interface Channel {
  readonly method: SendingMethod
  send(message: CodeMessage): Promise<SendResult>
  /**
   * Looks at start-up whether a message like this one can be sent; called for each language, with the longest code and issuer there is.
   * @throws {@link TwoFactorError} `ERR_TFA_CONFIG` naming the option and the fix
   */
  check?(sample: Omit<CodeMessage, 'signal'>): void
  /** Where the other side says what became of a message; absent where it does not, or nobody could tell that it is it. */
  readonly receipts?: ReceiptReader
}

/** What became of a message, as the other side of the channel says. */
export interface Receipt {
  messageId: string
  status: 'delivered' | 'failed'
  reason?: DeliveryFailure
  /** The {@link CodeMessage.reference} it was sent with, where the other side tells: of a send whose answer was lost, all there is. */
  reference?: string
}

/** Reads the webhooks of one channel. */
export interface ReceiptReader {
  /** Under `webhooks/`: `vonage/message`. */
  readonly path: string
  /**
   * @param request - `body`: the bytes as they came; `now`: epoch ms
   * @returns null for what says nothing of a message
   * @throws {@link TwoFactorError} `ERR_TFA_WEBHOOK_SIGNATURE`
   */
  read(request: {
    headers: Readonly<Record<string, string | readonly string[] | undefined>>
    body: Buffer
    now: number
  }): Receipt | null
}
