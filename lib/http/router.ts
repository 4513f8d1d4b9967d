import { type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express'
import type { Core } from '../core/core'
import { TwoFactorError } from '../errors'
import { SCRIPT, STYLE_SHEET } from '../pages'
import { readBody } from './body'
import { refuseCrossSite } from './cross-site'
import type { Exchange, Reply } from './exchange'
import { userOrNull } from './guard'
import { answerError } from './hold'
import { localeOf, redirect, sendJson, sendPage, setErrorHeaders, wantsPage } from './respond'
import { errorPageOf, ROUTES, type Route } from './routes/table'
import { readUser } from './visitor'

/** The routes of the second factor, as pages and as JSON from the same handlers. */
export function createRouter(core: Core): RequestHandler {
  const inner = Router()
  inner.get('/style.css', sendAsset('text/css', STYLE_SHEET))
  inner.get('/script.js', sendAsset('text/javascript', SCRIPT))
  for (const path of ['/style.css', '/script.js']) inner.all(path, dispatch(core, path))
  for (const path of new Set(ROUTES.map((route) => route.path))) inner.all(path, dispatch(core, path))
  inner.use((req, res, next) =>
    answerError(core, req, res, next, new TwoFactorError('ERR_TFA_NOT_FOUND'), userOrNull(core, req)),
  )
  inner.use((error: unknown, req: Request, res: Response, next: NextFunction) =>
    answerError(core, req, res, next, readPathError(error), userOrNull(core, req)),
  )
  return Router().use(core.settings.path, inner)
}

/**
 * The same for everybody, and nobody's secret: the only answers of ours that a cache may keep; the browser's own, though, for
 * express-session may set its cookie on any answer, and a shared cache would hand that on.
 */
function sendAsset(type: string, text: string): RequestHandler {
  return (_req, res) => {
    res.setHeader('Cache-Control', 'private, max-age=3600')
    res.setHeader('X-Content-Type-Options', 'nosniff')
    res.type(type).send(text)
  }
}

/** Express refuses a path that cannot be decoded with an error of its own. */
function readPathError(error: unknown): unknown {
  const { status } = (error ?? {}) as { status?: unknown }
  if (error instanceof TwoFactorError || status !== 400) return error
  return new TwoFactorError('ERR_TFA_INPUT_INVALID', { field: 'path', detail: 'the path cannot be decoded' })
}

/** One handler per path, so that a path of ours is never answered by what the app mounts after it. */
function dispatch(core: Core, path: string): RequestHandler {
  const routes = ROUTES.filter((route) => route.path === path)
  return (req, res, next) => {
    const route = routes.find((candidate) => isMethodOf(candidate, req))
    if (route) return void serve(core, route, req, res, next)
    res.setHeader('Allow', routes.map(({ method }) => method).join(', ') || 'GET')
    answerError(core, req, res, next, new TwoFactorError('ERR_TFA_METHOD_NOT_ALLOWED'), userOrNull(core, req))
  }
}

/** A method that a middleware made of another one (`method-override`) is not what the browser's checks were made on. */
function isMethodOf({ method }: Route, req: Request): boolean {
  const { originalMethod = req.method } = req as { originalMethod?: string }
  if (originalMethod !== req.method) return false
  return req.method === method || (req.method === 'HEAD' && method === 'GET')
}

async function serve(core: Core, route: Route, req: Request, res: Response, next: NextFunction): Promise<void> {
  const exchange: Partial<Exchange> & Pick<Exchange, 'core' | 'req' | 'res'> = { core, req, res }
  try {
    if (route.method === 'POST') refuseCrossSite(req, core.settings)
    const user = readUser(core, req)
    if (!user) throw new TwoFactorError('ERR_TFA_SIGN_IN_REQUIRED')
    Object.assign(exchange, { user, locale: localeOf(req, user), body: {} })
    if (route.method === 'POST') exchange.body = await readBody(req, res)
    reply(exchange as Exchange, await route.handle(exchange as Exchange))
  } catch (error) {
    await answerInPlace(exchange as Exchange, route, next, error).catch(next)
  }
}

function reply({ core, req, res, user }: Exchange, { status, json, page }: Reply): void {
  if (!wantsPage(req)) sendJson(res, status, json)
  else if ('to' in page) redirect(res, page.to)
  else sendPage(core, req, res, status, page, { user })
}

/** Errors without a place of their own: the browser is sent on, or there is no page yet to show them in. */
const ELSEWHERE = new Set([
  'ERR_TFA_SIGN_IN_REQUIRED',
  'ERR_TFA_STORE_UNAVAILABLE',
  'ERR_TFA_CROSS_SITE',
  'ERR_TFA_CONFIG',
])

async function answerInPlace(exchange: Exchange, route: Route, next: NextFunction, error: unknown): Promise<void> {
  const { core, req, res, user } = exchange
  const isShown = error instanceof TwoFactorError && wantsPage(req) && user !== undefined && !ELSEWHERE.has(error.code)
  if (!isShown) return answerError(core, req, res, next, error, user ?? null)
  const { location } = error.fields
  // The set-up page itself is where a user who must enrol is sent: there the error is shown.
  const isThere = error.code === 'ERR_TFA_ENROLMENT_REQUIRED' && route.path.startsWith('/setup')
  if (location !== undefined && !isThere) return redirect(res, location)
  setErrorHeaders(res, error)
  sendPage(core, req, res, error.status, await errorPageOf(route, exchange, error), { user, error })
}
