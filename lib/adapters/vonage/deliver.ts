import type { DeliveryFailure, SendResult } from '../../ports'

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const REASONS: Readonly<Record<number, DeliveryFailure>> = {
  401: 'account',
  402: 'account',
  403: 'account',
  429: 'throttled',
  503: 'unreachable',
}

/** No connection, so no request: nothing was accepted. */
const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

/**
 * Makes one request, once, and says what is known of it. Vonage has no idempotency key: a repeat could send twice.
 * @param request - starts the request; resolves to the other side's id of the message
 * @param limits - whichever comes first ends the waiting
 * @returns never the SDK's error, which carries the token and the code
 */
export async function deliver(
  request: () => Promise<unknown>,
  limits: { signal: AbortSignal; timeoutMs: number },
): Promise<SendResult> {
  if (limits.signal.aborted) return { status: 'failed', reason: 'timeout' }
  const signal = AbortSignal.any([limits.signal, AbortSignal.timeout(limits.timeoutMs)])
  const sending = request().then(readId, readFailure)
  return Promise.race([sending, whenAborted(signal)])
}

function whenAborted(signal: AbortSignal): Promise<SendResult> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve({ status: 'unknown' }), { once: true })
  })
}

/** A 2xx without an id is some proxy's page, not Vonage's answer. */
function readId(id: unknown): SendResult {
  return typeof id === 'string' && UUID.test(id) ? { status: 'sent', messageId: id } : { status: 'unknown' }
}

function readFailure(error: unknown): SendResult {
  const status = statusOf(error)
  if (status !== undefined) return readStatus(status)
  return wasNeverConnected(error) ? { status: 'failed', reason: 'unreachable' } : { status: 'unknown' }
}

function readStatus(status: number): SendResult {
  const reason = REASONS[status]
  if (reason) return { status: 'failed', reason }
  // 408: the other side stopped waiting, which does not say that it had taken nothing.
  const isRefusal = status >= 400 && status < 500 && status !== 408
  return isRefusal ? { status: 'failed', reason: 'rejected' } : { status: 'unknown' }
}

function statusOf(error: unknown): number | undefined {
  const status = fieldOf(fieldOf(error, 'response'), 'status')
  return typeof status === 'number' ? status : undefined
}

/** `fetch` wraps the connection's error; several addresses tried give an AggregateError, only ever while connecting. */
function wasNeverConnected(error: unknown): boolean {
  const cause = fieldOf(error, 'cause') ?? error
  const step = fieldOf(cause, 'syscall')
  return (
    cause instanceof AggregateError ||
    step === 'connect' ||
    step === 'getaddrinfo' ||
    NEVER_CONNECTED.has(String(fieldOf(cause, 'code')))
  )
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
