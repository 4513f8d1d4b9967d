import { randomUUID } from 'node:crypto'
import type { Request, Response } from 'express'
import type { PhoneMessage, VirtualPhone } from 'express-two-factor/testing'
import type { Html } from './html'

const RECONNECT_AFTER_MS = 2000

/** Messages of the virtual phone, told to open pages as they arrive. */
export interface PhoneArrivals {
  /** Names the newest message, for a page to ask for those after. */
  newest(): string
  /** Answers with a stream of what arrives after the message that the page has already. */
  follow(req: Request, res: Response): void
  /** Ends the streams, for the server to stop. */
  close(): void
}

/**
 * Counts what arrives, so that a page which lost its connection gets what it missed.
 * @param write - writes a message as markup, everything in it escaped
 * @see HTML Standard, Server-sent events
 */
export function followArrivals(phone: VirtualPhone, write: (message: PhoneMessage) => Html): PhoneArrivals {
  // Part of every name: a page that was opened before the server was started again has none of this one's messages.
  const run = randomUUID()
  let count = phone.messages.length
  let isClosed = false
  const pages = new Set<Response>()
  const send = (res: Response, message: PhoneMessage, number: number) => {
    res.write(`id: ${run}.${number}\ndata: ${JSON.stringify({ markup: write(message).markup })}\n\n`)
  }
  phone.on('message', (message) => {
    count += 1
    for (const res of pages) send(res, message, count)
  })
  return {
    newest: () => `${run}.${count}`,
    follow(req, res) {
      if (isClosed) return void res.status(503).end()
      res.type('text/event-stream').write(`retry: ${RECONNECT_AFTER_MS}\n\n`)
      const seen = countSeen(req, run)
      const list = seen < count ? phone.messages.slice(seen - count) : []
      for (const [index, message] of list.entries()) send(res, message, count - list.length + index + 1)
      pages.add(res)
      res.once('close', () => pages.delete(res))
    },
    close() {
      isClosed = true
      for (const res of pages) res.end()
    },
  }
}

function countSeen(req: Request, run: string): number {
  const [seenRun, seen] = String(req.headers['last-event-id'] ?? req.query.after ?? '').split('.')
  return seenRun === run && /^\d{1,9}$/.test(seen ?? '') ? Number(seen) : 0
}
