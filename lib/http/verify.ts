import type { VerifiedAnswer } from '../answers'
import { type Verified, verifyChallenge } from '../core/verify'
import { TwoFactorError } from '../errors'
import { isTicked } from './body'
import { nameBrowser, setDeviceCookie } from './device-cookie'
import { type Exchange, readSession } from './exchange'
import { note, notesOf, renewSession } from './session'

/** What somebody typed, as it came. */
export interface TypedAnswer {
  code: unknown
  /** True, or a form's `on`. */
  remember?: unknown
}

/** Verifies the answer to a session's challenge, and goes on with what it proved. */
export async function verifyAnswer(exchange: Exchange, { code, remember }: TypedAnswer): Promise<VerifiedAnswer> {
  const { core, req } = exchange
  const rememberAs = isTicked({ remember }, 'remember') ? { rememberAs: nameBrowser(req.headers['user-agent']) } : {}
  const session = await readSession(exchange)
  const { driftSteps } = notesOf(req)
  const drift = driftSteps === undefined ? {} : { lastDriftSteps: driftSteps }
  const verified = await verifyChallenge(core, session, { code, ...rememberAs, ...drift }).catch((error) => {
    throw keepDrift(exchange, error)
  })
  return goOnVerified(exchange, verified)
}

/** Keeps how far the phone's clock seemed off, to be told when the next code is off by as much. */
function keepDrift({ req }: Exchange, error: unknown): unknown {
  if (!(error instanceof TwoFactorError) || error.code !== 'ERR_TFA_CODE_INCORRECT') return error
  const { driftSteps: _last, ...notes } = notesOf(req)
  const { driftSteps } = error.fields
  if (_last !== driftSteps) note(req, { ...notes, ...(driftSteps === undefined ? {} : { driftSteps }) })
  return error
}

/** Passport changes the id once more, or, called in other ways than ours, not at all: it is changed here in any case. */
async function goOnVerified(exchange: Exchange, { handle, grant, device }: Verified): Promise<VerifiedAnswer> {
  const { core, req, res, user } = exchange
  const { returnTo = core.settings.homeUrl } = notesOf(req)
  if (device) setDeviceCookie(req, res, user.id, device.token, device.device.expiresAt)
  await renewSession(req, { handle })
  return { assurance: grant.assurance, returnTo }
}
