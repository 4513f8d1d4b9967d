import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const LONGEST_ANSWER_MS = 10_000
const SWEEP_EVERY_MS = 50

/**
 * Gets a server ready to be stopped.
 * @returns stops it: no more connections, the requests that are being answered are finished
 */
export function drainable(server: Server): () => Promise<void> {
  const idle = trackIdle(server)
  return () =>
    new Promise((resolve) => {
      const sweep = setInterval(() => closeAll(idle), SWEEP_EVERY_MS)
      const giveUp = setTimeout(() => server.closeAllConnections(), LONGEST_ANSWER_MS)
      server.close(() => {
        clearInterval(sweep)
        clearTimeout(giveUp)
        resolve()
      })
    })
}

/** Connections nobody asks anything on. Browsers open some in advance, which Node's own list does not count as idle. */
function trackIdle(server: Server): Set<Socket> {
  const idle = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    idle.add(socket)
    socket.once('close', () => idle.delete(socket))
  })
  server.on('request', ({ socket }: IncomingMessage, res: ServerResponse) => {
    idle.delete(socket)
    res.once('close', () => socket.destroyed || idle.add(socket))
  })
  return idle
}

function closeAll(sockets: ReadonlySet<Socket>): void {
  for (const socket of sockets) socket.destroySoon()
}
