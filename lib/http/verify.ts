import type { VerifiedAnswer } from '../answers'
import { type Verified, verifyChallenge } from '../core/verify'
import { TwoFactorError } from '../errors'
import { isTicked } from './body'
import { nameBrowser, setDeviceCookie } from './device-cookie'
import { type Exchange, readSession } from './exchange'
import { note, notesOf, renewSession, saveSession } from './session'

/** What somebody typed, as it came: the code, the tick, and who gives the session its new id. */
export interface TypedAnswer {
  code: unknown
  remember?: unknown
  /** `by-caller` when something else does, as Passport. */
  renewal: 'here' | 'by-caller'
}

/** Verifies the answer to a session's challenge, and goes on with what it proved. */
export async function verifyAnswer(
  exchange: Exchange,
  { code, remember, renewal }: TypedAnswer,
): Promise<VerifiedAnswer> {
  const { core, req } = exchange
  const rememberAs = isTicked({ remember }, 'remember') ? { rememberAs: nameBrowser(req.headers['user-agent']) } : {}
  const session = await readSession(exchange)
  const { driftSteps } = notesOf(req)
  const drift = driftSteps === undefined ? {} : { lastDriftSteps: driftSteps }
  const verified = await verifyChallenge(core, session, { code, ...rememberAs, ...drift }).catch((error) => {
    throw keepDrift(exchange, error)
  })
  return goOnVerified(exchange, verified, renewal)
}

/** Keeps how far the phone's clock seemed off, to be told when the next code is off by as much. */
function keepDrift({ req }: Exchange, error: unknown): unknown {
  if (!(error instanceof TwoFactorError) || error.code !== 'ERR_TFA_CODE_INCORRECT') return error
  const { driftSteps: _last, ...notes } = notesOf(req)
  const { driftSteps } = error.fields
  if (_last !== driftSteps) note(req, { ...notes, ...(driftSteps === undefined ? {} : { driftSteps }) })
  return error
}

async function goOnVerified(
  exchange: Exchange,
  verified: Verified,
  renewal: TypedAnswer['renewal'],
): Promise<VerifiedAnswer> {
  const { core, req, res, user } = exchange
  const { handle, grant, isNewSession, device } = verified
  const { returnTo = core.settings.homeUrl } = notesOf(req)
  if (device) setDeviceCookie(req, res, user.id, device.token, device.device.expiresAt)
  if (isNewSession && renewal === 'here') await renewSession(req, { handle })
  else {
    note(req, { handle })
    await saveSession(req)
  }
  return { assurance: grant.assurance, returnTo }
}
