import type { ChallengeAnswer, MethodChoice, VerifiedAnswer } from '../../answers'
import type { Asked } from '../../core/asked'
import { askChallenge, resendChallenge } from '../../core/challenge'
import { describeChallenge } from '../../core/describe-challenge'
import { readId } from '../../core/ids'
import { RECOVERY_CODES_ID, workingMethods } from '../../core/methods'
import { lockedUntil, USER_TALLY } from '../../core/throttle'
import { type Verified, verifyChallenge } from '../../core/verify'
import { TwoFactorError } from '../../errors'
import type { ChallengeModel } from '../../pages/models'
import type { Method } from '../../ports'
import { isTicked, optionalTextOf } from '../body'
import { nameBrowser, setDeviceCookie } from '../device-cookie'
import { type Exchange, type Reply, readAsked, readSession } from '../exchange'
import { type Shown, wantsPage } from '../respond'
import { note, notesOf, renewSession, saveSession } from '../session'
import type { Visitor } from '../visitor'

const METHODS: ReadonlySet<string> = new Set<Method>(['totp', 'sms', 'voice', 'recovery-code'])
const DAY_MS = 24 * 60 * 60 * 1000

export async function showChallenge(exchange: Exchange): Promise<Reply> {
  const page = await showChallengePage(exchange)
  const { challenge } = page.model
  if (!challenge && !wantsPage(exchange.req)) throw new TwoFactorError('ERR_TFA_NO_CHALLENGE')
  return { status: 200, json: challenge, page }
}

/** The page of what is pending or, where nothing is, of what can be asked. */
export async function showChallengePage(exchange: Exchange): Promise<Extract<Shown, { view: 'challenge' }>> {
  const { visitor, asked } = await readAsked(exchange)
  const pending = asked.state.challenge
  const challenge = pending ? describeChallenge(exchange.core, pending, asked) : undefined
  return { view: 'challenge', model: modelOf(exchange, visitor, asked, challenge) }
}

export async function openChallenge(exchange: Exchange): Promise<Reply> {
  const { core, req, body } = exchange
  const method = optionalTextOf(body, 'method')
  const authenticatorId = optionalTextOf(body, 'authenticatorId')
  checkChoice(method, authenticatorId)
  const { visitor, asked } = await readAsked(exchange)
  const { action } = notesOf(req)
  const answer = await askChallenge(core, asked, {
    purpose: visitor.standing === 'held' ? 'sign-in' : 'step-up',
    ...(method ? { method } : {}),
    ...(authenticatorId ? { authenticatorId } : {}),
    ...(action && visitor.standing === 'passed' ? { action } : {}),
  })
  return { status: 201, json: answer, page: { to: `${core.settings.path}/challenge` } }
}

function checkChoice(method: string | undefined, authenticatorId: string | undefined): void {
  if (method && !METHODS.has(method)) {
    throw new TwoFactorError('ERR_TFA_INPUT_INVALID', { field: 'method', detail: `one of ${[...METHODS].join(', ')}` })
  }
  if (authenticatorId && authenticatorId !== RECOVERY_CODES_ID) readId(authenticatorId, 'authenticatorId')
}

export async function resend(exchange: Exchange): Promise<Reply> {
  const { asked } = await readAsked(exchange)
  const answer = await resendChallenge(exchange.core, asked)
  return { status: 202, json: answer, page: { to: `${exchange.core.settings.path}/challenge` } }
}

/** One trip to count and read, one to consume and grant: who asks is found out by the first of the two. */
export async function verify(exchange: Exchange): Promise<Reply> {
  const { core, req, body } = exchange
  const rememberAs = isTicked(body, 'remember') ? nameBrowser(req.headers['user-agent']) : undefined
  const session = await readSession(exchange)
  const answer = { code: body.code, ...(rememberAs === undefined ? {} : { rememberAs }) }
  const json = await finishVerified(exchange, await verifyChallenge(core, session, answer), 'here')
  return { status: 200, json, page: { to: json.returnTo } }
}

/** Goes on as verified: under a new session id after a sign-in, unless the caller (Passport) changes it itself. */
export async function finishVerified(
  exchange: Exchange,
  verified: Verified,
  renewal: 'here' | 'by-caller',
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

function modelOf(
  { core, req }: Exchange,
  { standing }: Visitor,
  asked: Asked,
  challenge: ChallengeAnswer | undefined,
): ChallengeModel {
  const { clock, deviceTtlMs } = core.settings
  const until = lockedUntil(asked.tallies, USER_TALLY, clock.now())
  const action = challenge?.action ?? notesOf(req).action?.text
  return {
    ...(challenge ? { challenge } : {}),
    methods: workingMethods(core, asked.session.user.id, asked).map((choice) => ({
      ...choice,
      ...labelOf(asked, choice),
    })),
    ...(action === undefined ? {} : { action }),
    ...(standing === 'held' && deviceTtlMs > 0 ? { rememberDays: Math.floor(deviceTtlMs / DAY_MS) } : {}),
    ...(until === null ? {} : { lockedUntil: new Date(until) }),
  }
}

/** The name its owner gave an authenticator, to tell two of a kind apart. */
function labelOf({ enrolled }: Asked, { authenticatorId }: MethodChoice): { label?: string } {
  const label = enrolled.authenticators.find(({ id }) => id === authenticatorId)?.label
  return label ? { label } : {}
}
