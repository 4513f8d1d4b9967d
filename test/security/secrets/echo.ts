import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { VonageStandIn } from 'express-two-factor/testing'

/** A way in which Vonage could refuse a send. */
export interface Refusal {
  status: number
  type: 'application/problem+json' | 'text/html'
}

/**
 * Stands before the stand-in, and words a refusal of the worst kind: with the number, the text and the token that it
 * was sent, in body and headers alike.
 */
export async function startEcho(standIn: VonageStandIn) {
  const refusals: Refusal[] = []
  const tokens: string[] = []
  const server = createServer((request, response) => {
    answer(request, response).catch(() => request.socket.destroy())
  })
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString('utf8')
    const { authorization = '', 'content-type': type = '' } = request.headers
    tokens.push(authorization.replace('Bearer ', ''))
    const refusal = refusals.shift()
    if (refusal) return echo(response, refusal, `${authorization} ${body}`)
    const headers = { authorization, 'content-type': type }
    const passed = await fetch(`${standIn.apiHost}${request.url}`, { method: 'POST', headers, body })
    response.writeHead(passed.status, { 'content-type': passed.headers.get('content-type') ?? '' })
    response.end(await passed.text())
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    apiHost: `http://127.0.0.1:${port}`,
    tokens,
    refuse: (refusal: Refusal) => void refusals.push(refusal),
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function echo(response: ServerResponse, { status, type }: Refusal, heard: string): void {
  const title = `Refused: ${heard}`
  const problem = { type: 'about:blank', title, detail: heard, instance: heard, invalid_parameters: [{ name: heard }] }
  response.writeHead(status, heard.slice(0, 20), { 'content-type': type, 'x-heard': encodeURIComponent(heard) })
  response.end(type === 'text/html' ? `<p>${title}` : JSON.stringify(problem))
}
