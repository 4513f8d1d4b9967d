import type { Scheduler } from 'fast-check'
import type { Act } from './acts/act'
import { openAct, stepUpAct } from './acts/challenge'
import { newCodesAct, passwordAct } from './acts/change'
import { beginAct } from './acts/enrolment'
import { signInAct } from './acts/sign-in'
import { resetAct } from './acts/support'
import { verifyAct, verifyTyped } from './acts/verify'
import { buildAct, type Choice } from './choice'
import { wrongCode } from './codes'
import { race } from './race'
import { find, freshen, playAlone, type Who } from './scenes'
import { ACTIONS, SECOND } from './state'
import type { World } from './world'

interface Raced extends Who {
  isScheduled: boolean
}

interface Given {
  scheduler: Scheduler
}

/** The same right code many times, or wrong ones with the right one among them, from one session or from two. */
export async function burst(
  world: World,
  drawn: Raced & { right: number; count: number },
  { scheduler }: Given,
): Promise<void> {
  const [browser, account] = find(world, drawn)
  const other = find(world, { ...drawn, browser: (drawn.browser + 1) % 4 })[0]
  for (const one of [browser, other]) await playAlone(world, signInAct(world, one, account, drawn.process))
  if (world.standing(browser) !== 'held' || !browser.session?.challenge) return
  world.ground.clock.advance(31 * SECOND)
  world.settleClock()
  const isSame = drawn.right > 3
  const kind = drawn.right === 6 ? 'recovery' : 'right'
  const acts = Array.from({ length: drawn.count }, (_, at) => {
    const by = at % 3 === 2 ? other : browser
    const options = { process: at, remember: at % 2 === 0 }
    const isRight = isSame || at === drawn.right
    return isRight
      ? verifyAct(world, by, { kind, ...options })
      : verifyTyped(world, by, wrongCode(world, by, at), options)
  })
  await race(world, acts, drawn.isScheduled ? scheduler : null)
}

/** A right code on its way, while the session or what it rests on is brought to an end, here or elsewhere. */
export async function inFlight(
  world: World,
  drawn: Raced & { endings: readonly Choice[] },
  { scheduler }: Given,
): Promise<void> {
  const [browser, account] = find(world, drawn)
  const other = { ...drawn, browser: (drawn.browser + 1) % 4 }
  // Another session of the same user that may change factors, and end this one by it.
  await freshen(world, other)
  await playAlone(world, signInAct(world, browser, account, drawn.process))
  world.ground.clock.advance(31 * SECOND)
  world.settleClock()
  const verifying = browser.session?.challenge
    ? [verifyAct(world, browser, { kind: 'right', process: drawn.process, remember: true })]
    : []
  const ending = drawn.endings.flatMap((choice, at): Act[] => {
    const by = choice.name === 'sign-out' && at === 0 ? drawn.browser : other.browser
    return [buildAct(world, { ...choice, pick: choice.pick * 4, browser: by, account: drawn.account })].filter(
      (act) => act !== null,
    )
  })
  await race(world, [...verifying, ...ending], drawn.isScheduled ? scheduler : null)
}

/** A change of factors on its way, while its session or its user's are ended. */
export async function changeInFlight(
  world: World,
  drawn: Raced & { change: Choice; ending: Choice },
  { scheduler }: Given,
): Promise<void> {
  const { browser, account, change, ending } = drawn
  const [by, whose] = find(world, drawn)
  // The first factor of all: who signs in beside it must not get through as somebody who has none.
  if (change.name === 'confirm' && change.pick % 2 === 0) await playAlone(world, resetAct(world, whose, 0))
  await freshen(world, drawn)
  if (change.name === 'confirm') await playAlone(world, beginAct(world, by, { process: 0, factor: 'totp', number: 0 }))
  world.settleClock()
  const acts = [change, ending].flatMap((choice): Act[] => {
    const at = choice.name === 'sign-in' ? (browser + 1) % 4 : browser
    const act = buildAct(world, { ...choice, pick: choice.pick * 4, browser: at, account })
    return act ? [act] : []
  })
  await race(world, acts, drawn.isScheduled ? scheduler : null)
  // One change, one re-authentication: the password alone is not enough for the next.
  await playAlone(world, passwordAct(world, by, 0, 'knows'))
  await playAlone(world, newCodesAct(world, by, 0))
}

/** One action that was confirmed, and several requests that come to do it. */
export async function actTogether(world: World, drawn: Raced & { count: number }, { scheduler }: Given): Promise<void> {
  const { process, count } = drawn
  const [browser] = find(world, drawn)
  await freshen(world, drawn)
  if (!browser.session?.hasFactor) return
  world.ground.clock.advance(61 * SECOND)
  await playAlone(world, stepUpAct(world, browser, ACTIONS[0], process))
  await playAlone(world, openAct(world, browser, null, process))
  await playAlone(world, verifyAct(world, browser, { kind: 'right', process, remember: false }))
  const acts = Array.from({ length: count }, (_, at) => stepUpAct(world, browser, ACTIONS[0], at))
  await race(world, acts, drawn.isScheduled ? scheduler : null)
}
