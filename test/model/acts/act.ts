import assert from 'node:assert/strict'
import type { AccountState, EnrolmentState, SessionState } from '../state'
import type { Answered, Browser, World } from '../world'

/** One thing that somebody does. It is made from the model as it is before; then it is sent, alone or beside others. */
export interface Act {
  label: string
  kind: 'sign-in' | 'sign-out' | 'verify' | 'confirm' | 'change' | 'support' | 'step-up' | 'other'
  /** Whose session or record it is about; null for nobody's. */
  account: AccountState | null
  /** Null for what support and the app do. */
  browser: Browser | null
  /** What was typed into the challenge. */
  typed?: Typed
  /** Takes away all that the user enrolled. */
  removesAll?: boolean
  /** Id of the authenticator that it takes away. */
  removesFactor?: string
  /** The enrolment that it confirms, and the code that was typed. */
  confirms?: { enrolment: EnrolmentState; code: string }
  send(): Promise<Answered>
  /** Judges the answer to an act that had the service to itself, and brings the model up to date. */
  alone(reply: Answered): void | Promise<void>
}

export interface Typed {
  code: string
  verdict: 'right' | 'repeat' | 'wrong'
  /** What must be accepted once only, where the code is right. */
  claim: string
  isRecovery: boolean
  step: number | null
}

export interface Expected {
  status: number
  code?: string
}

export const SIGN_IN: Expected = { status: 401, code: 'ERR_TFA_SIGN_IN_REQUIRED' }
export const HELD: Expected = { status: 401, code: 'ERR_TFA_REQUIRED' }
export const ENROL: Expected = { status: 403, code: 'ERR_TFA_ENROLMENT_REQUIRED' }
export const NOT_FRESH: Expected = { status: 403, code: 'ERR_TFA_REAUTHENTICATION_REQUIRED' }
export const NOT_FOUND: Expected = { status: 404, code: 'ERR_TFA_NOT_FOUND' }
export const LOCKED: Expected = { status: 429, code: 'ERR_TFA_LOCKED' }

/** Fails unless the answer is one of those that may come. */
export function judge(label: string, reply: Answered, ...expected: readonly Expected[]): void {
  const isOne = expected.some(({ status, code }) => reply.status === status && (!code || reply.code === code))
  const words = expected.map(({ status, code = '' }) => `${status} ${code}`).join(' or ')
  assert(isOne, `${label} is answered ${reply.status} ${reply.code}, not ${words}`)
}

/** What a session that stands otherwise is answered; null when it stands well. */
export function refusalOf(world: World, browser: Browser, standings: readonly string[]): Expected | null {
  const standing = world.standing(browser)
  if (standings.includes(standing)) return null
  if (standing === 'nobody') return SIGN_IN
  if (standing === 'held') return HELD
  return standing === 'prompted' ? ENROL : { status: 409 }
}

/** Ends every session of a user but the given one, and with them what they had begun. */
export function endOthers(world: World, account: AccountState, kept: SessionState | null): void {
  account.generation += 1
  for (const { session } of world.browsers) {
    if (session?.account === account && session !== kept) session.isEnded = true
  }
}

/** Reads what the session is asked now. */
export async function refreshChallenge(world: World, browser: Browser): Promise<void> {
  const { session } = browser
  if (!session) return
  const standing = world.standing(browser)
  if (standing !== 'held' && standing !== 'passed') {
    session.challenge = null
    return
  }
  const reply = await world.send(browser, 0, { method: 'GET', path: '/two-factor/challenge' })
  judge('the challenge', reply, { status: 200 }, { status: 404, code: 'ERR_TFA_NO_CHALLENGE' })
  session.challenge = reply.status === 404 ? null : readChallenge(world, session, reply)
}

function readChallenge(world: World, session: SessionState, { body }: Answered): SessionState['challenge'] {
  const { id, purpose, method, attemptsLeft, expiresAt } = body as Record<string, string>
  const before = session.challenge
  const left = Number(attemptsLeft)
  assert(!before || before.id !== id || left <= before.attemptsLeft, 'a challenge has gained attempts')
  return {
    ...{ id: String(id), purpose: purpose as 'sign-in', method: String(method), attemptsLeft: left },
    ...{ authenticatorId: world.ledger.authenticatorOf(String(id), String(method)) },
    expiresAt: new Date(String(expiresAt)).getTime(),
    action: typeof body.action === 'string' ? body.action.replace('Pay ', '') : null,
  }
}
