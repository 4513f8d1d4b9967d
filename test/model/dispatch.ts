import { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { Express } from 'express'

export interface Call {
  method: 'GET' | 'POST'
  path: string
  body?: object
}

/** An answer, as far as a browser looks at it. */
export interface Reply {
  status: number
  code: string
  body: Record<string, unknown>
  setCookies: readonly string[]
}

/**
 * Hands a request to a mounted app without a socket. Between two calls of a port nothing but the app's own code is
 * under way then, so that a schedule of those calls comes out the same each time it is run.
 */
export function dispatch(app: Express, { method, path, body }: Call, cookie: string): Promise<Reply> {
  const written: Buffer[] = []
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk)
      done()
    },
  }) as Socket
  // Complete: a request that ends before it is counts as broken off, and takes its answer with it.
  const req = Object.assign(new IncomingMessage(socket), { method, url: path, complete: true })
  const text = Buffer.from(body ? JSON.stringify(body) : '')
  req.headers = { host: 'localhost', accept: 'application/json', cookie }
  if (body) Object.assign(req.headers, { 'content-type': 'application/json', 'content-length': String(text.length) })
  if (body) req.push(text)
  req.push(null)
  const res = new ServerResponse(req)
  res.assignSocket(socket)
  return new Promise((resolve, reject) => {
    res.once('finish', () => resolve(readReply(res, Buffer.concat(written).toString())))
    app(req as never, res as never, (error: unknown) => reject(error ?? new Error(`nothing answers ${path}`)))
  })
}

function readReply(res: ServerResponse, raw: string): Reply {
  const text = raw.slice(raw.indexOf('\r\n\r\n') + 4)
  const body = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {}
  const setCookies = (res.getHeader('set-cookie') ?? []) as string | string[]
  return { status: res.statusCode, code: String(body.code ?? ''), body, setCookies: [setCookies].flat() }
}
