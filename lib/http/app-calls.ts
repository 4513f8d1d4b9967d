import type { Request, Response } from 'express'
import type { AuthenticatorAnswer, ChallengeAnswer, DeviceAnswer, VerifiedAnswer } from '../answers'
import { askChallenge } from '../core/challenge'
import type { Core } from '../core/core'
import { describeAuthenticator } from '../core/describe'
import { forgetDevice, forgetDevices, listDevices } from '../core/remembered-device'
import { TwoFactorError } from '../errors'
import type { Method } from '../ports'
import { checkUserId } from '../settings/user'
import { type Exchange, readAsked } from './exchange'
import type { RequestAssurance } from './request-assurance'
import { localeOf } from './respond'
import { notesOf } from './session'
import type { TypedAnswer } from './typed-answer'
import { verifyAnswer } from './verify'
import { identify, readUser } from './visitor'

/** The calls for apps with routes of their own. */
export interface AppCalls {
  /** How a request stands, as `req.twoFactor`; null when nobody is signed in, or its grant has ended. */
  assuranceOf(req: Request): Promise<RequestAssurance | null>
  /** Opens a challenge, switches its method, or sends it again. */
  challenge(req: Request, wanted?: { method?: Method; authenticatorId?: string }): Promise<ChallengeAnswer>
  /** Verifies an answer, and goes on under a new session id. */
  verify(req: Request, typed: TypedAnswer): Promise<VerifiedAnswer>
  readonly enrolment: {
    list(userId: string): Promise<readonly AuthenticatorAnswer[]>
  }
  readonly devices: {
    list(userId: string): Promise<readonly DeviceAnswer[]>
    /** @returns false when the user has no such device */
    forget(userId: string, deviceId: string): Promise<boolean>
    forgetAll(userId: string): Promise<void>
  }
}

export function createAppCalls(core: Core): AppCalls {
  return {
    assuranceOf: (req) => readAssurance(core, req),
    challenge: (req, wanted = {}) => openChallenge(core, req, wanted),
    verify: async (req, typed) => verifyAnswer(exchangeOf(core, req), typed),
    enrolment: { list: async (userId) => listAuthenticators(core, checkUserId(userId)) },
    devices: {
      list: async (userId) => listDevices(core, checkUserId(userId)),
      forget: async (userId, deviceId) => forgetDevice(core, checkUserId(userId), deviceId),
      forgetAll: async (userId) => forgetDevices(core, checkUserId(userId)),
    },
  }
}

async function readAssurance(core: Core, req: Request): Promise<RequestAssurance | null> {
  // A WebSocket's upgrade has no response to set cookies on: a session that was never seen is not opened here.
  const { handle, userId } = notesOf(req)
  if (handle === undefined || userId !== readUser(core, req)?.id) return null
  try {
    await identify(core, req, req.res as Response)
    return req.twoFactor ?? null
  } catch (error) {
    if (error instanceof TwoFactorError && error.code === 'ERR_TFA_SIGN_IN_REQUIRED') return null
    throw error
  }
}

async function openChallenge(
  core: Core,
  req: Request,
  wanted: { method?: Method; authenticatorId?: string },
): Promise<ChallengeAnswer> {
  const { visitor, asked } = await readAsked(exchangeOf(core, req))
  const { action } = notesOf(req)
  const purpose = visitor.standing === 'held' ? 'sign-in' : 'step-up'
  return askChallenge(core, asked, {
    ...wanted,
    purpose,
    ...(action && purpose === 'step-up' ? { action } : {}),
  })
}

async function listAuthenticators(core: Core, userId: string): Promise<readonly AuthenticatorAnswer[]> {
  const { authenticators } = await core.settings.authenticators.load(userId)
  return authenticators.map((authenticator) => describeAuthenticator(core, userId, authenticator))
}

/** A request of the app's as one of ours. Express sets `req.res`. */
function exchangeOf(core: Core, req: Request): Exchange {
  const user = readUser(core, req)
  if (!user || !req.res) throw new TwoFactorError('ERR_TFA_SIGN_IN_REQUIRED')
  return { core, req, res: req.res, user, locale: localeOf(req, user), body: {} }
}
