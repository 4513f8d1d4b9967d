import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A port of loopback that hands everything on to another, until it is told to fail. */
export interface TcpProxy {
  readonly port: number
  /** From now on nothing listens, and what was connected is cut. */
  refuse(): Promise<void>
  /**
   * Cuts a connection after so many bytes of what it is answered from now on.
   * @param times - how many connections; every one when absent
   */
  cutRepliesAfter(bytes: number, times?: number): void
  /** Hands everything on again. */
  pass(): Promise<void>
  stop(): Promise<void>
}

interface State {
  target: number
  sockets: Set<Socket>
  /** Bytes of a reply that still get through; null where nothing is cut. */
  allowance: number | null
  cutsLeft: number
}

/** Starts a proxy before a port of this machine. */
export async function startProxy(target: number): Promise<TcpProxy> {
  const state: State = { target, sockets: new Set(), allowance: null, cutsLeft: 0 }
  let server = await listen(state, 0)
  const { port } = server.address() as AddressInfo
  const close = async () => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of state.sockets) socket.destroy()
    await closed
  }
  return {
    port,
    refuse: close,
    cutRepliesAfter(bytes, times = Number.POSITIVE_INFINITY) {
      state.allowance = bytes
      state.cutsLeft = times
    },
    async pass() {
      state.allowance = null
      if (!server.listening) server = await listen(state, port)
    },
    stop: async () => (server.listening ? close() : undefined),
  }
}

async function listen(state: State, port: number): Promise<Server> {
  const server = createServer((socket) => join(state, socket))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

interface Line {
  near: Socket
  isCut: boolean
}

function join(state: State, near: Socket): void {
  const far = connect(state.target, '127.0.0.1')
  const line: Line = { near, isCut: false }
  const both = [near, far] as const
  const end = () => both.forEach((socket) => void socket.destroy())
  for (const socket of both) {
    state.sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', end)
    socket.on('close', () => {
      state.sockets.delete(socket)
      end()
    })
  }
  near.on('data', (chunk) => far.write(chunk))
  far.on('data', (chunk) => answer(state, line, chunk, end))
}

/** What was sent with the command that is cut arrives, and is done: only that is not heard of. */
const ARRIVAL_MS = 30

function answer(state: State, line: Line, chunk: Buffer, end: () => void): void {
  if (line.isCut) return
  if (state.allowance === null || state.cutsLeft <= 0) return void line.near.write(chunk)
  state.cutsLeft -= 1
  line.isCut = true
  line.near.write(chunk.subarray(0, state.allowance))
  setTimeout(end, ARRIVAL_MS)
}
