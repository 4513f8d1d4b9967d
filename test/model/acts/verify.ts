import assert from 'node:assert/strict'
import { type CodeKind, pickCode } from '../codes'
import { type ChallengeState, DEVICE_TTL_MS, GRANT_TTL_MS, type SessionState } from '../state'
import { countFailure, isDisabled, isLocked } from '../truth'
import type { Answered, Browser, World } from '../world'
import { type Act, type Expected, judge, LOCKED, refusalOf, SIGN_IN, type Typed } from './act'

export interface VerifyChoice {
  kind: CodeKind
  process: number
  remember: boolean
}

const INCORRECT: Expected = { status: 401, code: 'ERR_TFA_CODE_INCORRECT' }
const NO_CHALLENGE: Expected = { status: 404, code: 'ERR_TFA_NO_CHALLENGE' }
const EXPIRED: Expected = { status: 401, code: 'ERR_TFA_CHALLENGE_EXPIRED' }
const EXHAUSTED: Expected = { status: 429, code: 'ERR_TFA_ATTEMPTS_EXHAUSTED' }

/** Answers a session's challenge. */
export function verifyAct(world: World, browser: Browser, { kind, process, remember }: VerifyChoice): Act {
  return verifyTyped(world, browser, pickCode(world, browser, kind), { process, remember })
}

export function verifyTyped(
  world: World,
  browser: Browser,
  typed: Typed,
  { process, remember }: Omit<VerifyChoice, 'kind'>,
): Act {
  const label = `${browser.name} verifies ${typed.verdict}${typed.isRecovery ? ' recovery' : ''} code`
  const call = { method: 'POST', path: '/two-factor/challenge/verify', body: { code: typed.code, remember } } as const
  return {
    ...{ label, kind: 'verify', account: browser.session?.account ?? null, browser, typed },
    send: () => world.send(browser, process, call),
    alone: (reply) => judgeVerify(world, browser, typed, reply, label, remember),
  }
}

function judgeVerify(
  world: World,
  browser: Browser,
  typed: Typed,
  reply: Answered,
  label: string,
  remember: boolean,
): void {
  judge(label, reply, ...expectVerify(world, browser, typed))
  const { session } = browser
  if (!session?.challenge) return
  if (reply.status === 200) {
    accept(world, browser, session, session.challenge, typed, reply, remember)
    return
  }
  const isRepeat =
    typed.verdict === 'repeat' && !isDisabled(world.frame, session.account, session.challenge.authenticatorId)
  if (reply.code === INCORRECT.code && !isRepeat) fail(world, session, session.challenge, typed, reply)
}

function expectVerify(world: World, browser: Browser, typed: Typed): readonly Expected[] {
  const { session } = browser
  const standing = world.standing(browser)
  if (!session || standing === 'nobody') return [SIGN_IN]
  const { challenge, account } = session
  if (!challenge) return [refusalOf(world, browser, ['held', 'passed']) ?? NO_CHALLENGE]
  if (world.now >= challenge.expiresAt) return [EXPIRED, NO_CHALLENGE]
  if (!typed.isRecovery && (account.tallies.get(challenge.authenticatorId)?.failures ?? 0) >= world.rules.failureCap)
    return [LOCKED]
  if (isLocked(account, subjectsOf(challenge, typed), world.now)) return [LOCKED]
  if (challenge.attemptsLeft < 1) return [EXHAUSTED]
  if (!typed.isRecovery && challenge.method === 'recovery-code') return [{ status: 400 }]
  if (!typed.isRecovery && isDisabled(world.frame, account, challenge.authenticatorId)) return [INCORRECT]
  return [typed.verdict === 'right' ? { status: 200 } : INCORRECT]
}

export function subjectsOf({ authenticatorId }: ChallengeState, { isRecovery }: Typed): readonly string[] {
  return isRecovery ? ['recovery-code'] : [authenticatorId, 'user']
}

function fail(
  world: World,
  { account }: SessionState,
  challenge: ChallengeState,
  typed: Typed,
  { request, body }: Answered,
): void {
  world.ledger.fail(request)
  challenge.attemptsLeft -= 1
  assert.equal(body.attemptsLeft, challenge.attemptsLeft, 'the attempts left are told wrongly')
  const { lockAuthenticatorFrom, lockUserFrom } = world.rules
  for (const subject of subjectsOf(challenge, typed)) {
    countFailure(account, subject, subject === 'user' ? lockUserFrom : lockAuthenticatorFrom, world.now)
  }
  const factor = account.factors.get(challenge.authenticatorId)
  if (factor && !typed.isRecovery && factor.failures < world.rules.failureCap) factor.failures += 1
}

function accept(
  world: World,
  browser: Browser,
  session: SessionState,
  challenge: ChallengeState,
  typed: Typed,
  reply: Answered,
  remember: boolean,
): void {
  noteAccepted(world, session, challenge, typed)
  for (const subject of subjectsOf(challenge, typed)) session.account.tallies.delete(subject)
  const { now } = world
  const isSignIn = challenge.purpose === 'sign-in'
  if (isSignIn) Object.assign(session, { issuedAt: now, expiresAt: now + GRANT_TTL_MS, passwordAt: null })
  session.actionKey = isSignIn ? null : challenge.action
  Object.assign(session, { assurance: 'second-factor', verifiedAt: now, wantedAction: null })
  Object.assign(session, { challenge: null, enrolments: [] })
  const device = reply.setCookies.find((line) => line.startsWith('two-factor-device-'))
  assert.equal(device !== undefined, isSignIn && remember, 'a device is remembered when asked, at sign-in')
  if (device) noteDevice(world, session, browser, device)
}

/** Uses a code up. */
export function noteAccepted(
  world: World,
  { account }: SessionState,
  { authenticatorId }: ChallengeState,
  { claim, code, step, isRecovery }: Typed,
): void {
  world.ledger.claim(claim)
  const factor = account.factors.get(authenticatorId)
  if (isRecovery) {
    account.recoveryCodes.delete(code)
    account.deadCodes.push(code)
    return
  }
  if (factor) Object.assign(factor, { failures: 0, lastStep: step ?? factor.lastStep })
}

/** Notes a newly remembered device. */
export function noteDevice(world: World, { account }: SessionState, { name }: Browser, setCookie: string): void {
  const token = setCookie.slice(setCookie.indexOf('=') + 1, setCookie.indexOf(';'))
  const id = token.slice(0, token.indexOf('.'))
  const { now } = world
  account.devices.set(id, { id, tokens: [token], rotatedAt: now, expiresAt: now + DEVICE_TTL_MS, isBlurred: false })
  world.ledger.count(`remembered in ${name}`)
}
