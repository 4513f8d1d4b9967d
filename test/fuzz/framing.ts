import type { Chance } from './chance'
import type { Header } from './headers'

/** A request before it is bytes. */
export interface Unframed {
  method: string
  target: string
  headers: readonly Header[]
  body: Buffer
  framing: Framing
}

/** How a request is put into bytes; one that is not plain may break off, contradict itself or be no HTTP at all. */
export interface Framing {
  isPlain: boolean
  /** In place of the request's own. */
  method?: string
  frame(chance: Chance, request: Unframed): Buffer
}

/** As clients do. */
export const PLAIN: Framing = { isPlain: true, frame: (_chance, request) => withLength(request, request.body.length) }
const CHUNKED: Framing = {
  isPlain: true,
  frame: (chance, request) => head(request, [['Transfer-Encoding', 'chunked']], chunksOf(chance, request.body)),
}

const ODD_METHODS = ['CONNECT', 'get', 'FZ', 'PRI', 'G\0ET', '', 'POST '.repeat(9), '\u{1f4a9}', 'LINK', 'QUERY']

const odd = (frame: Framing['frame']): Framing => ({ isPlain: false, frame })

/** What clients, proxies and attackers get wrong on the wire. @see RFC 9112 §6.3, request smuggling */
const ODD: readonly Framing[] = [
  ...ODD_METHODS.map(
    (method): Framing => ({
      isPlain: false,
      method,
      frame: (_chance, request) => withLength({ ...request, method }, request.body.length),
    }),
  ),
  ...['0', '-1', '5', '999999', '1e3', '0x10', '18446744073709551616', '1, 1', 'fz'].map((length) =>
    odd((_chance, request) => withLength(request, length)),
  ),
  odd((_chance, request) =>
    withLength({ ...request, headers: [...request.headers, ['Content-Length', '3']] }, request.body.length),
  ),
  odd((chance, request) =>
    head(
      request,
      [
        ['Transfer-Encoding', 'chunked'],
        ['Content-Length', '4'],
      ],
      chunksOf(chance, request.body),
    ),
  ),
  ...['gzip, chunked', 'chunked, gzip', 'xchunked', 'identity', '\tchunked'].map((coding) =>
    odd((chance, request) => head(request, [['Transfer-Encoding', coding]], chunksOf(chance, request.body))),
  ),
  ...['fz\r\n', 'ffffffffffffffff\r\n', '5\r\nab', '-5\r\nabcde\r\n', '3;x="\r\nabc\r\n0\r\n\r\n'].map((chunk) =>
    odd((_chance, request) => head(request, [['Transfer-Encoding', 'chunked']], Buffer.from(chunk))),
  ),
  odd((_chance, request) =>
    Buffer.from(withLength(request, request.body.length).toString('latin1').replace(/\r\n/g, '\n'), 'latin1'),
  ),
  ...['HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/9.9', 'FZ/1.1', ''].map((version) =>
    odd((_chance, request) => withVersion(request, version)),
  ),
  ...['X-Fz', ': empty', 'X-Fz : 1', 'X-Fz: a\r\n b', 'X-Fz: \0', `X-Fz: ${'7'.repeat(20_000)}`, 'X\u{e9}: 1'].map(
    (line) => odd((_chance, request) => withLine(request, line)),
  ),
  odd((_chance, request) => withLine(request, Array.from({ length: 2500 }, (_, at) => `X${at}: 1`).join('\r\n'))),
  odd((_chance, request) => withLine(request, 'Host: evil.example')),
  odd((_chance, request) =>
    withLength({ ...request, headers: request.headers.filter(([name]) => name !== 'Host') }, request.body.length),
  ),
  odd((chance, request) => cut(chance, withLength(request, request.body.length))),
  odd((chance, request) =>
    Buffer.concat([
      withLength(request, request.body.length),
      withLength(request, request.body.length),
      chance.bytes(20),
    ]),
  ),
  odd((chance) => chance.bytes(1 + chance.below(400))),
]

export function pickFraming(chance: Chance): Framing {
  if (chance.isOneIn(14)) return chance.pick(ODD)
  return chance.isOneIn(10) ? CHUNKED : PLAIN
}

/** Control characters would end the header: those are the odd framings' part. */
export function encode(chance: Chance, request: Unframed): Buffer {
  const headers = request.headers.map(([name, value]) => [name, value.replace(/\p{Cc}/gu, '').slice(0, 9000)] as const)
  return request.framing.frame(chance, { ...request, headers })
}

function head({ method, target, headers }: Unframed, more: readonly Header[], body: Buffer): Buffer {
  const lines = [...headers, ...more].map(([name, value]) => `${name}: ${value}`)
  return Buffer.concat([Buffer.from([`${method} ${target} HTTP/1.1`, ...lines, '', ''].join('\r\n')), body])
}

function withLength(request: Unframed, length: number | string): Buffer {
  return head(request, length === 0 ? [] : [['Content-Length', String(length)]], request.body)
}

function withVersion(request: Unframed, version: string): Buffer {
  return replaceFirst(withLength(request, request.body.length), ' HTTP/1.1', version === '' ? '' : ` ${version}`)
}

function withLine(request: Unframed, line: string): Buffer {
  return replaceFirst(withLength(request, request.body.length), '\r\n', `\r\n${line}\r\n`)
}

function replaceFirst(bytes: Buffer, text: string, by: string): Buffer {
  const at = bytes.indexOf(text)
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(by), bytes.subarray(at + text.length)])
}

function cut(chance: Chance, bytes: Buffer): Buffer {
  return bytes.subarray(0, 1 + chance.below(bytes.length))
}

function chunksOf(chance: Chance, body: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < body.length; ) {
    const part = body.subarray(at, at + 1 + chance.below(body.length))
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'))
    at += part.length
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}
