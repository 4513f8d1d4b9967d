import { PASSWORD } from '../../support/app'
import { type AccountState, killCodes, killDevice, newSession, type SessionState } from '../state'
import { countFailure, isFresh, isInForce, isLocked } from '../truth'
import type { Answered, Browser, World } from '../world'
import {
  type Act,
  ENROL,
  type Expected,
  endOthers,
  HELD,
  judge,
  LOCKED,
  NOT_FOUND,
  NOT_FRESH,
  refusalOf,
  SIGN_IN,
} from './act'

/** The password once more; every fifth or so is somebody's guess. */
export function passwordAct(world: World, browser: Browser, process: number, knows: 'knows' | 'guesses'): Act {
  const { session } = browser
  const label = `${browser.name} ${knows} the password`
  const password = knows === 'knows' ? PASSWORD : 'hunter2'
  const body = { username: session?.account.label ?? 'nobody', password }
  return {
    ...{ label, kind: 'other', account: session?.account ?? null, browser },
    send: () => world.send(browser, process, { method: 'POST', path: '/two-factor/reauthenticate', body }),
    alone(reply) {
      const refusal = refusalOf(world, browser, ['prompted', 'passed'])
      if (refusal || !session) return judge(label, reply, refusal ?? SIGN_IN)
      const { account } = session
      if (isLocked(account, ['password'], world.now)) return judge(label, reply, LOCKED)
      judge(label, reply, knows === 'knows' ? { status: 200 } : { status: 401, code: 'ERR_TFA_CREDENTIALS_INCORRECT' })
      if (knows === 'guesses') return countFailure(account, 'password', world.rules.lockAuthenticatorFrom, world.now)
      account.tallies.delete('password')
      session.passwordAt = world.now
    },
  }
}

/** What somebody who is not fresh, or not through, is answered at a change of factors. */
export function staleRefusal(world: World, browser: Browser, standings: readonly string[]): Expected | null {
  const standing = world.standing(browser)
  if (standing === 'nobody' || !browser.session) return SIGN_IN
  if (standing === 'held') return NOT_FRESH
  if (!standings.includes(standing)) return ENROL
  return isFresh(browser.session, world.now) ? null : NOT_FRESH
}

export function newCodesAct(world: World, browser: Browser, process: number): Act {
  const label = `${browser.name} makes new recovery codes`
  return changeAct(world, browser, label, { process, path: '/two-factor/recovery-codes' }, (session, reply) => {
    const refusal = staleRefusal(world, browser, ['passed'])
    if (refusal) return judge(label, reply, refusal)
    if (session.account.factors.size === 0) return judge(label, reply, NOT_FOUND)
    judge(label, reply, { status: 201 })
    reissue(world, browser, session, 'as-before')
    giveCodes(session.account, reply)
  })
}

export function removeAct(world: World, browser: Browser, process: number, factorId: string): Act {
  const label = `${browser.name} removes ${factorId}`
  const path = `/two-factor/authenticators/${factorId}/remove`
  const act = changeAct(world, browser, label, { process, path }, (session, reply) => {
    const { account } = session
    const refusal = staleRefusal(world, browser, ['passed'])
    if (refusal) return judge(label, reply, refusal)
    if (!account.factors.has(factorId)) return judge(label, reply, NOT_FOUND)
    const isLast = account.factors.size === 1
    if (isLast && isInForce(world.frame, world.now)) return judge(label, reply, { status: 409 })
    judge(label, reply, { status: 204 })
    account.factors.delete(factorId)
    if (isLast) killCodes(account)
    reissue(world, browser, session, isLast ? 'as-password' : 'as-before')
  })
  return { ...act, removesFactor: factorId }
}

export function disableAct(world: World, browser: Browser, process: number): Act {
  const label = `${browser.name} turns the second factor off`
  const act = changeAct(world, browser, label, { process, path: '/two-factor/disable' }, (session, reply) => {
    if (world.standing(browser) === 'nobody') return judge(label, reply, SIGN_IN)
    if (isInForce(world.frame, world.now))
      return judge(label, reply, { status: 403, code: 'ERR_TFA_REQUIRED_BY_POLICY' })
    const refusal = staleRefusal(world, browser, ['passed'])
    if (refusal) return judge(label, reply, refusal)
    judge(label, reply, { status: 204 })
    session.account.factors.clear()
    killCodes(session.account)
    reissue(world, browser, session, 'as-password')
  })
  return { ...act, removesAll: true }
}

function changeAct(
  world: World,
  browser: Browser,
  label: string,
  { process, path }: { process: number; path: string },
  alone: (session: SessionState, reply: Answered) => void,
): Act {
  const { session } = browser
  return {
    ...{ label, kind: 'change', account: session?.account ?? null, browser },
    send: () => world.send(browser, process, { method: 'POST', path }),
    alone: (reply) => (session ? alone(session, reply) : judge(label, reply, SIGN_IN)),
  }
}

/** This session goes on under a new grant; the user's others end, and the devices with them. */
function reissue(world: World, browser: Browser, before: SessionState, as: 'as-before' | 'as-password'): void {
  const { account, assurance, verifiedAt } = before
  endOthers(world, account, before)
  for (const device of [...account.devices.values()]) killDevice(account, device)
  browser.session = newSession(account, as === 'as-before' ? assurance : 'password', world.now)
  if (as === 'as-before') browser.session.verifiedAt = verifiedAt
  world.ledger.count('changed factors')
}

export function giveCodes(account: AccountState, { body }: Answered): void {
  killCodes(account)
  for (const code of body.recoveryCodes as string[]) account.recoveryCodes.add(code)
}

/** "Not now". */
export function postponeAct(world: World, browser: Browser, process: number): Act {
  const { session } = browser
  const label = `${browser.name} says not now`
  return {
    ...{ label, kind: 'other', account: session?.account ?? null, browser },
    send: () => world.send(browser, process, { method: 'POST', path: '/two-factor/setup/postpone' }),
    alone(reply) {
      const standing = world.standing(browser)
      if (!session || standing === 'nobody') return judge(label, reply, SIGN_IN)
      if (standing === 'held') return judge(label, reply, HELD)
      if (standing === 'passed' && !session.postponed) return judge(label, reply, { status: 409 })
      const endsAt = (session.account.firstPromptAt ?? world.now) + world.rules.graceMs
      const mayPostpone = isInForce(world.frame, world.now) && !session.hasFactor && world.now < endsAt
      judge(label, reply, mayPostpone ? { status: 200 } : ENROL)
      if (mayPostpone) session.postponed = true
      if (mayPostpone) world.ledger.count('postponed')
    },
  }
}
