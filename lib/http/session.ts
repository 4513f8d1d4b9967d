import type { Request } from 'express'
import type { Session, SessionData } from 'express-session'
import { TwoFactorError } from '../errors'
import type { Action } from '../ports'

/** What we keep in the app's session: where to look, never what was proved. */
export interface SessionNotes {
  /** Where this session's grant is kept. Random: the session's own id changes, and this must survive that. */
  handle?: string
  /** Whose grant that is: it must be found when the app has already forgotten who was signed in. */
  userId?: string
  /** The page that was asked for while the session was held. */
  returnTo?: string
  /** The action that a step-up was asked for. */
  action?: Action
  /** How many time steps the clock seemed off that made the last wrong code. */
  driftSteps?: number
}

declare module 'express-session' {
  interface SessionData {
    twoFactor?: SessionNotes
  }
}

/** @throws {@link TwoFactorError} `ERR_TFA_STORE_UNAVAILABLE`: express-session leaves no session when its store is down */
function sessionOf(req: Request): Session & Partial<SessionData> {
  if (req.session) return req.session
  const detail = 'there is no `req.session`: its store is down, or express-session is not mounted before'
  throw new TwoFactorError('ERR_TFA_STORE_UNAVAILABLE', { detail })
}

export function notesOf(req: Request): SessionNotes {
  return sessionOf(req).twoFactor ?? {}
}

export function note(req: Request, notes: SessionNotes): void {
  sessionOf(req).twoFactor = notes
}

/** Leaves nothing of ours in the session. */
export function forgetNotes(req: Request): void {
  delete sessionOf(req).twoFactor
}

/** Saves the session now, so that it is there before the answer is: the next request may be quicker than the store. */
export async function saveSession(req: Request): Promise<void> {
  const session = sessionOf(req)
  await called((done) => session.save(done))
  saveOnlyChanges(session)
}

/**
 * express-session saves a session with a new id once more when the answer ends, though it has just been saved; that
 * would be a trip to its store at every sign-in and verification. What the app adds after us is still saved.
 */
function saveOnlyChanges(session: Session): void {
  const { save } = session
  const print = () => JSON.stringify({ ...session, cookie: lifeOf(session) })
  const saved = print()
  const value = (done?: (error?: unknown) => void): Session => {
    if (print() !== saved) return save.call(session, done)
    done?.()
    return session
  }
  // Not enumerable, as express-session's own: else it would be saved as data.
  Object.defineProperty(session, 'save', { value, configurable: true, writable: true })
}

/** How long the app lets a session live, in whole seconds: each look at it shortens it by a moment. */
function lifeOf({ cookie: { originalMaxAge } }: Session): number | null {
  return originalMaxAge === null ? null : Math.ceil(originalMaxAge / 1000)
}

/**
 * Goes on under a new session id with everything the app keeps in the session.
 * @see ASVS 5.0 7.2.4
 */
export async function renewSession(req: Request, notes: SessionNotes): Promise<void> {
  const { cookie, ...kept } = sessionOf(req)
  const data = Object.fromEntries(Object.entries(kept).filter(([, value]) => typeof value !== 'function'))
  const { sessionStore, sessionID } = req
  // What `regenerate` does, with the old session's end and the new one's save side by side.
  sessionStore.generate(req)
  Object.assign(sessionOf(req), data, { twoFactor: notes })
  // A life that the app chose for this session ("keep me signed in") stays the session's.
  if (cookie.originalMaxAge !== null) sessionOf(req).cookie.maxAge = cookie.originalMaxAge
  await Promise.all([called((done) => sessionStore.destroy(sessionID, done)), saveSession(req)])
}

/** True when the browser knew this session's id before: somebody may have planted it there. */
export function isSessionIdKnown(req: Request): boolean {
  return (req.headers.cookie ?? '').split(';').some((pair) => decode(pair).includes(req.sessionID))
}

/** As express-session reads a cookie: any character may be spelled in percent signs. */
function decode(pair: string): string {
  try {
    return decodeURIComponent(pair)
  } catch {
    return pair
  }
}

/**
 * True when Passport's part of the session names a user that nobody has looked for yet: Passport forgets one it could
 * not find, so the request has not been through `passport.session()`, and a gate here would stand open.
 */
export function isPassportAhead(req: Request): boolean {
  const { passport } = sessionOf(req) as { passport?: { user?: unknown } }
  return passport?.user !== undefined
}

/** Ends the session of the app: through Passport where it is there, and whole. */
export async function destroySession(req: Request): Promise<void> {
  const { logout } = req as { logout?: (done: (error?: unknown) => void) => void }
  if (typeof logout === 'function') await called((done) => logout.call(req, done))
  await called((done) => sessionOf(req).destroy(done))
}

async function called(call: (done: (error?: unknown) => void) => void): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      call((error) => (error ? reject(error) : resolve()))
    })
  } catch {
    throw new TwoFactorError('ERR_TFA_STORE_UNAVAILABLE', { detail: 'the session store failed' })
  }
}
