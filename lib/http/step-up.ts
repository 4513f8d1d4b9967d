import type { Request, RequestHandler, Response } from 'express'
import type { Core } from '../core/core'
import { actionHash } from '../core/freshness'
import { replaceGrant } from '../core/grant'
import { TwoFactorError } from '../errors'
import type { Action } from '../ports'
import { checkFunction, checkNumber, misconfigured } from '../settings/check'
import { report } from './gate'
import { guard } from './guard'
import { hold } from './hold'
import { redirect, sendProblem, wantsPage } from './respond'
import { askedPage, formPage } from './return-to'
import { note, notesOf, saveSession } from './session'
import { identify, type Visitor } from './visitor'

export interface StepUpOptions {
  /** How old the second factor may be. */
  maxAgeMs: number
  /** Binds the step-up to what it is for: `key` must be the same when the request comes again, `text` is shown. */
  action?: (req: Request) => Action
}

const LONGEST_ACTION = 160
const LONGEST_AGE_MS = 24 * 60 * 60 * 1000

/**
 * Asks for the second factor again before a sensitive request; a remembered device never satisfies it.
 * With an action the grant is for that action and once; without one it is for an age.
 * A user who has no factor has nothing to be asked for, and passes where the gate lets them.
 * @see ASVS 5.0 7.5.3, RFC 9470
 */
export function createStepUp(core: Core, options: StepUpOptions): RequestHandler {
  checkStepUp(options)
  return guard(core, async (req, res, next) => {
    const visitor = await identify(core, req, res)
    if (!visitor) throw new TwoFactorError('ERR_TFA_SIGN_IN_REQUIRED')
    if (visitor.standing !== 'passed' && !core.settings.reportOnly) return hold(core, req, res, visitor)
    const action = options.action ? readAction(options.action(req)) : undefined
    if (!visitor.grant.hasFactor || (await isSatisfied(core, visitor, options.maxAgeMs, action))) return next()
    if (core.settings.reportOnly) return report(core, visitor, 'step-up', next)
    await ask(core, req, res, visitor, options.maxAgeMs, action)
  })
}

function checkStepUp(options: StepUpOptions): void {
  const unknown = Object.keys(options ?? {}).find((name) => name !== 'maxAgeMs' && name !== 'action')
  if (unknown) throw misconfigured(`stepUp.${unknown}`, 'does not exist; known are maxAgeMs, action')
  checkNumber(options?.maxAgeMs, 'stepUp.maxAgeMs', { min: 1000, max: LONGEST_AGE_MS })
  if (options.action !== undefined) checkFunction(options.action, 'stepUp.action')
}

/** The key is kept as a hash, however long it is; the text is what a page, an SMS or a call can hold. */
function readAction({ key, text }: Action): Action {
  if (typeof key !== 'string' || key === '')
    throw misconfigured('stepUp.action', 'must return a `key`, a non-empty string')
  if (typeof text !== 'string') throw misconfigured('stepUp.action', 'must return a `text`, a string')
  return { key: actionHash(key), text: text.slice(0, LONGEST_ACTION) }
}

async function isSatisfied(
  core: Core,
  { session, grant }: Visitor,
  maxAgeMs: number,
  action: Action | undefined,
): Promise<boolean> {
  const { assurance, verifiedAt } = grant
  const isYoung = verifiedAt !== undefined && core.settings.clock.now() - verifiedAt < maxAgeMs
  if (assurance !== 'second-factor' || !isYoung) return false
  if (!action) return true
  if (grant.actionKey !== action.key) return false
  // Spent before the action runs, and by one request only: of two that race, the other is asked again.
  const { actionKey: _spent, ...rest } = grant
  return (await replaceGrant(core, session, grant, rest)) !== null
}

async function ask(
  core: Core,
  req: Request,
  res: Response,
  { session }: Visitor,
  maxAgeMs: number,
  action: Action | undefined,
): Promise<void> {
  const location = `${core.settings.path}/challenge`
  const { action: _before, ...kept } = notesOf(req)
  const returnTo = askedPage(req) ?? formPage(req, core.settings.origin)
  note(req, { ...kept, ...(returnTo === undefined ? {} : { returnTo }), ...(action ? { action } : {}) })
  await saveSession(req)
  if (wantsPage(req)) return redirect(res, location)
  const maxAgeSeconds = Math.floor(maxAgeMs / 1000)
  sendProblem(req, res, new TwoFactorError('ERR_TFA_STEP_UP_REQUIRED', { location, maxAgeSeconds }), session.user)
}
