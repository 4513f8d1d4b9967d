import { connect, type Socket } from 'node:net'

/** An answer as it came over the wire. */
export interface Answer {
  status: number
  /** Lower-case names; of several the last, save for cookies. */
  headers: Readonly<Record<string, string | undefined>>
  setCookie: readonly string[]
  text: string
}

/** What became of the bytes: an answer, a connection closed without one, or nothing in time. */
export type Outcome = Answer | 'closed' | 'silent'

/** How a request is put on the wire. */
export interface Sending {
  /** An answer to HEAD has no body, whatever its headers say. */
  isHead: boolean
  /** On a connection of its own, which then says that no more will come: the server may be waiting for a body. */
  isOdd: boolean
}

/** One keep-alive connection, opened anew when the server or an odd request has ended it. */
export interface Wire {
  send(bytes: Buffer, sending: Sending): Promise<Outcome>
  close(): void
}

/** Long enough for a busy machine; what takes longer is not going to answer. */
const PATIENCE_MS = 10_000

/** Opens a connection that bytes are written to as they are: no client of Node's mends a request before it leaves. */
export function openWire(port: number): Wire {
  let kept: Socket | undefined
  const dial = () => connect({ port, host: '127.0.0.1', noDelay: true })
  return {
    async send(bytes, { isHead, isOdd }) {
      const socket = isOdd || !kept || kept.destroyed ? dial() : kept
      const { outcome, isOver } = await converse(socket, bytes, isHead, isOdd)
      if (isOdd || isOver) socket.destroy()
      kept = isOdd ? kept : socket
      return outcome
    },
    close: () => void kept?.destroy(),
  }
}

interface Conversation {
  outcome: Outcome
  isOver: boolean
}

function converse(socket: Socket, bytes: Buffer, isHead: boolean, isOdd: boolean): Promise<Conversation> {
  return new Promise((resolve) => {
    let received: Buffer = Buffer.alloc(0)
    const end = (outcome: Outcome) => {
      clearTimeout(timer)
      socket.removeAllListeners()
      socket.on('error', () => {})
      const isOver = typeof outcome === 'string' || outcome.headers.connection === 'close'
      resolve({ outcome, isOver })
    }
    const timer = setTimeout(() => end('silent'), PATIENCE_MS)
    socket.on('data', (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      const answer = readAnswer(received, isHead)
      if (answer) end(answer)
    })
    // An answer without a length ends with its connection.
    socket.on('close', () => end(readAnswer(received, true) ?? 'closed'))
    socket.on('error', () => {})
    socket.write(bytes)
    if (isOdd) socket.end()
  })
}

/** Reads an answer once it is whole; an interim one (100 Continue) is passed over. */
function readAnswer(received: Buffer, isHead: boolean): Answer | undefined {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [first = '', ...lines] = received.toString('latin1', 0, end).split('\r\n')
  const status = Number(first.split(' ')[1])
  const rest = received.subarray(end + 4)
  if (status < 200) return readAnswer(rest, isHead)
  const { headers, setCookie } = readHeaders(lines)
  const isBare = isHead || status === 204 || status === 304
  const text = isBare ? '' : readBody(rest, headers)
  return text === undefined ? undefined : { status, headers, setCookie, text }
}

function readHeaders(lines: readonly string[]): Pick<Answer, 'headers' | 'setCookie'> {
  const headers: Record<string, string> = Object.create(null)
  const setCookie: string[] = []
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (name === 'set-cookie') setCookie.push(value)
    headers[name] = value
  }
  return { headers, setCookie }
}

function readBody(rest: Buffer, headers: Answer['headers']): string | undefined {
  if (headers['transfer-encoding'] === 'chunked') return readChunks(rest)
  const { 'content-length': length } = headers
  if (length === undefined) return headers.connection === 'close' ? rest.toString() : undefined
  return rest.length < Number(length) ? undefined : rest.toString('utf8', 0, Number(length))
}

function readChunks(rest: Buffer): string | undefined {
  const parts: Buffer[] = []
  let at = 0
  while (true) {
    const line = rest.indexOf('\r\n', at)
    if (line < 0) return undefined
    const size = Number.parseInt(rest.toString('latin1', at, line), 16)
    if (size === 0) return rest.indexOf('\r\n\r\n', line) < 0 ? undefined : Buffer.concat(parts).toString()
    if (rest.length < line + 4 + size) return undefined
    parts.push(rest.subarray(line + 2, line + 2 + size))
    at = line + 4 + size
  }
}
