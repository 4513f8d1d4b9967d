import type { Request, Response } from 'express'
import type { AdminAct } from 'express-two-factor'
import { sendProblem, textOf, userOf } from './respond'
import type { SampleUser } from './users'

const LONGEST_REASON = 500

/** Reads who acts and why, for the log; null when there is no reason, which has been answered then. */
export function readAct(req: Request, res: Response): AdminAct | null {
  const reason = textOf(req, 'reason').trim()
  if (reason !== '' && reason.length <= LONGEST_REASON) return { actor: (userOf(req) as SampleUser).id, reason }
  sendProblem(req, res, { status: 400, title: 'Give a reason of up to 500 characters', field: 'reason' })
  return null
}
