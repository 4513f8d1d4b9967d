/** What became of a code that is sent: said on the page, and said anew by its script where more may be told. */
import type { Delivery, Method, SendingMethod } from '../ports'
import type { Html } from './html'
import { html } from './html'
import type { PageError } from './models'
import type { Page } from './parts'
import { keepTogether } from './parts'

/** A code that was to be sent. */
export interface SentCode {
  /** Of what the code is for. */
  id: string
  method: Method
  destination?: string
  delivery?: Delivery
  resendAt?: Date
}

/** Errors that say themselves why no code was sent. */
const SAYING_WHY: ReadonlySet<PageError['code']> = new Set(['ERR_TFA_BUDGET_EXHAUSTED', 'ERR_TFA_LOCKED'])

/**
 * Says what became of the code, where one is sent. The element stays, and its content is replaced: only so is news announced.
 * @param address - of this page, where the script learns of news; undefined where none can come
 */
export function deliveryOf(sent: SentCode, page: Page, address: string | undefined): Html {
  const { id, method, delivery, resendAt } = sent
  const status = delivery?.status ?? (resendAt && 'sent')
  if ((method !== 'sms' && method !== 'voice') || status === undefined) return html``
  if (status === 'failed' && page.error && SAYING_WHY.has(page.error.code)) return html``
  const source = address !== undefined && html` data-live="${address}"`
  return html`<div role="status" id="delivery" data-of="${id} ${method}"${source}>${notice({ ...sent, method }, status, page)}</div>`
}

function notice(
  { method, destination = '', delivery }: SentCode & { method: SendingMethod },
  status: Delivery['status'],
  page: Page,
): Html {
  const { sentTo, delivered, failed, unknown, deliveryFailures } = page.words.challenge
  if (status === 'failed') {
    const reason = delivery?.reason && deliveryFailures[delivery.reason]
    const sentence = keepTogether(failed(destination), destination)
    return html`<div class="notice warning"><p>${sentence} ${reason}</p></div>`
  }
  const sentences = { unknown, delivered: delivered[method], sent: sentTo[method] }
  return html`<p>${keepTogether(sentences[status](destination), destination)}</p>`
}

/** Says what to do with the code. */
export function askFor({ method, delivery }: SentCode, { words: { challenge } }: Page): Html {
  return html`<p id="ask">${delivery?.status === 'failed' ? challenge.askLate : challenge.ask[method]}</p>`
}
