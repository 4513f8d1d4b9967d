import assert from 'node:assert/strict'
import express, { type Express } from 'express'
import type { TwoFactor, TwoFactorOptions } from 'express-two-factor'
import type { MovableClock } from '../../lib/testing/clock'
import { openBareApp, type Ports } from '../support/security'
import { type Call, dispatch, type Reply } from './dispatch'
import { Interleaving } from './interleaving'
import { Ledger } from './ledger'
import { GuardedSessions } from './sessions'
import { type AccountState, HOUR, newAccount, type Rules, SECOND, type SessionState, STEP_UP_MS } from './state'
import { type Frame, standingOf } from './truth'

/** What an adapter's suite gives a run: one clock, and the ports of two processes on one store. */
export interface Ground {
  clock: MovableClock
  first: Ports
  second: Ports
  /** Sets this run's users apart from those of the runs before. */
  run: string
}

export interface Answered extends Reply {
  request: number
  /** The cookies that the request was sent with. */
  sentJar: ReadonlyMap<string, string>
}

/** One browser: its cookies, the session that the model believes in, and session cookies that are over. */
export interface Browser {
  name: string
  jar: Map<string, string>
  session: SessionState | null
  ghosts: string[]
}

const SESSION_COOKIE = 'connect.sid'
/** How near a limit of time the clock may stand while something is tried: the machine's own time goes on. */
const NEAR_MS = 4 * SECOND

/** The service under test: two processes, two users, four browsers; and all that the model knows of them. */
export class World {
  readonly frame: Frame
  readonly interleaving = new Interleaving()
  readonly sessions = new GuardedSessions(this.interleaving)
  readonly ledger: Ledger
  readonly accounts: readonly AccountState[]
  readonly browsers: readonly Browser[]
  readonly processes: readonly { app: Express; twoFactor: TwoFactor }[]
  lostSends = 0

  constructor(
    readonly ground: Ground,
    readonly rules: Rules,
  ) {
    this.frame = { ...rules, enforceAt: ground.clock.now() + rules.enforceAfterMs }
    this.ledger = new Ledger(this.interleaving, ground.clock, rules)
    this.accounts = ['ada', 'bob'].map((name) => newAccount(`${name}${ground.run}`))
    this.browsers = ['A', 'B', 'C', 'D'].map((name) => ({ name, jar: new Map(), session: null, ghosts: [] }))
    this.processes = [ground.first, ground.second].map((ports) => this.openProcess(ports))
  }

  get now(): number {
    return this.ground.clock.now()
  }

  standing(browser: Browser) {
    return standingOf(this.frame, browser.session, this.now)
  }

  /** Sends a request, and takes the cookies of the answer as a browser does. */
  send(browser: Browser, process: number, call: Call): Promise<Answered> {
    // Two instants of one millisecond could not be told apart.
    this.ground.clock.advance(1)
    return this.interleaving.requestId > 0
      ? this.carry(browser, process, call)
      : this.interleaving.start(() => this.carry(browser, process, call))
  }

  /** Asks for the page behind the gate with these cookies. */
  async reaches(cookie: string, process: number): Promise<boolean> {
    const { app } = this.process(process)
    const reply = await dispatch(app, { method: 'GET', path: '/account' }, cookie)
    return reply.status === 200 && reply.body.twoFactor !== null
  }

  process(at: number): { app: Express; twoFactor: TwoFactor } {
    return this.processes[at % 2] as { app: Express; twoFactor: TwoFactor }
  }

  /** Leaves no limit of time so near that the machine's own time could decide. */
  settleClock(): void {
    const { clock } = this.ground
    for (let tries = 0; tries < 100; tries += 1) {
      const isNear = this.limits().some((at) => Math.abs(at - clock.now()) < NEAR_MS)
      const phase = clock.now() % (30 * SECOND)
      if (!isNear && phase > SECOND && phase < 24 * SECOND) return
      clock.advance(NEAR_MS)
    }
    assert.fail('the clock finds no quiet instant')
  }

  private limits(): number[] {
    const { enforceAt, graceMs } = this.frame
    const ofAccounts = this.accounts.flatMap(({ tallies, devices, firstPromptAt }) => [
      ...[...tallies.values()].map(({ lockedUntil }) => lockedUntil),
      ...[...devices.values()].flatMap(({ expiresAt, rotatedAt }) => [expiresAt, rotatedAt + 60 * SECOND]),
      ...(firstPromptAt === null ? [] : [firstPromptAt + graceMs]),
    ])
    const sessions = this.browsers.flatMap(({ session }) => (session ? [session] : []))
    const ofSessions = sessions.flatMap((session) => [
      ...[session.expiresAt, session.challenge?.expiresAt ?? 0, ...session.enrolments.map((one) => one.expiresAt)],
      ...[session.passwordAt ?? 0, session.verifiedAt ?? 0].flatMap((at) => [at + HOUR / 6, at + STEP_UP_MS]),
    ])
    return [enforceAt, ...ofAccounts, ...ofSessions]
  }

  private async carry(browser: Browser, process: number, call: Call): Promise<Answered> {
    const request = this.interleaving.requestId
    const sentJar = new Map(browser.jar)
    const reply = await dispatch(this.process(process).app, call, cookieOf(sentJar))
    for (const line of reply.setCookies) {
      const [pair = ''] = line.split(';')
      const name = pair.slice(0, pair.indexOf('='))
      if (name === SESSION_COOKIE) retire(browser)
      browser.jar.set(name, pair.slice(name.length + 1))
    }
    return { ...reply, request, sentJar }
  }

  private openProcess(ports: Ports): { app: Express; twoFactor: TwoFactor } {
    const { interleaving, ledger } = this
    const store = interleaving.guard('store', ledger.watch(ports.store))
    const authenticators = interleaving.guard('authenticators', ports.authenticators)
    const guarded = { store, authenticators, clock: ports.clock }
    return openBareApp(guarded, {
      sessions: this.sessions,
      twoFactor: this.options(),
      routes: (app, twoFactor) => {
        app.post('/email', twoFactor.stepUp({ maxAgeMs: STEP_UP_MS }), (_req, res) => res.json({ done: true }))
        const action = (req: express.Request) => ({ key: String(req.body.to), text: `Pay ${req.body.to}` })
        const stepUp = twoFactor.stepUp({ maxAgeMs: STEP_UP_MS, action })
        app.post('/payout', express.json(), stepUp, (_req, res) => res.json({ done: true }))
      },
    })
  }

  private options(): Partial<TwoFactorOptions> {
    const { requirement, graceMs, enforceAfterMs: _after, ...limits } = this.rules
    const losesNext = () => {
      const isLost = this.lostSends > 0
      if (isLost) this.lostSends -= 1
      return isLost
    }
    return {
      ...limits,
      policy: { requirement, graceMs, enforceFrom: new Date(this.frame.enforceAt) },
      channels: [this.ledger.channel('sms', losesNext), this.ledger.channel('voice', losesNext)],
      countries: ['FR'],
    }
  }
}

export function cookieOf(jar: ReadonlyMap<string, string>): string {
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
}

/** The session cookie goes out of use; it must be worth nothing from now on. */
export function retire(browser: Browser): void {
  const id = browser.jar.get(SESSION_COOKIE)
  if (id !== undefined) browser.ghosts.push(`${SESSION_COOKIE}=${id}`)
  browser.jar.delete(SESSION_COOKIE)
}
