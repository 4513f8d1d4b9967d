import type { Act } from './acts/act'
import { openAct } from './acts/challenge'
import { passwordAct } from './acts/change'
import { beginAct, confirmAct } from './acts/enrolment'
import { copyDeviceCookies, signInAct } from './acts/sign-in'
import { unlockAct } from './acts/support'
import { verifyAct, verifyTyped } from './acts/verify'
import { wrongCode } from './codes'
import type { AccountState } from './state'
import { DAY, SECOND } from './state'
import { isDisabled } from './truth'
import type { Browser, World } from './world'

export interface Who {
  browser: number
  account: number
  process: number
}

/** Does one thing with nothing else under way: every answer is known beforehand. */
export async function playAlone(world: World, act: Act): Promise<void> {
  world.settleClock()
  await act.alone(await act.send())
}

export function find(world: World, { browser, account }: Who): [Browser, AccountState] {
  return [world.browsers[browser] as Browser, world.accounts[account] as AccountState]
}

/** Lets time pass. */
export async function advance(world: World, seconds: number): Promise<void> {
  world.ground.clock.advance(seconds * SECOND)
  world.settleClock()
  for (const account of world.accounts) {
    const isOld = [...account.tallies.values()].some(({ countedAt }) => world.now - countedAt > 29 * DAY)
    // After thirty days a store may forget a tally, by its own clock: from here on none is counted on.
    if (isOld) await playAlone(world, unlockAct(world, account, 0))
  }
}

export async function copyCookies(world: World, [from, to]: readonly [number, number]): Promise<void> {
  copyDeviceCookies(world.browsers[from] as Browser, world.browsers[to] as Browser)
}

/** Signs in and answers right, in a step that no code was accepted in yet. */
export async function pass(world: World, who: Who & { remember: boolean }): Promise<void> {
  const [browser, account] = find(world, who)
  await playAlone(world, signInAct(world, browser, account, who.process))
  if (world.standing(browser) !== 'held') return
  world.ground.clock.advance(61 * SECOND)
  world.settleClock()
  const { process, remember } = who
  await playAlone(world, verifyAct(world, browser, { kind: 'right', process, remember }))
}

/** A code is sent again, or by another method, and the one from before is typed all the same. */
export async function typeOldCode(world: World, who: Who & { factor: 'totp' | 'sms' | 'voice' }): Promise<void> {
  const [browser, account] = find(world, who)
  const { process, factor } = who
  await playAlone(world, signInAct(world, browser, account, process))
  if (!browser.session?.challenge) return
  await playAlone(world, openAct(world, browser, 'sms', process))
  world.ground.clock.advance(31 * SECOND)
  await playAlone(world, openAct(world, browser, factor === 'totp' ? 'sms' : factor, process))
  await playAlone(world, verifyAct(world, browser, { kind: 'stale', process, remember: false }))
  await playAlone(world, verifyAct(world, browser, { kind: 'right', process, remember: false }))
}

/** Message after message, as somebody asks for who makes money by them, or whose phone is slow. */
export async function sendAgain(
  world: World,
  who: Who & { method: 'sms' | 'voice'; everySeconds: number; times: number },
): Promise<void> {
  const [browser, account] = find(world, who)
  await playAlone(world, signInAct(world, browser, account, who.process))
  for (let at = 0; at < who.times && world.standing(browser) === 'held'; at += 1) {
    await playAlone(world, openAct(world, browser, who.method, at))
    world.ground.clock.advance(who.everySeconds * SECOND)
  }
}

/** A session that may change factors: through, with the password and the second factor given again. */
export async function freshen(world: World, who: Who): Promise<void> {
  const [browser, account] = find(world, who)
  const { process } = who
  if (browser.session?.account !== account || world.standing(browser) !== 'passed') {
    await pass(world, { ...who, remember: false })
  }
  await playAlone(world, passwordAct(world, browser, process, 'knows'))
  if (!browser.session?.hasFactor) return
  world.ground.clock.advance(61 * SECOND)
  await playAlone(world, openAct(world, browser, null, process))
  await playAlone(world, verifyAct(world, browser, { kind: 'right', process, remember: false }))
}

/** All that turning a factor on takes, by somebody who knows the password and has the phone. */
export async function enrol(world: World, who: Who & { factor: 'totp' | 'sms' | 'voice' }): Promise<void> {
  const [browser, account] = find(world, who)
  const { process, factor } = who
  if (browser.session?.account !== account || world.standing(browser) !== 'passed') {
    await pass(world, { ...who, remember: false })
  }
  await playAlone(world, passwordAct(world, browser, process, 'knows'))
  await playAlone(world, beginAct(world, browser, { process, factor, number: who.browser % 3 }))
  const enrolment = browser.session?.enrolments.at(-1)
  if (enrolment) await playAlone(world, confirmAct(world, browser, { enrolment, process, code: 'right' }))
}

/** Guesses on, waiting each lock out and opening a challenge whenever one is used up. */
export async function guessPatiently(world: World, who: Who & { times: number }): Promise<void> {
  const [browser, account] = find(world, who)
  for (let at = 0; at < who.times; at += 1) {
    if (world.standing(browser) !== 'held') await playAlone(world, signInAct(world, browser, account, at))
    if (world.standing(browser) !== 'held') return
    if (!browser.session?.challenge || browser.session.challenge.attemptsLeft < 1) {
      await playAlone(world, openAct(world, browser, null, at))
    }
    const typed = wrongCode(world, browser, at)
    await playAlone(world, verifyTyped(world, browser, typed, { process: at, remember: false }))
    const until = Math.max(0, ...[...account.tallies.values()].map(({ lockedUntil }) => lockedUntil))
    if (at % 6 > 0 && until > world.now) world.ground.clock.advance(until - world.now + SECOND)
  }
  const asked = browser.session?.challenge?.authenticatorId ?? ''
  if (!isDisabled(world.frame, account, asked)) return
  // Only binding it again helps: not support's unlocking, and not the right code.
  await playAlone(world, unlockAct(world, account, 0))
  await playAlone(world, verifyAct(world, browser, { kind: 'right', process: 0, remember: false }))
}
