import { createPublicKey, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { checkCall, checkMessage } from './vonage/definitions'
import { type Problem, problem } from './vonage/problem'
import {
  recordRequest,
  type StandInCall,
  type StandInMessage,
  type StandInRequest,
  toCall,
  toMessage,
} from './vonage/records'
import { isRecord } from './vonage/shape'
import { isAuthorized } from './vonage/token'

export type { StandInCall, StandInMessage, StandInRequest } from './vonage/records'

/** What becomes of the next request instead of an answer in order. */
export type StandInFault =
  /** Refused with this status and a problem body. */
  | { status: number; retryAfterSeconds?: number }
  /** Read, and never answered. */
  | 'hang'
  /** The connection is cut before the request is taken. */
  | 'reset'
  /** Taken like any other, then the connection is cut without an answer. */
  | 'accepted-then-lost'
  /** Taken, then answered with something that is not Vonage's. */
  | 'garbled'

export interface StandInOptions {
  /** The application's public key, PEM: tokens are then verified against it. */
  publicKey?: string
}

/** A server on loopback that takes Vonage's requests strictly by the published definitions. */
export interface VonageStandIn {
  /** The `apiHost` to give to the channels. */
  readonly apiHost: string
  /** Every request, refused ones included. */
  readonly requests: readonly StandInRequest[]
  /** The text messages that were taken. */
  readonly messages: readonly StandInMessage[]
  /** The calls that were taken. */
  readonly calls: readonly StandInCall[]
  /** Makes one more of the next requests fail; several wait in line. */
  fault(next: StandInFault): void
  /** Forgets what was taken, and faults not used yet. */
  clear(): void
  /** Cuts all connections and stops. */
  stop(): Promise<void>
}

interface State {
  publicKey: KeyObject | undefined
  requests: StandInRequest[]
  messages: StandInMessage[]
  calls: StandInCall[]
  faults: StandInFault[]
}

/**
 * Starts a stand-in for Vonage on a free port of 127.0.0.1.
 * It speaks POST /v1/messages (SMS) and POST /v1/calls, and sends nothing anywhere.
 */
export async function startVonageStandIn(options: StandInOptions = {}): Promise<VonageStandIn> {
  const publicKey = options.publicKey === undefined ? undefined : createPublicKey(options.publicKey)
  const state: State = { publicKey, requests: [], messages: [], calls: [], faults: [] }
  const server = createServer((request, response) => {
    answer(state, request, response).catch(() => request.socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    apiHost: `http://127.0.0.1:${port}`,
    requests: state.requests,
    messages: state.messages,
    calls: state.calls,
    fault: (next) => void state.faults.push(next),
    clear: () => [state.requests, state.messages, state.calls, state.faults].forEach(empty),
    stop: () => stopServer(server),
  }
}

function empty(list: unknown[]): void {
  list.length = 0
}

async function stopServer(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

async function answer(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request)
  const { method = '', url: path = '' } = request
  state.requests.push(recordRequest({ method, path, body }, request.headers))
  const fault = state.faults.shift()
  if (fault === 'hang') return
  if (fault === 'reset') return void request.socket.resetAndDestroy()
  if (typeof fault === 'object') return refuse(response, problem(fault.status), fault.retryAfterSeconds)
  const refusal = findRefusal(state, request, body)
  if (refusal) return refuse(response, refusal)
  const [status, taken] = take(state, path, body as Record<string, unknown>)
  if (fault === 'accepted-then-lost') return void request.socket.destroy()
  if (fault === 'garbled') return reply(response, status, 'application/json', '{"message_uuid":')
  reply(response, status, 'application/json', JSON.stringify(taken))
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function findRefusal(state: State, request: IncomingMessage, body: unknown): Problem | undefined {
  const check = { '/v1/messages': checkMessage, '/v1/calls': checkCall }[request.url ?? '']
  if (!check) return problem(404)
  if (request.method !== 'POST') return problem(405)
  if (!isAuthorized(request.headers.authorization, state.publicKey)) return problem(401)
  if (!/^application\/json(?:;|$)/.test(request.headers['content-type'] ?? '')) return problem(415)
  if (!isRecord(body)) return problem(422, [{ name: 'body', reason: 'did not contain a JSON object' }])
  const invalid = check(body)
  return invalid.length > 0 ? problem(422, invalid) : undefined
}

function take(state: State, path: string, body: Record<string, unknown>): [status: number, answer: object] {
  if (path === '/v1/messages') {
    const message = toMessage(body)
    state.messages.push(message)
    return [202, { message_uuid: message.messageUuid }]
  }
  const call = toCall(body)
  state.calls.push(call)
  const { uuid, conversationUuid } = call
  return [201, { uuid, status: 'started', direction: 'outbound', conversation_uuid: conversationUuid }]
}

function refuse(response: ServerResponse, { status, body }: Problem, retryAfterSeconds?: number): void {
  if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', retryAfterSeconds)
  reply(response, status, 'application/problem+json', JSON.stringify(body))
}

function reply(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) }).end(body)
}
