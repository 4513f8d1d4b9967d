import type { Request, RequestHandler } from 'express'
import type { Core } from '../core/core'
import { TwoFactorError } from '../errors'
import { guard } from './guard'
import { redirect, sendJson, wantsPage } from './respond'
import { isSessionIdKnown, note, notesOf, renewSession, type SessionNotes, saveSession } from './session'
import { arrive, readUser } from './visitor'

const NOBODY =
  'signIn(): the option `user` says that nobody is signed in: mount it behind what signs in; without Passport, set `user`'

/**
 * Follows the first factor: recognises a remembered device, or opens the challenge and sends.
 * It calls `next()` when nothing is due; otherwise it answers with where to go on.
 * @see ASVS 5.0 7.2.4
 */
export function createSignIn(core: Core): RequestHandler {
  return guard(core, async (req, res, next) => {
    const user = readUser(core, req)
    if (!user) throw new TwoFactorError('ERR_TFA_CONFIG', { detail: NOBODY })
    const { handle: before, userId = user.id, returnTo } = notesOf(req)
    // What an earlier sign-in of this session proved ends here, should a request in flight bring its session back.
    if (before !== undefined) await core.settings.store.endSession(userId, before)
    const { reportOnly } = core.settings
    const { handle, standing } = await arrive(core, req, res, user, reportOnly ? 'when-asked' : 'now')
    await startSession(req, { handle, userId: user.id, ...(returnTo === undefined ? {} : { returnTo }) })
    if (standing === 'passed' || reportOnly) return next()
    const to = `${core.settings.path}/${standing === 'held' ? 'challenge' : 'setup'}`
    if (wantsPage(req)) redirect(res, to)
    else sendJson(res, 200, { next: to })
  })
}

/** An id from before the password may have been planted: what signs in should have changed it, and Passport does. */
function startSession(req: Request, notes: SessionNotes): Promise<void> {
  if (isSessionIdKnown(req)) return renewSession(req, notes)
  note(req, notes)
  return saveSession(req)
}
