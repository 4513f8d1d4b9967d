import assert from 'node:assert/strict'
import { type AccountState, type EnrolmentState, MINUTE, newSession, type SessionState } from '../state'
import { countFailure, isLocked, matchingStep, stepAt, totp } from '../truth'
import type { Answered, Browser, World } from '../world'
import { type Act, endOthers, judge, LOCKED, NOT_FOUND, SIGN_IN } from './act'
import { giveCodes, staleRefusal } from './change'
import { leave } from './sign-in'

const INCORRECT = { status: 401, code: 'ERR_TFA_CODE_INCORRECT' }
/** So many begun and not confirmed, and beginning locks. */
const ENROLMENTS_BEGUN = 20
/** A send may come too often, or not arrive. */
const UNSENT = [{ status: 429 }, { status: 502, code: 'ERR_TFA_DELIVERY_FAILED' }] as const

export interface BeginChoice {
  process: number
  factor: 'totp' | 'sms' | 'voice'
  /** Which of three numbers; two users may have one number. */
  number: number
}

export function beginAct(world: World, browser: Browser, { process, factor, number }: BeginChoice): Act {
  const { session } = browser
  const label = `${browser.name} begins to enrol ${factor}`
  const phone = { factor: 'phone', country: 'FR', phone: `061234567${number}`, method: factor }
  const body = factor === 'totp' ? { factor } : phone
  return {
    ...{ label, kind: 'other', account: session?.account ?? null, browser },
    send: () => world.send(browser, process, { method: 'POST', path: '/two-factor/authenticators', body }),
    alone(reply) {
      const refusal = staleRefusal(world, browser, ['prompted', 'passed'])
      if (refusal || !session) return judge(label, reply, refusal ?? SIGN_IN)
      if (isLocked(session.account, ['enrolment'], world.now)) return judge(label, reply, LOCKED)
      judge(label, reply, { status: 201 }, ...(factor === 'totp' ? [] : UNSENT))
      countFailure(session.account, 'enrolment', ENROLMENTS_BEGUN, world.now)
      if (reply.status === 201) session.enrolments.push(readBegun(session, reply, factor, world))
    },
  }
}

function readBegun(session: SessionState, { body }: Answered, factor: string, world: World): EnrolmentState {
  const { enrolmentId, setupKey = '' } = body as Record<string, string>
  return {
    ...{ id: String(enrolmentId), kind: factor === 'totp' ? 'totp' : 'phone', setupKey: String(setupKey) },
    ...{ expiresAt: world.now + 10 * MINUTE, attemptsLeft: world.rules.attemptsPerChallenge },
    generation: session.account.generation,
  }
}

export function resendEnrolmentAct(world: World, browser: Browser, process: number, enrolment: EnrolmentState): Act {
  const label = `${browser.name} has the enrolment's code sent again`
  const path = `/two-factor/authenticators/${enrolment.id}/resend`
  return {
    ...{ label, kind: 'other', account: browser.session?.account ?? null, browser },
    send: () => world.send(browser, process, { method: 'POST', path, body: { method: 'sms' } }),
    alone(reply) {
      const refusal = staleRefusal(world, browser, ['prompted', 'passed'])
      if (refusal) return judge(label, reply, refusal)
      if (!isOwn(browser, enrolment) || world.now >= enrolment.expiresAt) return judge(label, reply, NOT_FOUND)
      if (enrolment.kind === 'totp') return judge(label, reply, { status: 422 })
      judge(label, reply, { status: 202 }, ...UNSENT)
    },
  }
}

function isOwn({ session }: Browser, enrolment: EnrolmentState): boolean {
  return session?.enrolments.includes(enrolment) === true && enrolment.generation === session.account.generation
}

/** Types the first code of an enrolment: this session's own, or one that was begun elsewhere. */
export function confirmAct(
  world: World,
  browser: Browser,
  { enrolment, process, code: kind }: { enrolment: EnrolmentState; process: number; code: 'right' | 'wrong' },
): Act {
  const { session } = browser
  const label = `${browser.name} confirms an enrolment, ${kind}`
  const right = rightCode(world, enrolment)
  const wrong = Number(right ?? 0) > 500_000 ? '100001' : '900001'
  const code = kind === 'right' && right ? right : wrong
  const path = `/two-factor/authenticators/${enrolment.id}/confirm`
  return {
    ...{ label, kind: 'confirm', account: session?.account ?? null, browser },
    confirms: { enrolment, code },
    send: () => world.send(browser, process, { method: 'POST', path, body: { code } }),
    alone(reply) {
      const refusal = staleRefusal(world, browser, ['prompted', 'passed'])
      if (refusal || !session) return judge(label, reply, refusal ?? SIGN_IN)
      if (!isOwn(browser, enrolment)) return judge(label, reply, NOT_FOUND)
      if (world.now >= enrolment.expiresAt) return judge(label, reply, NOT_FOUND, { status: 401 })
      if (enrolment.attemptsLeft < 1) return judge(label, reply, { status: 429, code: 'ERR_TFA_ATTEMPTS_EXHAUSTED' })
      judge(label, reply, code === right ? { status: 201 } : INCORRECT)
      if (code === right) return turnOn(world, browser, session, enrolment, reply, code)
      enrolment.attemptsLeft -= 1
      world.ledger.fail(reply.request)
    },
  }
}

function rightCode(world: World, { kind, id, setupKey }: EnrolmentState): string | undefined {
  if (kind === 'totp') return totp(setupKey, stepAt(world.now))
  return world.ledger.codeOf(id, 'sms') ?? world.ledger.codeOf(id, 'voice')
}

function turnOn(
  world: World,
  browser: Browser,
  session: SessionState,
  enrolment: EnrolmentState,
  reply: Answered,
  code: string,
): void {
  const { account } = session
  assert.equal(reply.body.recoveryCodes !== undefined, account.factors.size === 0, 'recovery codes with the first')
  noteEnrolled(world, account, enrolment, reply, code)
  endOthers(world, account, session)
  account.tallies.delete('enrolment')
  browser.session = newSession(account, 'second-factor', world.now)
  if (world.rules.afterEnrolment === 'sign-out') leave(browser)
}

/** Writes down what a confirmed enrolment left behind. */
export function noteEnrolled(
  world: World,
  account: AccountState,
  { kind, setupKey }: Pick<EnrolmentState, 'kind' | 'setupKey'>,
  reply: Answered,
  code: string,
): void {
  const { id } = reply.body.authenticator as { id: string }
  const step = kind === 'totp' ? matchingStep({ setupKey }, code, world.now) : null
  world.ledger.claim(kind === 'totp' ? `totp ${id} ${step}` : `enrolment ${id}`)
  account.factors.set(id, { id, kind, setupKey, lastStep: step ?? -1, failures: 0 })
  if (reply.body.recoveryCodes !== undefined) giveCodes(account, reply)
}
