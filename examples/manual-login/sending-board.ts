import { join } from 'node:path'
import type { Request, Response } from 'express'
import type { Clock, TwoFactor } from 'express-two-factor'
import { readAct } from './act'
import { COST_UNIT } from './destinations'
import { answer, sendProblem, userOf } from './respond'
import { type BoardModel, boardPage } from './sending-board-page'
import type { SampleUser } from './users'

const FILES = join(__dirname, 'sending-board')
const DAY_MS = 24 * 60 * 60 * 1000

export interface BoardParts {
  twoFactor: TwoFactor
  clock: Pick<Clock, 'now'>
  /** What Vonage says of messages is taken: only then it is known which ones arrived. */
  takesReceipts: boolean
}

/** What was sent where, what came of it and what it cost: of the last day, or with `?days=7` of the last seven. */
export async function showBoard(
  { twoFactor, clock, takesReceipts }: BoardParts,
  req: Request,
  res: Response,
): Promise<void> {
  const days = readDays(req.query.days)
  if (!days) return sendProblem(req, res, { status: 400, title: 'The days are 1 or 7', field: 'days' })
  const since = new Date(clock.now() - days * DAY_MS)
  const rows = await twoFactor.sending.report(since)
  const page = boardPage({ days, since, takesReceipts, rows, signedIn: userOf(req) as SampleUser })
  answer(req, res, { json: { since, costUnit: COST_UNIT, takesReceipts, rows }, page })
}

/** Lets texts or calls to a country's new numbers go on, where the conversion brake has stopped them. */
export async function releaseSends({ twoFactor, clock }: BoardParts, req: Request, res: Response): Promise<void> {
  const why = readAct(req, res)
  if (!why) return
  const rows = await twoFactor.sending.report(new Date(clock.now()))
  const stopped = rows.find(
    ({ country, method, stoppedUntil }) =>
      stoppedUntil && country === req.params.country && method === req.params.method,
  )
  if (!stopped) return sendProblem(req, res, { status: 404, title: 'Sends are not stopped there' })
  await twoFactor.sending.release(stopped, why)
  answer(req, res, { page: { to: '/admin/sending' } })
}

export function sendBoardStyle(_req: Request, res: Response): void {
  res.sendFile('board.css', { root: FILES, cacheControl: false })
}

function readDays(asked: unknown = '1'): BoardModel['days'] | null {
  return asked === '1' ? 1 : asked === '7' ? 7 : null
}
