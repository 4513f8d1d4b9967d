import type { Request, Response } from 'express'
import type { Html } from './html'
import type { Problem } from './layout'
import { problemPage } from './pages'
import type { SampleUser } from './users'

/** What a route answers: JSON, or for a page the place to go on to, or the page itself. */
export interface Answer {
  status?: number
  json?: unknown
  page: { to: string } | Html
}

/** The signed-in user, as `deserializeUser` found it. */
export function userOf(req: Request): SampleUser | null {
  return (req.user as SampleUser | undefined) ?? null
}

/** A page only where the browser names it. */
export function wantsPage(req: Request): boolean {
  return /\btext\/html\b/i.test(req.headers.accept ?? '')
}

export function answer(req: Request, res: Response, { status = 200, json, page }: Answer): void {
  if (!wantsPage(req)) sendJson(res, status, json)
  else if ('to' in page) res.redirect(303, page.to)
  else res.status(status).type('html').send(page.markup)
}

function sendJson(res: Response, status: number, json: unknown): void {
  if (json === undefined) res.status(204).end()
  else res.status(status).json(json)
}

/**
 * Answers a problem, on the page it came from where there is one.
 * @see RFC 9457
 */
export function sendProblem(req: Request, res: Response, problem: Problem, page?: Html): void {
  res.status(problem.status)
  if (wantsPage(req)) res.type('html').send((page ?? problemPage(problem, userOf(req))).markup)
  else res.type('application/problem+json').send(JSON.stringify({ type: 'about:blank', ...problem }))
}

/** One field of the body, when it is text; anything else that was sent in its place counts as missing. */
export function textOf(req: Request, name: string): string {
  const body: unknown = req.body
  const value = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined
  return typeof value === 'string' ? value : ''
}
