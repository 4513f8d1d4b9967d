import { Router } from 'express'
import type { VirtualPhone } from 'express-two-factor/testing'
import { phonePage } from './pages'
import { answer } from './respond'

/** Shows what arrived on the virtual phone, newest first. Whoever opens it reads everybody's codes: development only. */
export function phoneRoutes(phone: VirtualPhone): Router {
  const router = Router()
  router.get('/phone', (req, res) => {
    const messages = phone.messages.toReversed()
    answer(req, res, { json: { messages }, page: phonePage(messages) })
  })
  return router
}

/** Writes each code on the terminal, one line each. */
export function printCodes(phone: VirtualPhone, print: (line: string) => void): void {
  phone.on('message', ({ to, method, code }) => print(`code ${code} for ${to} (${method})`))
}
