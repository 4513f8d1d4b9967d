import { isDisabled, isLocked, isSteppedUp } from '../truth'
import type { Browser, World } from '../world'
import { type Act, judge, LOCKED, refreshChallenge, refusalOf, SIGN_IN } from './act'

export type MethodChoice = 'totp' | 'sms' | 'voice' | 'recovery-code' | null

/** Opens a challenge, or switches its method. */
export function openAct(world: World, browser: Browser, method: MethodChoice, process: number): Act {
  const { session } = browser
  const label = `${browser.name} asks for a challenge by ${method ?? 'any method'}`
  const body = method ? { method } : {}
  return {
    ...{ label, kind: 'other', account: session?.account ?? null, browser },
    send: () => world.send(browser, process, { method: 'POST', path: '/two-factor/challenge', body }),
    async alone(reply) {
      const refusal = refusalOf(world, browser, ['held', 'passed'])
      if (refusal || !session) return judge(label, reply, refusal ?? SIGN_IN)
      const { account } = session
      const kind = method === 'totp' ? 'totp' : 'phone'
      const factors = [...account.factors.values()].filter((factor) => factor.kind === kind)
      const isBarred = (id: string) =>
        isLocked(account, [id, 'user'], world.now) || isDisabled(world.frame, account, id)
      if (method === 'totp' && factors.length > 0 && factors.every(({ id }) => !isBarred(id))) {
        judge(label, reply, { status: 201 })
      } else if (
        method &&
        method !== 'recovery-code' &&
        factors.length > 0 &&
        factors.every(({ id }) => isBarred(id))
      ) {
        judge(label, reply, LOCKED)
      } else judge(label, reply, { status: 201 }, { status: 404 }, { status: 429 }, { status: 502 })
      await refreshChallenge(world, browser)
    },
  }
}

export function resendAct(world: World, browser: Browser, process: number): Act {
  const { session } = browser
  const label = `${browser.name} has the code sent again`
  return {
    ...{ label, kind: 'other', account: session?.account ?? null, browser },
    send: () => world.send(browser, process, { method: 'POST', path: '/two-factor/challenge/resend' }),
    async alone(reply) {
      const refusal = refusalOf(world, browser, ['held', 'passed'])
      if (refusal || !session) return judge(label, reply, refusal ?? SIGN_IN)
      const { challenge } = session
      if (!challenge || world.now >= challenge.expiresAt) return judge(label, reply, { status: 404 })
      if (challenge.attemptsLeft < 1) return judge(label, reply, { status: 429, code: 'ERR_TFA_ATTEMPTS_EXHAUSTED' })
      const sends = challenge.method === 'sms' || challenge.method === 'voice'
      judge(label, reply, ...(sends ? [{ status: 202 }, { status: 429 }, { status: 502 }] : [{ status: 400 }]))
      await refreshChallenge(world, browser)
    },
  }
}

/** Does something that asks for a step-up, with or without an action of its own. */
export function stepUpAct(world: World, browser: Browser, action: string | null, process: number): Act {
  const { session } = browser
  const label = `${browser.name} does something sensitive (${action ?? 'no action'})`
  const call = action ? { path: '/payout', body: { to: action } } : { path: '/email' }
  return {
    ...{ label, kind: 'step-up', account: session?.account ?? null, browser },
    send: () => world.send(browser, process, { method: 'POST', ...call }),
    alone(reply) {
      const refusal = refusalOf(world, browser, ['passed'])
      if (refusal || !session) return judge(label, reply, refusal ?? SIGN_IN)
      if (!isSteppedUp(session, action, world.now)) {
        judge(label, reply, { status: 401, code: 'ERR_TFA_STEP_UP_REQUIRED' })
        if (action) session.wantedAction = action
        return
      }
      judge(label, reply, { status: 200 })
      if (action) session.actionKey = null
      world.ledger.count(session.hasFactor ? 'stepped up' : 'nothing to step up with')
    },
  }
}
