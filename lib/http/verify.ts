import type { Request } from 'express'
import type { VerifiedAnswer } from '../answers'
import { type Verified, verifyChallenge } from '../core/verify'
import { isTicked } from './body'
import { nameBrowser, setDeviceCookie } from './device-cookie'
import { type Exchange, readSession } from './exchange'
import { note, notesOf, renewSession } from './session'
import type { TypedAnswer } from './typed-answer'

/** Verifies the answer to a session's challenge, and goes on with what it proved. */
export async function verifyAnswer(exchange: Exchange, { code, remember }: TypedAnswer): Promise<VerifiedAnswer> {
  const { core, req } = exchange
  const rememberAs = isTicked({ remember }, 'remember') ? { rememberAs: nameBrowser(req.headers['user-agent']) } : {}
  const session = await readSession(exchange)
  const { driftSteps } = notesOf(req)
  const drift = driftSteps === undefined ? {} : { lastDriftSteps: driftSteps }
  const onDrift = (steps: number | undefined) => noteDrift(req, steps)
  return goOnVerified(exchange, await verifyChallenge(core, session, { code, ...rememberAs, ...drift, onDrift }))
}

/** Keeps how far the phone's clock seemed off, to be told when the next code is off by as much. */
function noteDrift(req: Request, driftSteps: number | undefined): void {
  const { driftSteps: last, ...notes } = notesOf(req)
  if (last !== driftSteps) note(req, { ...notes, ...(driftSteps === undefined ? {} : { driftSteps }) })
}

/** Passport changes the id once more, or, called in other ways than ours, not at all: it is changed here in any case. */
async function goOnVerified(exchange: Exchange, { handle, grant, device }: Verified): Promise<VerifiedAnswer> {
  const { core, req, res, user } = exchange
  const { returnTo = core.settings.homeUrl } = notesOf(req)
  if (device) setDeviceCookie(req, res, user.id, device.token, device.device.expiresAt)
  await renewSession(req, { handle, userId: user.id })
  return { assurance: grant.assurance, returnTo }
}
