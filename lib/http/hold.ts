import type { NextFunction, Request, Response } from 'express'
import type { Core } from '../core/core'
import { TwoFactorError } from '../errors'
import type { User } from '../options'
import { redirect, sendPage, sendProblem, setErrorHeaders, wantsPage } from './respond'
import { askedPage } from './return-to'
import { destroySession, note, notesOf, saveSession } from './session'
import type { Visitor } from './visitor'

/** Why a visitor may not pass, and where to go instead. */
export function holdError(core: Core, { standing, requirement }: Visitor): TwoFactorError {
  const { path } = core.settings
  if (standing === 'held') return new TwoFactorError('ERR_TFA_REQUIRED', { location: `${path}/challenge` })
  const { postponable } = requirement
  return new TwoFactorError('ERR_TFA_ENROLMENT_REQUIRED', { location: `${path}/setup`, postponable })
}

/** Holds a request back; a page load is remembered, to come back to. */
export async function hold(core: Core, req: Request, res: Response, visitor: Visitor): Promise<void> {
  const error = holdError(core, visitor)
  if (!wantsPage(req)) {
    sendProblem(req, res, error, visitor.session.user)
    return
  }
  const returnTo = askedPage(req)
  if (returnTo !== undefined) {
    note(req, { ...notesOf(req), returnTo })
    await saveSession(req)
  }
  redirect(res, error.fields.location as string)
}

/**
 * Answers an error in the form the request asked for; a mistake in the app's own set-up goes to the app's error
 * handler instead, which tells its developers and not its visitors.
 */
export function answerError(
  core: Core,
  req: Request,
  res: Response,
  next: NextFunction,
  error: unknown,
  user: User | null,
): void {
  if (!(error instanceof TwoFactorError) || error.code === 'ERR_TFA_CONFIG') next(error)
  else if (!wantsPage(req)) sendProblem(req, res, error, user)
  else if (error.code === 'ERR_TFA_SIGN_IN_REQUIRED') sendToSignIn(core, req, res).catch(next)
  else sendProblemPage(core, req, res, error, user)
}

/** The app's session ends with the grant: an app that sends who is signed in home would send them back here for ever. */
async function sendToSignIn(core: Core, req: Request, res: Response): Promise<void> {
  if (notesOf(req).handle !== undefined) await endAppSession(core, req)
  redirect(res, core.settings.signInUrl)
}

/** Ends the app's own session, as the app says or as Passport does. */
export async function endAppSession(core: Core, req: Request): Promise<void> {
  if (core.settings.onSignOut) await core.settings.onSignOut(req)
  else await destroySession(req)
}

function sendProblemPage(core: Core, req: Request, res: Response, error: TwoFactorError, user: User | null): void {
  setErrorHeaders(res, error)
  const backTo = error.code === 'ERR_TFA_STORE_UNAVAILABLE' ? core.settings.homeUrl : core.settings.path
  sendPage(core, req, res, error.status, { view: 'problem', model: { backTo } }, { user, error })
}
