import { createSign, generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import { startVonageStandIn, type VonageStandIn } from '../../lib/testing/vonage-stand-in'

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const publicKey = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString()
let vonage: VonageStandIn

beforeAll(async () => {
  vonage = await startVonageStandIn({ publicKey })
})
beforeEach(() => vonage.clear())
afterAll(() => vonage.stop())

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const nowSeconds = () => Math.floor(Date.now() / 1000)

function token(claims: object = {}, header: object = {}): string {
  const all = { iat: nowSeconds(), exp: nowSeconds() + 900, jti: 'one', application_id: 'app-1', ...claims }
  const signed = `${part({ alg: 'RS256', typ: 'JWT', ...header })}.${part(all)}`
  return `${signed}.${createSign('sha256').update(signed).sign(keys.privateKey, 'base64url')}`
}

interface Sent {
  path?: string
  method?: string
  headers?: Record<string, string>
  body?: unknown
}

function request({ path = '/v1/messages', method = 'POST', headers = {}, body = sms }: Sent = {}): Promise<Response> {
  return fetch(vonage.apiHost + path, {
    method,
    headers: { authorization: `Bearer ${token()}`, 'content-type': 'application/json', ...headers },
    ...(method === 'GET' ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
}

const sms = { channel: 'sms', message_type: 'text', to: '33612345678', from: 'Acme', text: 'Hello', client_ref: 'r-1' }
const talk = { action: 'talk', text: "<speak>One <break time='1s'/> &amp; two</speak>", language: 'fr-FR' }
const call = { to: [{ type: 'phone', number: '33612345678' }], random_from_number: true, ncco: [talk] }

async function reasonsOf(response: Response): Promise<unknown> {
  expect(response.status).toBe(422)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const problem = (await response.json()) as Record<string, unknown>
  expect(problem).toMatchObject({
    type: expect.any(String),
    title: expect.any(String),
    detail: expect.any(String),
    instance: expect.any(String),
  })
  return problem.invalid_parameters
}

describe('the stand-in’s Messages API', () => {
  it('takes a right text with 202 and an id, and keeps it', async () => {
    const response = await request()
    expect(response.status).toBe(202)
    expect(await response.json()).toEqual({ message_uuid: vonage.messages[0]?.messageUuid })
    expect(vonage.messages).toEqual([
      {
        messageUuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        to: '33612345678',
        from: 'Acme',
        text: 'Hello',
        clientRef: 'r-1',
        body: sms,
      },
    ])
  })

  it.each([
    [{ to: undefined }, 'to'],
    [{ to: '+33612345678' }, 'to'],
    [{ to: '0033612345678' }, 'to'],
    [{ to: '123456' }, 'to'],
    [{ to: '1234567890123456' }, 'to'],
    [{ to: 33612345678 }, 'to'],
    [{ from: undefined }, 'from'],
    [{ from: 'TwelveLetter' }, 'from'],
    [{ text: undefined }, 'text'],
    [{ text: '' }, 'text'],
    [{ text: 'x'.repeat(1001) }, 'text'],
    [{ channel: 'mms' }, 'channel'],
    [{ message_type: 'image' }, 'message_type'],
    [{ client_ref: 'r'.repeat(101) }, 'client_ref'],
    [{ ttl: 19 }, 'ttl'],
    [{ ttl: 300_000_000 }, 'ttl'],
    [{ ttl: '300' }, 'ttl'],
    [{ sms: { encoding_type: 'gsm' } }, 'sms'],
    [{ sms: { encodingType: 'auto' } }, 'sms'],
    [{ clientRef: 'r-1' }, 'clientRef'],
    [{ constructor: 'x' }, 'constructor'],
  ])('refuses a text with %j, naming %s', async (change, name) => {
    const reasons = await reasonsOf(await request({ body: { ...sms, ...change } }))
    expect(reasons).toEqual([{ name, reason: expect.any(String) }])
    expect(vonage.messages).toHaveLength(0)
    expect(vonage.requests).toHaveLength(1)
  })

  it.each(['{', '[]', '"text"', 'null'])('refuses the body %s', async (body) => {
    await reasonsOf(await request({ body }))
  })
})

describe('the stand-in’s Voice API', () => {
  it('takes a right call with 201, and keeps the words that are heard', async () => {
    const response = await request({ path: '/v1/calls', body: call })
    expect(response.status).toBe(201)
    const [taken] = vonage.calls
    expect(await response.json()).toEqual({
      uuid: taken?.uuid,
      status: 'started',
      direction: 'outbound',
      conversation_uuid: taken?.conversationUuid,
    })
    expect(taken).toMatchObject({ to: '33612345678', words: 'One & two', language: 'fr-FR', body: call })
  })

  it.each([
    [{ random_from_number: undefined }, 'from'],
    [{ from: { type: 'phone', number: '33612345600' } }, 'from'],
    [{ random_from_number: undefined, from: { type: 'phone', number: 'Acme' } }, 'from'],
    [{ to: undefined }, 'to'],
    [{ to: [] }, 'to'],
    [{ to: { type: 'phone', number: '33612345678' } }, 'to'],
    [{ to: [{ type: 'phone', number: '+33612345678' }] }, 'to'],
    [{ ncco: [] }, 'ncco'],
    [{ ncco: [{ ...talk, action: 'record' }] }, 'ncco'],
    [{ ncco: [{ ...talk, text: '<speak>One' }] }, 'ncco'],
    [{ ncco: [{ ...talk, text: '<speak>One\u0001</speak>' }] }, 'ncco'],
    [{ ncco: [{ ...talk, text: '<speak>R & D</speak>' }] }, 'ncco'],
    [{ ncco: [{ ...talk, text: '<speak><prosody>x</speak></prosody>' }] }, 'ncco'],
    [{ ncco: [{ ...talk, text: 'x'.repeat(1501) }] }, 'ncco'],
    [{ ncco: [{ ...talk, language: 'French' }] }, 'ncco'],
    [{ ncco: [{ ...talk, language: 'fr-XX' }] }, 'ncco'],
    [{ ncco: [{ ...talk, style: '1' }] }, 'ncco'],
    [{ machine_detection: 'stop' }, 'machine_detection'],
    [{ ringing_timer: 121 }, 'ringing_timer'],
    [{ length_timer: 0 }, 'length_timer'],
    [{ event_url: 'https://acme.example' }, 'event_url'],
    [{ ringingTimer: 30 }, 'ringingTimer'],
  ])('refuses a call with %j, naming %s', async (change, name) => {
    const reasons = await reasonsOf(await request({ path: '/v1/calls', body: { ...call, ...change } }))
    expect(reasons).toEqual([{ name, reason: expect.any(String) }])
    expect(vonage.calls).toHaveLength(0)
  })
})

describe('the stand-in’s door', () => {
  it.each([
    ['no token', ''],
    ['Basic', 'Basic YTpi'],
    ['no JWT', 'Bearer abc'],
    [
      'an altered claim',
      `Bearer ${token().replace(/\.[^.]+\./, `.${part({ iat: nowSeconds(), exp: nowSeconds() + 900, jti: 'x', application_id: 'a' })}.`)}`,
    ],
    ['another algorithm', `Bearer ${token({}, { alg: 'none' })}`],
    ['an expired token', `Bearer ${token({ exp: 1000 })}`],
    ['a token from the future', `Bearer ${token({ iat: nowSeconds() + 600 })}`],
    ['no application', `Bearer ${token({ application_id: undefined })}`],
    ['no jti', `Bearer ${token({ jti: undefined })}`],
    ['claims that are no JSON', `Bearer ${part({ alg: 'RS256' })}.bm8.bm8`],
  ])('answers %s with 401', async (_what, authorization) => {
    const response = await request({ headers: { authorization } })
    expect(response.status).toBe(401)
    expect(vonage.messages).toHaveLength(0)
  })

  it('does not know other paths, methods and types', async () => {
    expect((await request({ path: '/v1/other' })).status).toBe(404)
    expect((await request({ path: '/v1/messages?x=1' })).status).toBe(404)
    expect((await request({ method: 'GET' })).status).toBe(405)
    expect((await request({ headers: { 'content-type': 'text/plain' } })).status).toBe(415)
  })

  it('keeps every request with its headers, and prints none of them', async () => {
    await request()
    const [kept] = vonage.requests
    expect(kept).toMatchObject({ method: 'POST', path: '/v1/messages', body: sms })
    expect(kept?.headers.authorization).toMatch(/^Bearer ey/)
    expect(`${inspect(vonage.requests, { depth: null })}${JSON.stringify(vonage.requests)}`).not.toContain('Bearer')
  })

  it('does not verify the signature when it was given no key', async () => {
    const open = await startVonageStandIn()
    const authorization = `Bearer ${token().replace(/\.[^.]+$/, '.AAAA')}`
    const headers = { authorization, 'content-type': 'application/json' }
    const response = await fetch(`${open.apiHost}/v1/messages`, { method: 'POST', headers, body: JSON.stringify(sms) })
    expect(response.status).toBe(202)
    await open.stop()
  })
})

describe('the stand-in’s faults', () => {
  it('refuse with the status and Retry-After they were given, and are used up one by one', async () => {
    vonage.fault({ status: 429, retryAfterSeconds: 30 })
    vonage.fault({ status: 418 })
    const throttled = await request()
    expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '30'])
    expect(await throttled.json()).toMatchObject({ title: 'Rate Limit Hit' })
    expect((await request()).status).toBe(418)
    expect((await request()).status).toBe(202)
  })

  it('cut the connection before or after the message was taken', async () => {
    vonage.fault('reset')
    await expect(request()).rejects.toThrow()
    expect(vonage.messages).toHaveLength(0)
    vonage.fault('accepted-then-lost')
    await expect(request()).rejects.toThrow()
    expect(vonage.messages).toHaveLength(1)
  })

  it('leave a request without an answer, and stopping still ends at once', async () => {
    const other = await startVonageStandIn()
    other.fault('hang')
    const lost = fetch(`${other.apiHost}/v1/messages`, { method: 'POST' }).catch(() => 'cut')
    while (other.requests.length === 0) await new Promise(setImmediate)
    await other.stop()
    expect(await lost).toBe('cut')
  })

  it('are forgotten with everything else when cleared', async () => {
    await request()
    vonage.fault('hang')
    vonage.clear()
    expect(vonage.requests).toHaveLength(0)
    expect((await request()).status).toBe(202)
    expect(vonage.messages).toHaveLength(1)
  })
})
