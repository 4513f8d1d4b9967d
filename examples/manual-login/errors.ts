import type { ErrorRequestHandler } from 'express'
import { TwoFactorError } from 'express-two-factor'
import { sendProblem } from './respond'

/**
 * Answers what went wrong: 503 where a store is down (express-session and Passport would make it 500), the status of
 * a body that can't be read, and 500 for a mistake of ours, which alone is logged.
 */
export const answerError: ErrorRequestHandler = (error, req, res, _next) => {
  const status = statusOf(error)
  if (status === 500) console.error(error instanceof Error ? error.stack : String(error))
  // The answer has gone, or is going: the session could not be saved behind it.
  if (res.headersSent) return
  sendProblem(req, res, { status, title: TITLES[status] ?? 'This request cannot be answered' })
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request cannot be read',
  413: 'The request is too large',
  500: 'Something went wrong',
  503: 'The service is not available right now, try again in a moment',
}

function statusOf(error: unknown): number {
  const { status } = error as { status?: unknown }
  const isKnown = error instanceof TwoFactorError || (typeof status === 'number' && status >= 400 && status < 500)
  return isKnown ? (status as number) : 500
}
