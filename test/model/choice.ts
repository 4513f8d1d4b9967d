import fc from 'fast-check'
import type { Act } from './acts/act'
import { type MethodChoice, openAct, resendAct, stepUpAct } from './acts/challenge'
import { disableAct, newCodesAct, passwordAct, postponeAct, removeAct } from './acts/change'
import { beginAct, confirmAct, resendEnrolmentAct } from './acts/enrolment'
import { signInAct, signOutAct } from './acts/sign-in'
import { forgetAct, invalidateAct, resetAct, unlockAct } from './acts/support'
import { verifyAct } from './acts/verify'
import { CODE_KINDS, type CodeKind } from './codes'
import { ACTIONS, type AccountState } from './state'
import type { Browser, World } from './world'

/** What an act is drawn as. Whatever it names (a browser, a factor, an enrolment) is looked up when it is done. */
export interface Choice {
  name: keyof typeof WEIGHTS
  browser: number
  account: number
  process: number
  pick: number
  code: CodeKind
  factor: 'totp' | 'sms' | 'voice'
  method: MethodChoice
}

/** Names with how often each is drawn. */
const WEIGHTS = {
  ...{ 'sign-in': 3, 'sign-out': 1, verify: 7, open: 3, resend: 2, password: 3, begin: 2, confirm: 3 },
  ...{ 'resend-enrolment': 1, remove: 2, 'new-codes': 2, disable: 1, postpone: 2, forget: 1, 'step-up': 4 },
  ...{ reset: 1, invalidate: 1, unlock: 1 },
} as const

function nameOf(weights: Partial<Record<keyof typeof WEIGHTS, number>>) {
  const weighted = Object.entries(weights).map(([name, weight]) => ({
    arbitrary: fc.constant(name as keyof typeof WEIGHTS),
    weight,
  }))
  return fc.oneof(...weighted)
}

function choicesOf(weights: Partial<Record<keyof typeof WEIGHTS, number>>): fc.Arbitrary<Choice> {
  return fc.record({
    name: nameOf(weights),
    ...{ browser: fc.nat(3), account: fc.nat(1), process: fc.nat(1), pick: fc.nat(11) },
    code: fc.constantFrom(...CODE_KINDS),
    factor: fc.constantFrom('totp', 'sms', 'voice'),
    method: fc.constantFrom('totp', 'sms', 'voice', 'recovery-code', null),
  })
}

export const choices = choicesOf(WEIGHTS)
/** What may come while an answer is on its way. */
export const endings = choicesOf({
  ...{ reset: 3, invalidate: 3, 'sign-out': 4, disable: 3, remove: 2, 'new-codes': 3, confirm: 2 },
  ...{ 'sign-in': 2, verify: 2, open: 1, 'step-up': 1 },
})

export const changes = choicesOf({ 'new-codes': 2, confirm: 3, disable: 1, remove: 1, 'step-up': 1 })
export const ends = choicesOf({ reset: 2, invalidate: 2, 'sign-out': 2, 'sign-in': 3, disable: 1 })

type Builder = (world: World, choice: Choice, browser: Browser, account: AccountState) => Act | null

const BUILDERS: Record<Choice['name'], Builder> = {
  'sign-in': (world, { process }, browser, account) => signInAct(world, browser, account, process),
  'sign-out': (world, { process }, browser) => signOutAct(world, browser, process),
  verify: (world, { process, code, pick }, browser) =>
    verifyAct(world, browser, { kind: code, process, remember: pick % 2 === 0 }),
  open: (world, { process, method }, browser) => openAct(world, browser, method, process),
  resend: (world, { process }, browser) => resendAct(world, browser, process),
  password: (world, { process, pick }, browser) =>
    passwordAct(world, browser, process, pick === 0 ? 'guesses' : 'knows'),
  begin: (world, { process, factor, pick }, browser) => beginAct(world, browser, { process, factor, number: pick % 3 }),
  confirm: (world, { process, pick }, browser) => {
    const enrolment = pickOne(pick < 2 ? world.browsers.flatMap(enrolmentsOf) : enrolmentsOf(browser), pick)
    const code = pick % 4 === 3 ? 'wrong' : 'right'
    return enrolment ? confirmAct(world, browser, { enrolment, process, code }) : null
  },
  'resend-enrolment': (world, { process, pick }, browser) => {
    const enrolment = pickOne(enrolmentsOf(browser), pick)
    return enrolment ? resendEnrolmentAct(world, browser, process, enrolment) : null
  },
  remove: (world, { process, pick }, browser) => {
    const id = pickOne(
      world.accounts.flatMap(({ factors }) => [...factors.keys()]),
      pick,
    )
    return id ? removeAct(world, browser, process, id) : null
  },
  'new-codes': (world, { process }, browser) => newCodesAct(world, browser, process),
  disable: (world, { process }, browser) => disableAct(world, browser, process),
  postpone: (world, { process }, browser) => postponeAct(world, browser, process),
  forget: (world, { process, pick }, browser) => {
    const ids = world.accounts.flatMap(({ devices }) => [...devices.keys()])
    return forgetAct(world, browser, process, pick % 3 === 0 ? null : (pickOne(ids, pick) ?? null))
  },
  'step-up': (world, { process, pick }, browser) =>
    stepUpAct(world, browser, [null, ...ACTIONS][pick % 3] ?? null, process),
  reset: (world, { process }, _browser, account) => resetAct(world, account, process),
  invalidate: (world, { process }, _browser, account) => invalidateAct(world, account, process),
  unlock: (world, { process }, _browser, account) => unlockAct(world, account, process),
}

/** Makes the act that was drawn; null where there is nothing it could be about. */
export function buildAct(world: World, choice: Choice): Act | null {
  const browser = pickBrowser(world, choice)
  const account = world.accounts[choice.account] as AccountState
  return BUILDERS[choice.name](world, choice, browser, account)
}

/** Three times of four a browser that has something to do it with. */
function pickBrowser(world: World, { name, browser, pick }: Choice): Browser {
  const suits = world.browsers.filter((one) => isSuited(world, one, name))
  const among = pick % 4 > 0 && suits.length > 0 ? suits : world.browsers
  return among[browser % among.length] as Browser
}

function isSuited(world: World, browser: Browser, name: Choice['name']): boolean {
  const standing = world.standing(browser)
  if (name === 'verify' || name === 'resend') return browser.session?.challenge !== null && standing !== 'nobody'
  if (name === 'confirm' || name === 'resend-enrolment') return enrolmentsOf(browser).length > 0
  if (name === 'postpone') return standing === 'prompted'
  if (name === 'sign-in') return standing === 'nobody'
  return standing === 'passed' || (name === 'open' && standing === 'held')
}

function enrolmentsOf({ session }: Browser) {
  return session?.enrolments ?? []
}

function pickOne<Item>(items: readonly Item[], pick: number): Item | undefined {
  return items[pick % Math.max(1, items.length)]
}
