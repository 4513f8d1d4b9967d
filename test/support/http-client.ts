import { Agent, type IncomingMessage, request } from 'node:http'
import { PASSWORD } from './app'

export interface Answer {
  /** 0 when the connection broke or the deadline passed. */
  status: number
  body: { code?: string; next?: string; twoFactor?: object | null }
  /** `name=value` of each cookie it set. */
  cookies: readonly string[]
  tookMs: number
}

/** Speaks HTTP on connections that stay open: supertest would open one, and often a server, per request. */
export interface HttpClient {
  send(port: number, call: HttpCall): Promise<Answer>
  login(port: number, email: string, cookie?: string): Promise<Answer>
  verify(port: number, cookie: string, code: string, words?: object): Promise<Answer>
  close(): void
}

export interface HttpCall {
  method: 'GET' | 'POST'
  path: string
  cookie?: string
  body?: object
  /** Where it comes from, as a proxy in front of the app says. */
  address?: string
}

/** @param deadlineMs - what takes longer counts as hung */
export function openHttpClient(deadlineMs: number, maxSockets = 100): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets })
  const send = (port: number, call: HttpCall) => exchange(agent, deadlineMs, port, call)
  return {
    send,
    login: (port, email, cookie) =>
      send(port, {
        method: 'POST',
        path: '/login',
        body: { email, password: PASSWORD },
        ...(cookie ? { cookie } : {}),
      }),
    verify: (port, cookie, code, words = {}) =>
      send(port, { method: 'POST', path: '/two-factor/challenge/verify', cookie, body: { code, ...words } }),
    close: () => agent.destroy(),
  }
}

function exchange(agent: Agent, deadlineMs: number, port: number, call: HttpCall): Promise<Answer> {
  const { method, path, cookie, body, address } = call
  const text = body === undefined ? undefined : JSON.stringify(body)
  const headers = {
    ...(cookie === undefined ? {} : { cookie }),
    ...(address === undefined ? {} : { 'x-forwarded-for': address }),
    ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
  }
  const startMs = performance.now()
  const failed = ({ code = 'HUNG' }: NodeJS.ErrnoException): Answer => ({
    ...{ status: 0, body: { code }, cookies: [] },
    tookMs: performance.now() - startMs,
  })
  return new Promise((resolve) => {
    const sent = request({ agent, port, host: '127.0.0.1', method, path, headers, timeout: deadlineMs }, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.once('end', () => resolve(readAnswer(res, chunks, performance.now() - startMs)))
      res.once('error', (error) => resolve(failed(error)))
    })
    sent.once('timeout', () => sent.destroy(new Error('hung')))
    sent.once('error', (error) => resolve(failed(error)))
    sent.end(text)
  })
}

function readAnswer(res: IncomingMessage, chunks: readonly Buffer[], tookMs: number): Answer {
  const isJson = res.headers['content-type']?.includes('json') ?? false
  const cookies = (res.headers['set-cookie'] ?? []).map((line) => line.split(';')[0] as string)
  return {
    status: res.statusCode as number,
    body: isJson ? JSON.parse(Buffer.concat(chunks).toString()) : {},
    cookies,
    tookMs,
  }
}

/** The session's cookie that an answer set. */
export function sessionCookieIn({ cookies }: Answer): string {
  return cookies.find((pair) => pair.startsWith('connect.sid=')) ?? ''
}
