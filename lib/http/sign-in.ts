import type { RequestHandler } from 'express'
import type { Core } from '../core/core'
import { TwoFactorError } from '../errors'
import { userOrNull } from './gate'
import { answerError } from './hold'
import { redirect, sendJson, wantsPage } from './respond'
import { isSessionIdKnown, note, notesOf, renewSession, saveSession } from './session'
import { arrive, readUser } from './visitor'

/**
 * Follows the first factor: recognises a remembered device, or opens the challenge and sends.
 * It calls `next()` when nothing is due; otherwise it answers with where to go on.
 * @see ASVS 5.0 7.2.4
 */
export function createSignIn(core: Core): RequestHandler {
  return async (req, res, next) => {
    try {
      const user = readUser(core, req)
      if (!user) throw new TwoFactorError('ERR_TFA_SIGN_IN_REQUIRED', { detail: 'mount signIn() behind what signs in' })
      const { reportOnly } = core.settings
      const { handle, standing } = await arrive(core, req, res, user, reportOnly ? 'when-asked' : 'now')
      const { returnTo } = notesOf(req)
      const notes = { handle, ...(returnTo === undefined ? {} : { returnTo }) }
      // An id from before the password may have been planted: what signs in should have changed it, and Passport does.
      const isKnown = isSessionIdKnown(req)
      if (isKnown) await renewSession(req, notes)
      else note(req, notes)
      if (standing === 'passed' || reportOnly) return next()
      if (!isKnown) await saveSession(req)
      const to = `${core.settings.path}/${standing === 'held' ? 'challenge' : 'setup'}`
      if (wantsPage(req)) redirect(res, to)
      else sendJson(res, 200, { next: to })
    } catch (error) {
      answerError(core, req, res, next, error, userOrNull(core, req))
    }
  }
}
