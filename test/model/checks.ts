import assert from 'node:assert/strict'
import { type AccountState, DAY } from './state'
import { isInForce } from './truth'
import { type Browser, cookieOf, type World } from './world'

/** What must hold when nothing is under way: who is through the gate, and what the stores have of each user. */
export async function checkQuiet(world: World, process: number): Promise<void> {
  world.ledger.checkSends()
  for (const browser of world.browsers) if (browser.jar.size > 0) await checkGate(world, browser, process)
  const account = world.accounts[process % 2]
  if (account) await checkRecord(world, account, process)
}

async function checkGate(world: World, browser: Browser, process: number): Promise<void> {
  const standing = world.standing(browser)
  const isThrough = await world.reaches(cookieOf(browser.jar), process)
  assert.equal(
    isThrough ? 'passed' : 'not passed',
    standing === 'passed' ? 'passed' : 'not passed',
    `gate of ${browser.name}`,
  )
  world.ledger.count(`gate ${standing}`)
  for (const ghost of browser.ghosts.slice(-1)) await checkGhost(world, ghost, process)
  if (standing === 'prompted') await checkGrace(world, browser, process)
}

/** A session cookie that went out of use is worth nothing, whoever kept it. */
async function checkGhost(world: World, cookie: string, process: number): Promise<void> {
  assert(!(await world.reaches(cookie, process)), 'an old session cookie reaches the page behind the gate')
}

export async function checkGhosts(world: World): Promise<void> {
  for (const { ghosts } of world.browsers) for (const ghost of ghosts) await checkGhost(world, ghost, 0)
}

/** The end of the grace period is set once, by the first sight under the requirement. */
async function checkGrace(world: World, browser: Browser, process: number): Promise<void> {
  const account = browser.session?.account as AccountState
  account.firstPromptAt ??= world.now
  const { body } = await world.send(browser, process, { method: 'GET', path: '/two-factor/setup' })
  const { deadline } = body.requirement as { deadline: string }
  const endsAt = new Date(deadline).getTime() - world.rules.graceMs
  assert(endsAt - account.firstPromptAt < 3000, 'the grace period has begun again')
  // Of a sign-in that a reset raced the model hears late, when the next one shows when it was.
  account.firstPromptAt = Math.min(account.firstPromptAt, endsAt)
  assert(isInForce(world.frame, world.now), 'prompted before the requirement is in force')
}

async function checkRecord(world: World, account: AccountState, process: number): Promise<void> {
  const status = await world.process(process).twoFactor.admin.status(account.id)
  assert.deepEqual(
    status.authenticators.map(({ id }) => id).sort(),
    [...account.factors.keys()].sort(),
    `authenticators of ${account.name}`,
  )
  assert.equal(status.recoveryCodes.remaining, account.recoveryCodes.size, `recovery codes of ${account.name}`)
  const live = [...account.devices.values()].filter(({ expiresAt }) => expiresAt > world.now)
  assert.deepEqual(
    status.devices.map(({ id }) => id).sort(),
    live.map(({ id }) => id).sort(),
    `devices of ${account.name}`,
  )
  for (const [subject, { lockedUntil, countedAt }] of account.tallies) {
    const isForgotten = world.now - countedAt > 29 * DAY
    if (lockedUntil > world.now && !isForgotten) assert(status.locks[subject], `the lock of ${subject} is off`)
  }
}
