import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { Grant } from '../../lib/ports'
import { type Act, refreshChallenge } from './acts/act'
import { giveCodes } from './acts/change'
import { noteEnrolled } from './acts/enrolment'
import { noteDevice } from './acts/verify'
import { type Ran, revokes } from './race'
import {
  ACTIONS,
  type AccountState,
  type EnrolmentState,
  killCodes,
  killDevice,
  MINUTE,
  newSession,
  type SessionState,
} from './state'
import { type Answered, type Browser, cookieOf, type World } from './world'

/**
 * After a race the model is told what has become of everything, as the stores have it; but only after asking of each
 * thing whether it may be so.
 */
export async function adoptAll(world: World, ran: readonly Ran[]): Promise<void> {
  for (const one of ran) noteAnswer(world, one)
  for (const account of world.accounts) await adoptAccount(world, account, ran)
  for (const browser of world.browsers) await adoptSession(world, browser, ran)
}

/** What an answer says for good: a code used up, a secret shown. */
function noteAnswer(world: World, { act, reply }: Ran): void {
  const { typed, browser, account } = act
  if (!account) return
  if (typed && reply.status === 200) {
    if (typed.claim) world.ledger.claim(typed.claim)
    const device = reply.setCookies.find((line) => line.startsWith('two-factor-device-'))
    if (device && browser?.session) noteDevice(world, browser.session, browser, device)
  }
  if (typed?.verdict === 'wrong' && reply.code === 'ERR_TFA_CODE_INCORRECT') world.ledger.fail(reply.request)
  if (act.kind === 'sign-in') blurDevice(account, reply)
}

/** Two tabs may have come with one token at once; which of them has the next is settled by the next sign-in. */
function blurDevice(account: AccountState, { sentJar, setCookies }: Answered): void {
  for (const [name, token] of sentJar) {
    const device = name.startsWith('two-factor-device-') ? account.devices.get(idIn(token)) : undefined
    if (device) device.isBlurred = true
  }
  for (const line of setCookies) {
    const token = line.slice(line.indexOf('=') + 1, line.indexOf(';'))
    const device = line.startsWith('two-factor-device-') ? account.devices.get(idIn(token)) : undefined
    if (device) Object.assign(device, { tokens: [...device.tokens, token], isBlurred: true })
  }
}

function idIn(token: string): string {
  return token.slice(0, token.indexOf('.'))
}

async function adoptAccount(world: World, account: AccountState, ran: readonly Ran[]): Promise<void> {
  const mine = ran.filter(({ act }) => act.account === account)
  if (mine.length === 0) return
  const { store, authenticators } = world.ground.first
  const enrolled = await authenticators.load(account.id)
  const successes = mine.filter(({ act, reply }) => revokes(act, reply))
  for (const { act, reply } of successes) noteChange(world, account, act, reply)
  if (successes.length > 0) account.generation += 1
  if (successes.some(({ act }) => act.removesAll)) emptyAccount(account)
  // Used up by a request that was then refused: asked again, never accepted again.
  const isShort = enrolled.recoveryCodes.remaining < account.recoveryCodes.size
  for (const { act } of mine) if (isShort && act.typed?.isRecovery) burn(account, act.typed.code)
  for (const { act, reply } of mine) if (act.typed?.isRecovery && reply.status === 200) burn(account, act.typed.code)
  for (const { id, lastStep, failures } of enrolled.authenticators) {
    const factor = account.factors.get(id)
    if (!factor) continue
    assert(lastStep >= factor.lastStep, 'an accepted time step was forgotten')
    Object.assign(factor, { lastStep, failures })
  }
  await adoptDevices(world, account, mine)
  const { tallies } = await store.readSession(account.id, { handle: '' })
  const hasUnlocked = mine.some(
    ({ act, reply }) => act.kind === 'support' || act.label.startsWith('support') || reply.status < 300,
  )
  for (const [subject, { failures }] of account.tallies) {
    // A confirmed enrolment clears its own, even where the change that follows comes too late.
    const isCleared = subject === 'enrolment' && mine.some(({ act }) => act.kind === 'confirm')
    if (!hasUnlocked && !isCleared)
      assert((tallies[subject]?.failures ?? 0) >= failures, `failures of ${subject} were forgotten`)
  }
  account.tallies = new Map(
    Object.entries(tallies).map(([subject, tally]) => [subject, { ...tally, countedAt: world.now }]),
  )
}

function noteChange(world: World, account: AccountState, act: Act, reply: Answered): void {
  if (act.confirms) noteEnrolled(world, account, act.confirms.enrolment, reply, act.confirms.code)
  if (act.removesFactor) account.factors.delete(act.removesFactor)
  if (act.removesFactor && account.factors.size === 0) killCodes(account)
  if (act.kind === 'change' && reply.body.recoveryCodes) giveCodes(account, reply)
}

function emptyAccount(account: AccountState): void {
  account.factors.clear()
  killCodes(account)
}

function burn(account: AccountState, code: string): void {
  if (account.recoveryCodes.delete(code)) account.deadCodes.push(code)
}

async function adoptDevices(world: World, account: AccountState, mine: readonly Ran[]): Promise<void> {
  const ids = new Set((await world.ground.first.store.listDevices(account.id)).map(({ id }) => id))
  const mayEnd = mine.some(
    ({ act, reply }) => act.label.includes('forgets') || act.kind === 'sign-in' || revokes(act, reply),
  )
  const mustEnd = mine.some(({ act, reply }) => revokes(act, reply) && act.kind !== 'confirm')
  assert(!mustEnd || ids.size === 0, 'a remembered device outlives what ends it')
  for (const device of [...account.devices.values()]) {
    if (ids.has(device.id)) continue
    assert(mayEnd || device.expiresAt <= world.now, 'a remembered device was lost')
    killDevice(account, device)
  }
}

async function adoptSession(world: World, browser: Browser, ran: readonly Ran[]): Promise<void> {
  const notes = world.sessions.notesOf(cookieOf(browser.jar))
  const before = browser.session
  if (!notes) {
    browser.session = null
    return
  }
  const account = world.accounts.find(({ id }) => id === notes.userId) as AccountState
  const grant = await world.ground.first.store.readGrant(account.id, notes.handle)
  const begun = before ? await adoptEnrolments(world, browser, before, notes.handle, ran) : []
  browser.session = grant ? sessionOf(account, grant, before) : ended(account, world)
  Object.assign(browser.session, { enrolments: begun, wantedAction: notes.action })
  if (grant?.firstPromptAt !== undefined) account.firstPromptAt ??= grant.firstPromptAt
  await refreshChallenge(world, browser)
}

function ended(account: AccountState, world: World): SessionState {
  return { ...newSession(account, 'password', world.now), isEnded: true }
}

function sessionOf(account: AccountState, grant: Grant, before: SessionState | null): SessionState {
  const { assurance, issuedAt, expiresAt, hasFactor } = grant
  return {
    ...newSession(account, assurance, issuedAt),
    ...{ expiresAt, hasFactor, verifiedAt: grant.verifiedAt ?? null, passwordAt: grant.passwordAt ?? null },
    ...{ postponed: grant.postponed === true, actionKey: actionOf(grant) },
    challenge: before?.account === account ? before.challenge : null,
  }
}

/** A grant keeps the hash of its action's key. */
function actionOf({ actionKey }: Grant): string | null {
  const hashOf = (key: string) => createHash('sha256').update(key).digest('base64url').slice(0, 22)
  return ACTIONS.find((key) => hashOf(key) === actionKey) ?? null
}

/** The pending enrolments that are still there, and those that were begun just now. */
async function adoptEnrolments(
  world: World,
  browser: Browser,
  { enrolments, account }: SessionState,
  handle: string,
  ran: readonly Ran[],
): Promise<EnrolmentState[]> {
  const begun = ran.flatMap(({ act, reply }) => {
    const { enrolmentId, setupKey = '' } = reply.body as Record<string, string>
    if (act.browser !== browser || !enrolmentId || reply.status !== 201) return []
    const kind = setupKey === '' ? ('phone' as const) : ('totp' as const)
    const times = { expiresAt: world.now + 10 * MINUTE, attemptsLeft: 0, generation: account.generation }
    return [{ id: enrolmentId, kind, setupKey, ...times }]
  })
  const kept: EnrolmentState[] = []
  for (const enrolment of [...enrolments, ...begun]) {
    const state = await world.ground.first.store.readSession(account.id, { handle, enrolmentId: enrolment.id })
    if (state.grant && state.challenge && state.challenge.challenge.epoch === state.epoch) {
      kept.push({ ...enrolment, attemptsLeft: state.challenge.attemptsLeft, generation: account.generation })
    }
  }
  return kept
}
