import { Agent, request } from 'node:http'

export interface Call {
  method: 'GET' | 'POST'
  path: string
  cookie: string
  body?: string
}

const CONNECTIONS = 50
const alone = new Agent({ keepAlive: true, maxSockets: 1 })
const together = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })

/** Sends one request after another on one connection. @returns how long each took, in µs */
export async function sendAlone(port: number, calls: readonly Call[]): Promise<readonly number[]> {
  const tookUs: number[] = []
  for (const call of calls) {
    const startMs = performance.now()
    await send(alone, port, call)
    tookUs.push((performance.now() - startMs) * 1000)
  }
  return tookUs
}

/** Sends requests on fifty connections, each the next as soon as it has its answer. @returns how long all took, in ms */
export async function sendTogether(port: number, calls: readonly Call[]): Promise<number> {
  const startMs = performance.now()
  const waiting = calls.values()
  const drain = async () => {
    for (const call of waiting) await send(together, port, call)
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, drain))
  return performance.now() - startMs
}

/** A request that is not answered as it must be is no measurement: it ends the run. */
function send(agent: Agent, port: number, { method, path, cookie, body }: Call): Promise<void> {
  const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length }
  return new Promise((resolve, reject) => {
    const sent = request({ agent, port, host: '127.0.0.1', method, path, headers: { ...headers, cookie } }, (res) => {
      res.resume()
      res.once('end', () => (res.statusCode === 200 ? resolve() : reject(new Error(`${path}: ${res.statusCode}`))))
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

export function closeConnections(): void {
  alone.destroy()
  together.destroy()
}
