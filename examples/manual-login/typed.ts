import type { Request } from 'express'
import { textOf } from './respond'

/** What HTML's e-mail field accepts, ASCII only: two spellings of one address must not be two accounts. */
const EMAIL = /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*$/i
const LONGEST_EMAIL = 254
const SHORTEST_PASSWORD = 8
/** Hashing a longer one would cost the server and serve nobody. */
const LONGEST_PASSWORD = 256
/** No space, dot or slash: nothing that reads as a sentence or a link can be put into the text that asks for the code. */
const PAYEE = /^[A-Z0-9][A-Z0-9-]{1,33}$/
const AMOUNT = /^\d{1,6}([.,]\d{1,2})?$/

/** Reads an e-mail address, in lower case; null when it is none. */
export function readEmail(req: Request): string | null {
  const email = textOf(req, 'email').trim()
  return email.length <= LONGEST_EMAIL && EMAIL.test(email) ? email.toLowerCase() : null
}

/** Reads a new password; null when it is too short or too long. */
export function readNewPassword(req: Request): string | null {
  const password = textOf(req, 'password')
  return password.length >= SHORTEST_PASSWORD && password.length <= LONGEST_PASSWORD ? password : null
}

/** A payout as it was asked for. */
export interface Payout {
  /** In euros, with a dot and two digits, or none: `250`, `99.90`. */
  amount: string
  /** An account number: letters, digits, hyphens. */
  to: string
}

/** Reads a payout; else the name of the field at fault. */
export function readPayout(req: Request): Payout | 'amount' | 'to' {
  const { amount } = (req.body ?? {}) as { amount?: unknown }
  const typed = typeof amount === 'number' ? String(amount) : textOf(req, 'amount').trim()
  if (!AMOUNT.test(typed) || Number(typed.replace(',', '.')) === 0) return 'amount'
  const to = textOf(req, 'to').replaceAll(' ', '').toUpperCase()
  if (!PAYEE.test(to)) return 'to'
  return { amount: spellAmount(Number(typed.replace(',', '.'))), to }
}

/** One spelling for each amount: the step-up is bound to it. */
function spellAmount(euros: number): string {
  return Number.isInteger(euros) ? String(euros) : euros.toFixed(2)
}

const DAY_MS = 24 * 60 * 60 * 1000

/** Reads until when: a moment, or a day, which is meant to its end in UTC; null when it is neither. */
export function readUntil(req: Request): Date | null {
  const typed = textOf(req, 'until').trim()
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(typed)
  if (!isDay && !/^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(typed)) return null
  const until = new Date(Date.parse(typed) + (isDay ? DAY_MS : 0))
  return Number.isNaN(until.getTime()) ? null : until
}
