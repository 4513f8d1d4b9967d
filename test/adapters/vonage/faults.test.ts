import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { vonageSms, vonageVoice } from '../../../lib/adapters/vonage'
import type { Channel, SendResult } from '../../../lib/ports'
import { type StandInFault, startVonageStandIn, type VonageStandIn } from '../../../lib/testing/vonage-stand-in'
import { CLOSED_PORT } from '../../support/vonage-scene'
import { codeMessage, makeKeys } from './support'

const { privateKey, publicKey } = makeKeys()
let vonage: VonageStandIn

beforeAll(async () => {
  vonage = await startVonageStandIn({ publicKey })
})
beforeEach(() => vonage.clear())
afterAll(() => vonage.stop())

type Method = Channel['method']

function channel(method: Method, fields: { apiHost?: string; timeoutMs?: number } = {}): Channel {
  const options = {
    applicationId: 'app-1',
    privateKey,
    from: 'Acme',
    apiHost: vonage.apiHost,
    timeoutMs: 2000,
    ...fields,
  }
  return method === 'sms' ? vonageSms(options) : vonageVoice(options)
}

/** A result tells nothing but what it is made to tell. */
function expectNothingLeaked(result: SendResult): void {
  const printed = inspect(result, { depth: null, showHidden: true })
  expect(printed).not.toMatch(/042917|0 4 2 9 1 7|Bearer|eyJ|33612345678|PRIVATE/)
  expect(Object.keys(result).every((key) => ['status', 'reason', 'messageId'].includes(key))).toBe(true)
}

const failed = (reason: string) => ({ status: 'failed', reason })
const unknown = { status: 'unknown' }

const OUTCOMES: readonly [fault: StandInFault, result: object][] = [
  [{ status: 400 }, failed('rejected')],
  [{ status: 401 }, failed('account')],
  [{ status: 402 }, failed('account')],
  [{ status: 403 }, failed('account')],
  [{ status: 404 }, failed('rejected')],
  [{ status: 408 }, unknown],
  [{ status: 422 }, failed('rejected')],
  [{ status: 429, retryAfterSeconds: 30 }, failed('throttled')],
  [{ status: 500 }, unknown],
  [{ status: 502 }, unknown],
  [{ status: 503, retryAfterSeconds: 1 }, failed('unreachable')],
  [{ status: 504 }, unknown],
  ['reset', unknown],
  ['accepted-then-lost', unknown],
  ['garbled', unknown],
]

describe.each<Method>(['sms', 'voice'])('when Vonage fails a send by %s', (method) => {
  it.each(OUTCOMES)('%j becomes %j after exactly one request', async (fault, expected) => {
    vonage.fault(fault)
    const result = await channel(method).send(codeMessage())
    expect(result).toEqual(expected)
    expect(vonage.requests).toHaveLength(1)
    expectNothingLeaked(result)
  })

  it('a send that was taken, then lost on the way back, is not reported as failed: the phone will ring', async () => {
    vonage.fault('accepted-then-lost')
    expect(await channel(method).send(codeMessage())).toEqual(unknown)
    expect([...vonage.messages, ...vonage.calls]).toHaveLength(1)
  })

  it('an unanswered request ends at the channel’s own deadline, unknown, and is not repeated', async () => {
    vonage.fault('hang')
    const startedAt = performance.now()
    expect(await channel(method, { timeoutMs: 150 }).send(codeMessage())).toEqual(unknown)
    expect(performance.now() - startedAt).toBeLessThan(1000)
    expect(vonage.requests).toHaveLength(1)
  })

  it('an unanswered request ends when the caller gives up, before the channel’s own deadline', async () => {
    vonage.fault('hang')
    const startedAt = performance.now()
    expect(await channel(method).send(codeMessage({ signal: AbortSignal.timeout(100) }))).toEqual(unknown)
    expect(performance.now() - startedAt).toBeLessThan(1000)
  })

  it('nothing is sent for a caller who has already given up', async () => {
    expect(await channel(method).send(codeMessage({ signal: AbortSignal.abort() }))).toEqual(failed('timeout'))
    expect(vonage.requests).toHaveLength(0)
  })

  it('a refused connection is a failure: nothing was accepted', async () => {
    const result = await channel(method, { apiHost: `http://127.0.0.1:${CLOSED_PORT}` }).send(codeMessage())
    expect(result).toEqual(failed('unreachable'))
    expectNothingLeaked(result)
  })

  it('a refused connection to a name with several addresses is one too', async () => {
    const apiHost = `http://localhost:${CLOSED_PORT}`
    expect(await channel(method, { apiHost }).send(codeMessage())).toEqual(failed('unreachable'))
  })

  it('a name that cannot exist is a failure too', async () => {
    const result = await channel(method, { apiHost: `https://${'a'.repeat(64)}.invalid` }).send(codeMessage())
    expect(result).toEqual(failed('unreachable'))
  })

  it('a token of another application’s key is refused as a matter of the account', async () => {
    const options = { applicationId: 'app-1', privateKey: makeKeys().privateKey, from: 'Acme', apiHost: vonage.apiHost }
    const other = method === 'sms' ? vonageSms(options) : vonageVoice(options)
    expect(await other.send(codeMessage())).toEqual(failed('account'))
  })

  it('the next send goes through after each kind of failure', async () => {
    for (const fault of [{ status: 503 }, 'reset', 'accepted-then-lost', 'garbled'] as const) {
      vonage.fault(fault)
      await channel(method).send(codeMessage())
      expect((await channel(method).send(codeMessage())).status).toBe('sent')
    }
  })
})

describe('when something other than Vonage answers', () => {
  let server: Server
  let reply: { status: number; type: string; body: string }

  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(reply.status, { 'Content-Type': reply.type }).end(reply.body))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterAll(() => {
    server.close()
    server.closeAllConnections()
  })

  it.each([
    [200, 'text/html', '<h1>Sign in to the network</h1>'],
    [200, 'application/json', '{}'],
    [200, 'application/json', 'null'],
    [202, 'application/json', '{"message_uuid":7,"uuid":{}}'],
    [202, 'application/json', '{"message_uuid":"<script>","uuid":"x"}'],
    [204, 'application/json', ''],
    [304, 'text/html', ''],
  ])('a %i of type %s saying %j is no proof that a message goes out', async (status, type, body) => {
    reply = { status, type, body }
    const apiHost = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    for (const method of ['sms', 'voice'] as const)
      expect(await channel(method, { apiHost }).send(codeMessage())).toEqual(unknown)
  })
})

describe('a connection that hangs', () => {
  const server = createServer()

  beforeAll(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterAll(() => {
    server.close()
    server.closeAllConnections()
  })

  it('is closed at the deadline: no socket is left behind', async () => {
    const requested = once(server, 'request')
    const apiHost = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    expect(await channel('sms', { apiHost, timeoutMs: 100 }).send(codeMessage())).toEqual(unknown)
    const [{ socket }] = (await requested) as [IncomingMessage]
    if (!socket.destroyed) await once(socket, 'close')
  })
})

describe('what reaches the terminal', () => {
  it('is nothing, whatever happens', async () => {
    const printed: string[] = []
    const keep = (chunk: unknown) => printed.push(String(chunk)) > 0
    const writes = [jest.spyOn(process.stdout, 'write'), jest.spyOn(process.stderr, 'write')]
    for (const write of writes) write.mockImplementation(keep)
    for (const [fault] of OUTCOMES) {
      vonage.fault(fault)
      await channel('sms').send(codeMessage())
    }
    for (const write of writes) write.mockRestore()
    expect(printed.join('')).toBe('')
  })
})
