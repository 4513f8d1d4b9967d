import assert from 'node:assert/strict'
import type { Scheduler } from 'fast-check'
import type { Act } from './acts/act'
import { subjectsOf } from './acts/verify'
import { adoptAll } from './adopt'
import type { AccountState } from './state'
import { isLocked } from './truth'
import { type Answered, type Browser, cookieOf, type World } from './world'

/** An act of a race, with its answer. */
export interface Ran {
  act: Act
  reply: Answered
}

/** Sends several requests side by side; whatever the order, nothing may come of it that the model forbids. */
export async function race(world: World, acts: readonly Act[], scheduler: Scheduler | null): Promise<void> {
  if (acts.length === 0) return
  const allowances = world.accounts.map((account) => allowancesOf(world, account, acts))
  const before = world.browsers.map((browser) => ({
    standing: world.standing(browser),
    cookie: cookieOf(browser.jar),
    ghosts: browser.ghosts.length,
  }))
  const replies = await world.interleaving.together(
    acts.map((act) => act.send),
    scheduler,
  )
  const ran = acts.map((act, at) => ({ act, reply: replies[at] as Answered }))
  for (const { act, reply } of ran)
    assert(reply.status < 500 || reply.status === 502, `${act.label} fails: ${reply.status}`)
  for (const [at, account] of world.accounts.entries()) judgeGuesses(account, ran, allowances[at] ?? new Map())
  judgeActions(ran)
  await adoptAll(world, ran)
  for (const [at, browser] of world.browsers.entries()) {
    await judgeGate(world, browser, ran, before[at] as Before)
  }
  world.ledger.count(scheduler ? 'raced by a schedule' : 'raced freely')
}

/** A browser as the race found it. */
interface Before {
  standing: string
  cookie: string
  ghosts: number
}

/** How many codes may be compared before the tally locks, by subject. */
function allowancesOf(world: World, account: AccountState, acts: readonly Act[]): Map<string, number> {
  const { lockAuthenticatorFrom, lockUserFrom } = world.rules
  const challenges = acts.flatMap(({ browser, typed }) => {
    const challenge = browser?.session?.account === account ? browser.session.challenge : null
    return challenge && typed ? subjectsOf(challenge, typed) : []
  })
  return new Map(
    challenges.map((subject) => {
      const lockFrom = subject === 'user' ? lockUserFrom : lockAuthenticatorFrom
      const failures = account.tallies.get(subject)?.failures ?? 0
      return [subject, isLocked(account, [subject], world.now) ? 0 : Math.max(1, lockFrom - failures)]
    }),
  )
}

/** Codes are counted before they are compared: of a burst no more are compared than the limits have left. */
function judgeGuesses(account: AccountState, ran: readonly Ran[], allowances: ReadonlyMap<string, number>): void {
  const mine = ran.filter(({ act }) => act.account === account)
  const isCleared = mine.some(({ act }) => act.label.startsWith('support') || act.kind === 'sign-in')
  const isSwitched = mine.some(({ act }) => act.label.includes('challenge'))
  if (isCleared || isSwitched) return
  const wins = mine.filter(({ act, reply }) => act.typed && reply.status === 200)
  for (const { act } of wins) assert.notEqual(act.typed?.verdict, 'wrong', `${act.label}, and is let in`)
  for (const { act } of wins) assert.notEqual(act.typed?.verdict, 'repeat', `${act.label}, and is let in`)
  if (wins.length > 0) return
  for (const [subject, allowance] of allowances) {
    const compared = mine.filter(
      ({ act, reply }) =>
        act.typed?.verdict === 'wrong' && reply.code === 'ERR_TFA_CODE_INCORRECT' && isCounted(act, subject),
    )
    assert(compared.length <= allowance, `${compared.length} codes compared where ${subject} had ${allowance} left`)
  }
}

function isCounted({ browser, typed }: Act, subject: string): boolean {
  if (!typed || !browser?.session) return false
  if (typed.isRecovery) return subject === 'recovery-code'
  return subject === 'user' || browser.session.challenge?.authenticatorId === subject
}

/** An action that was confirmed runs once, however many requests come for it. */
function judgeActions(ran: readonly Ran[]): void {
  for (const browser of new Set(ran.flatMap(({ act }) => act.browser ?? []))) {
    const mine = ran.filter(({ act }) => act.browser === browser)
    if (!browser.session?.hasFactor || mine.some(({ act }) => ['sign-in', 'change'].includes(act.kind))) continue
    const done = mine.filter(
      ({ act, reply }) => act.kind === 'step-up' && act.label.includes('(no action)') === false && reply.status === 200,
    )
    const verified = mine.filter(({ act, reply }) => act.kind === 'verify' && reply.status === 200)
    const confirmed = (browser.session.actionKey === null ? 0 : 1) + verified.length
    assert(done.length <= confirmed, `${done.length} actions done, ${confirmed} confirmed`)
  }
}

/** Who may be through the gate when all is over: nobody whom another request of the race has ended. */
async function judgeGate(world: World, browser: Browser, ran: readonly Ran[], before: Before): Promise<void> {
  const mine = ran.filter(({ act }) => act.browser === browser)
  const account = mine.find(({ act }) => act.account)?.act.account ?? browser.session?.account
  const others = ran.filter(
    ({ act, reply }) => act.account === account && act.browser !== browser && revokes(act, reply),
  )
  const has = (kind: Act['kind'], status: number) =>
    mine.some(({ act, reply }) => act.kind === kind && reply.status === status)
  // Cookies that came and went within the race, and the ones from before and after it.
  const passing = browser.ghosts.splice(before.ghosts).filter((ghost) => !before.cookie.includes(ghost))
  const cookies = [...passing, before.cookie, cookieOf(browser.jar)]
  browser.ghosts.push(...retiredCookies(before.cookie, browser))
  if (has('sign-in', 200)) return judgeArrival(world, browser, mine, others)
  const isThrough = async () => (await Promise.all(cookies.map((cookie) => world.reaches(cookie, 0)))).includes(true)
  if (others.length > 0) assert(!(await isThrough()), `${browser.name} outlives: ${others[0]?.act.label}`)
  const isGained = has('verify', 200) || mine.some(({ act, reply }) => revokes(act, reply))
  if (has('sign-out', 204)) assert(!(await isThrough()), `${browser.name} is through after its sign-out`)
  const isPostponed = mine.some(({ act, reply }) => act.label.endsWith('not now') && reply.status === 200)
  if (before.standing === 'passed' || isGained || isPostponed) return
  assert(!(await isThrough()), `${browser.name} got through`)
}

/** A sign-in beside a change of factors rests on what was before it or after it, and never on both. */
async function judgeArrival(
  world: World,
  browser: Browser,
  mine: readonly Ran[],
  others: readonly Ran[],
): Promise<void> {
  const account = mine.find(({ act }) => act.kind === 'sign-in')?.act.account
  const isAsked = mine.length === 1 && account !== undefined && account !== null && account.factors.size > 0
  const keepsDevice = others.every(({ act }) => act.kind === 'confirm') && browser.jar.size > 1
  if (!isAsked || others.length === 0 || keepsDevice) return
  assert(!(await world.reaches(cookieOf(browser.jar), 0)), `${browser.name} signs in on what is over`)
}

/** The session cookie from before, if it went out of use. */
function retiredCookies(before: string, browser: Browser): readonly string[] {
  const cookie = /connect\.sid=[^;]+/.exec(before)?.[0]
  return cookie === undefined || cookieOf(browser.jar).includes(cookie) ? [] : [cookie]
}

/** Ends the user's other sessions. */
export function revokes({ kind, label }: Act, { status }: Answered): boolean {
  if (kind === 'support') return !label.startsWith('support unlocks')
  return (kind === 'change' || kind === 'confirm') && status < 300
}
