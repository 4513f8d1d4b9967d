import type { Request, Response } from 'express'
import type { Core, Session } from '../core/core'
import { amendGrant, endSession, noteFirstPrompt, readGrant } from '../core/grant'
import { type Assessment, assess, requirementFor } from '../core/policy'
import type { Recognised } from '../core/remembered-device'
import { type SignedIn, signIn } from '../core/sign-in'
import { TwoFactorError } from '../errors'
import type { User } from '../options'
import type { Grant } from '../ports'
import { checkUser } from '../settings/user'
import { readDeviceCookie, setDeviceCookie } from './device-cookie'
import { localeOf } from './respond'
import { forgetNotes, isPassportAhead, note, notesOf } from './session'

/** A signed-in request: whose, what its session has proved, and how it stands. */
export interface Visitor extends Assessment {
  session: Session
  grant: Grant
}

const NOBODY =
  "the option `user` returned nobody, but Passport's session names a user: mount `passport.session()` before the gate and " +
  'the router, or return that user; to let some pass, use `gate({ allow })`'

/**
 * Tells whose request it is, by the option `user`; null when nobody is signed in.
 * @throws {@link TwoFactorError} `ERR_TFA_STORE_UNAVAILABLE` without a session; `ERR_TFA_CONFIG` for a user without id
 */
export function readUser(core: Core, req: Request): User | null {
  notesOf(req)
  const user = core.settings.user(req)
  if (user) return checkUser(user)
  if (isPassportAhead(req)) {
    throw new TwoFactorError('ERR_TFA_CONFIG', { detail: NOBODY })
  }
  return null
}

/** The session's handle; a session seen for the first time gets its grant here, as from a sign-in without `signIn()`. */
export async function openSession(core: Core, req: Request, res: Response, user: User): Promise<Session> {
  const { handle, userId } = notesOf(req)
  if (handle !== undefined && userId === user.id) return { user, handle, ...addressOf(req) }
  await endLeftOver(core, req)
  const signedIn = await arrive(core, req, res, user, 'when-asked')
  note(req, { ...notesOf(req), handle: signedIn.handle, userId: user.id })
  return { user, handle: signedIn.handle, ...addressOf(req) }
}

/** As Express tells it: behind a proxy that is trusted (`trust proxy`), the one that the proxy names. */
function addressOf({ ip }: Request): { address?: string } {
  return ip === undefined ? {} : { address: ip }
}

/**
 * Ends the grant that a session still leads to although its user is somebody else by now, or nobody: an app that signs
 * out by forgetting the user leaves it there, and the next to sign in to this session has not proved what it says.
 */
async function endLeftOver(core: Core, req: Request): Promise<void> {
  const { handle, userId, ...notes } = notesOf(req)
  if (handle === undefined || userId === undefined) return
  await core.settings.store.endSession(userId, handle)
  note(req, notes)
}

/**
 * Signs the session out of our part of it, whoever is signed in by now.
 * @returns false when there was nothing to end
 */
export async function endNotedSession(core: Core, req: Request): Promise<boolean> {
  const { handle, userId } = notesOf(req)
  if (handle === undefined || userId === undefined) return false
  await endSession(core, userId, handle)
  forgetNotes(req)
  return true
}

/** Runs the core's sign-in for a request, and sets the cookie of a recognised device anew. */
export async function arrive(
  core: Core,
  req: Request,
  res: Response,
  user: User,
  open: 'now' | 'when-asked',
): Promise<SignedIn> {
  const deviceToken = readDeviceCookie(req, user.id)
  let device: Recognised | null = null
  const onDevice = (recognised: Recognised | null): void => {
    device = recognised
  }
  const arrival = { user, locale: localeOf(req, user), open, onDevice, ...addressOf(req) }
  try {
    return await signIn(core, deviceToken === undefined ? arrival : { ...arrival, deviceToken })
  } finally {
    keepDevice(req, res, user, device)
  }
}

/** After a failure too: the token is rotated by then, and a browser that comes back with the old one looks like a thief. */
function keepDevice(req: Request, res: Response, user: User, device: Recognised | null): void {
  if (device?.token) setDeviceCookie(req, res, user.id, device.token, device.expiresAt)
}

/**
 * Reads how a request stands; null when nobody is signed in.
 * @throws {@link TwoFactorError} `ERR_TFA_SIGN_IN_REQUIRED` when the session's grant has ended
 */
export async function identify(core: Core, req: Request, res: Response): Promise<Visitor | null> {
  const user = readUser(core, req)
  if (!user) return endLeftOver(core, req).then(() => null)
  const session = await openSession(core, req, res, user)
  const grant = await readGrant(core, user.id, session.handle)
  if (!grant) throw new TwoFactorError('ERR_TFA_SIGN_IN_REQUIRED')
  return assessVisitor(core, req, session, grant)
}

/** Puts a grant to the policy, and on the request. */
export async function assessVisitor(core: Core, req: Request, session: Session, grant: Grant): Promise<Visitor> {
  const requirement = await requirementFor(core.settings, session.user, grant)
  const assessment = assess(grant, requirement, core.settings.clock.now())
  // The requirement came into force during this session: its grace period begins now.
  if (assessment.standing === 'prompted' && grant.firstPromptAt === undefined) {
    return expose(req, { session, ...(await beginGrace(core, session, grant)), ...assessment })
  }
  return expose(req, { session, grant, ...assessment })
}

async function beginGrace(core: Core, session: Session, grant: Grant): Promise<{ grant: Grant }> {
  const facts = await noteFirstPrompt(core, session.user, grant)
  const { firstPromptAt } = facts
  if (firstPromptAt === undefined) return { grant }
  return { grant: await amendGrant(core, session, grant, (current) => ({ ...current, firstPromptAt })) }
}

function expose(req: Request, visitor: Visitor): Visitor {
  const { assurance, methods, verifiedAt } = visitor.grant
  const at = verifiedAt === undefined ? null : new Date(verifiedAt)
  const { requirement, standing } = visitor
  req.twoFactor = { assurance, methods, verifiedAt: at, requirement, standing }
  return visitor
}
