import type { Scheduler } from 'fast-check'
import type { Act } from './acts/act'
import { signInAct } from './acts/sign-in'
import { verifyAct, verifyTyped } from './acts/verify'
import { buildAct, type Choice } from './choice'
import { wrongCode } from './codes'
import { race } from './race'
import { find, freshen, playAlone, type Who } from './scenes'
import { SECOND } from './state'
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
  const acts = Array.from({ length: drawn.count }, (_, at) => {
    const by = at % 3 === 2 ? other : browser
    const options = { process: at, remember: at % 2 === 0 }
    const isRight = isSame || at === drawn.right
    return isRight
      ? verifyAct(world, by, { kind: 'right', ...options })
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
