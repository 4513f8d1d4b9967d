import type { DeliveryFailure, Receipt, ReceiptReader } from '../../ports'
import type { VonageSettings } from './options'
import { checkSignature } from './signature'

type Words = Readonly<Record<string, unknown>>
type Outcome = Pick<Receipt, 'status' | 'reason'>

const DELIVERED: Outcome = { status: 'delivered' }

/** Vonage's words for a message that did not arrive, by the number in the error's title. */
const MESSAGE_REASONS: Readonly<Record<string, DeliveryFailure>> = {
  '1000': 'throttled',
  '1170': 'unreachable',
  '1260': 'unreachable',
  '1360': 'unreachable',
  '1472': 'throttled',
}

const CALL_OUTCOMES: Readonly<Record<string, Outcome>> = {
  answered: DELIVERED,
  // Whoever plays a voicemail back is not who asked: the call was ended before the code was said.
  machine: { status: 'failed', reason: 'unreachable' },
  busy: { status: 'failed', reason: 'unreachable' },
  unanswered: { status: 'failed', reason: 'unreachable' },
  timeout: { status: 'failed', reason: 'unreachable' },
  failed: { status: 'failed', reason: 'unreachable' },
  cancelled: { status: 'failed', reason: 'rejected' },
  rejected: { status: 'failed', reason: 'rejected' },
}

/** Reads what Vonage's Messages API says of texts. @returns undefined without a secret to check signatures by */
export function messageReceipts(settings: VonageSettings): ReceiptReader | undefined {
  return createReader(settings, 'vonage/message', ({ message_uuid: id, status, error, client_ref: reference }) => {
    const receipt = compose(id, messageOutcome(status, error))
    return receipt && typeof reference === 'string' ? { ...receipt, reference } : receipt
  })
}

/** Reads what Vonage's Voice API says of calls. @returns undefined without a secret to check signatures by */
export function callReceipts(settings: VonageSettings): ReceiptReader | undefined {
  return createReader(settings, 'vonage/voice', ({ uuid, call_uuid: id = uuid, status }) =>
    compose(id, lookUp(CALL_OUTCOMES, status)),
  )
}

function createReader(
  { signatureSecrets, applicationId, webhookMaxAgeMs: maxAgeMs }: VonageSettings,
  path: string,
  read: (words: Words) => Receipt | null,
): ReceiptReader | undefined {
  if (signatureSecrets.length === 0) return undefined
  return {
    path,
    read({ headers, body, now }) {
      checkSignature(headers.authorization, body, { signatureSecrets, applicationId, maxAgeMs }, now)
      return read(parse(body))
    },
  }
}

/** Signed, and yet of no use to us: a kind of event that says nothing of a message. */
function parse(body: Buffer): Words {
  try {
    const words: unknown = JSON.parse(body.toString('utf8'))
    return typeof words === 'object' && words !== null ? (words as Words) : {}
  } catch {
    return {}
  }
}

function messageOutcome(status: unknown, error: unknown): Outcome | undefined {
  if (status === 'delivered' || status === 'read') return DELIVERED
  if (status !== 'rejected' && status !== 'undeliverable') return undefined
  const { title } = (typeof error === 'object' && error !== null ? error : {}) as Words
  return { status: 'failed', reason: lookUp(MESSAGE_REASONS, title) ?? 'rejected' }
}

function compose(id: unknown, outcome: Outcome | undefined): Receipt | null {
  return typeof id === 'string' && outcome ? { messageId: id, ...outcome } : null
}

/** Signed, and yet a word of no language of ours: `constructor` would find what every object inherits. */
function lookUp<Value>(table: Readonly<Record<string, Value>>, word: unknown): Value | undefined {
  return typeof word === 'string' && Object.hasOwn(table, word) ? table[word] : undefined
}
