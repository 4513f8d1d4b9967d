import type { Request, Response } from 'express'
import type { Core } from '../core/core'
import type { ErrorFields, TwoFactorError } from '../errors'
import type { User } from '../options'
import { pickLocale, renderPage, wordsOf } from '../pages'
import type { AppViewContext, ViewName, Views } from '../pages/models'
import type { Locale } from '../ports'
import { misconfigured } from '../settings/check'

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** A page to show: which, and with what. */
export type Shown = { [Name in ViewName]: { view: Name; model: Views[Name] } }[ViewName]

/** A page only where the browser names it: `*` + `/*`, which clients send by default, is answered in JSON. */
export function wantsPage(req: Request): boolean {
  return /\btext\/html\b/i.test(req.headers.accept ?? '')
}

export function localeOf(req: Request, user: User | null): Locale {
  return user?.locale ?? pickLocale(req.headers['accept-language'])
}

export function sendJson(res: Response, status: number, body: unknown): void {
  protect(res)
  if (body === undefined) res.status(status).end()
  else res.status(status).json(body)
}

export function sendPage(
  core: Core,
  req: Request,
  res: Response,
  status: number,
  shown: Shown,
  context: PageAbout,
): void {
  protect(res)
  // First of all: a view of the app's own may fail, and then the status is its error handler's to set.
  const markup = render(core, shown, contextOf(core, req, context))
  res.status(status).type('html').send(markup)
}

function contextOf(core: Core, req: Request, { user, error }: PageAbout): AppViewContext {
  const locale = localeOf(req, user)
  return {
    locale,
    issuer: core.settings.issuer,
    path: core.settings.path,
    now: new Date(core.settings.clock.now()),
    ...(user ? { userLabel: user.label } : {}),
    ...(error ? { error: { code: error.code, fields: error.fields, ...wordsFor(error, locale) } } : {}),
  }
}

function wordsFor({ code, fields }: TwoFactorError, locale: Locale): { title: string; text: string } {
  const { title, text } = wordsOf(locale).errors[code]
  return { title, text: text(fields) }
}

/** @throws {@link TwoFactorError} `ERR_TFA_CONFIG` when the app's view returns no string */
function render({ settings }: Core, { view, model }: Shown, context: AppViewContext): string {
  const own = settings.views[view]
  if (!own) return renderPage(view, model as never, context)
  const markup: unknown = own(model as never, context)
  if (typeof markup === 'string') return markup
  throw misconfigured(`views.${view}`, 'must return a string, the whole page; a promise is none')
}

/** Whose page it is, and the error it shows in place. */
export interface PageAbout {
  user: User | null
  error?: TwoFactorError
}

/** Sends the browser on; always by GET, so that a reload posts nothing again. */
export function redirect(res: Response, to: string): void {
  protect(res)
  res.redirect(303, to)
}

/** Answers an error as problem details. @see RFC 9457, RFC 9470 §3 */
export function sendProblem(req: Request, res: Response, error: TwoFactorError, user: User | null): void {
  const { detail, retryAfterMs, maxAgeSeconds, ...fields } = error.fields
  const words = wordsFor(error, localeOf(req, user))
  protect(res)
  setErrorHeaders(res, error)
  const wait = retryAfterMs === undefined ? {} : { retryAfter: Math.ceil(retryAfterMs / 1000) }
  const problem = {
    type: `urn:express-two-factor:${error.code}`,
    title: words.title,
    status: error.status,
    code: error.code,
    detail: detail ?? words.text,
    ...fields,
    ...wait,
    ...(maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds }),
  }
  res.status(error.status).type('application/problem+json').send(JSON.stringify(problem))
}

export function setErrorHeaders(res: Response, { code, fields }: TwoFactorError): void {
  const { retryAfterMs } = fields
  if (retryAfterMs !== undefined) res.setHeader('Retry-After', String(Math.ceil(retryAfterMs / 1000)))
  if (code === 'ERR_TFA_REQUIRED' || code === 'ERR_TFA_STEP_UP_REQUIRED')
    res.setHeader('WWW-Authenticate', insufficient(fields))
}

function insufficient({ maxAgeSeconds }: ErrorFields): string {
  const challenge = 'Bearer error="insufficient_user_authentication", error_description="A second factor is required"'
  return maxAgeSeconds === undefined ? challenge : `${challenge}, max_age="${maxAgeSeconds}"`
}

/** Nothing of ours is kept by a cache, framed, or told of to another site. @see ASVS 5.0 3.4.6, 14.3.2 */
function protect(res: Response): void {
  res.setHeader('Cache-Control', 'no-store')
  res.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY)
  res.setHeader('X-Frame-Options', 'DENY')
  res.setHeader('X-Content-Type-Options', 'nosniff')
  // Not `no-referrer`: under it a form's own Origin is "null", and the cross-site check would refuse our pages.
  res.setHeader('Referrer-Policy', 'same-origin')
}
