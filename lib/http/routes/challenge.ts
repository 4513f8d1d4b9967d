import type { ChallengeAnswer, MethodChoice } from '../../answers'
import type { Asked } from '../../core/asked'
import { askChallenge, resendChallenge } from '../../core/challenge'
import type { Core } from '../../core/core'
import { describeChallenge } from '../../core/describe-challenge'
import { readId } from '../../core/ids'
import { lockOf, RECOVERY_CODES_ID, workingMethods } from '../../core/methods'
import { lockedUntil, USER_TALLY } from '../../core/throttle'
import { TwoFactorError } from '../../errors'
import type { ChallengeModel } from '../../pages/models'
import type { Method } from '../../ports'
import { optionalTextOf } from '../body'
import { admit, type Exchange, type Reply, readAsked } from '../exchange'
import { type Shown, wantsPage } from '../respond'
import { notesOf } from '../session'
import { verifyAnswer } from '../verify'
import type { Visitor } from '../visitor'
import { isLive } from './live'

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

export async function verify(exchange: Exchange): Promise<Reply> {
  const { code, remember } = exchange.body
  const json = await verifyAnswer(exchange, { code, remember }).catch((error) => explainNoChallenge(exchange, error))
  return { status: 200, json, page: { to: json.returnTo } }
}

/** Who verifies is found out while counting; why there was nothing to count is worth another look. */
async function explainNoChallenge(exchange: Exchange, error: unknown): Promise<never> {
  if (error instanceof TwoFactorError && error.code === 'ERR_TFA_NO_CHALLENGE')
    await admit(exchange, ['held', 'passed'])
  throw error
}

function modelOf(
  { core, req }: Exchange,
  { standing }: Visitor,
  asked: Asked,
  challenge: ChallengeAnswer | undefined,
): ChallengeModel {
  const { clock, deviceTtlMs } = core.settings
  const until = lockOfPending(core, asked) ?? lockedUntil(asked.tallies, USER_TALLY, clock.now())
  const action = challenge?.action ?? notesOf(req).action?.text
  return {
    ...(challenge ? { challenge, isLive: isLive(core, challenge.method, challenge.delivery) } : {}),
    methods: workingMethods(core, asked.session.user.id, asked).map((choice) => ({
      ...choice,
      ...labelOf(asked, choice),
    })),
    ...(action === undefined ? {} : { action }),
    ...(standing === 'held' && deviceTtlMs > 0 ? { rememberDays: Math.max(1, Math.round(deviceTtlMs / DAY_MS)) } : {}),
    ...(until === null ? {} : { lockedUntil: new Date(until) }),
  }
}

/** Until when the method that is asked for is locked; one that is disabled has no such date. */
function lockOfPending(core: Core, asked: Asked): number | null {
  const pending = asked.state.challenge?.challenge
  const until = pending ? lockOf(core, asked, pending) : null
  return until !== null && Number.isFinite(until) ? until : null
}

/** The name its owner gave an authenticator, to tell two of a kind apart. */
function labelOf({ enrolled }: Asked, { authenticatorId }: MethodChoice): { label?: string } {
  const label = enrolled.authenticators.find(({ id }) => id === authenticatorId)?.label
  return label ? { label } : {}
}
