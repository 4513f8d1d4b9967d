import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { RedisStore } from 'connect-redis'
import express, { type Express, type Request, type RequestHandler } from 'express'
import session from 'express-session'
import { type AuthenticatorStore, createTwoFactor, type TwoFactor, type TwoFactorOptions } from 'express-two-factor'
import { memoryAuthenticators, memoryStore } from 'express-two-factor/memory'
import { redisAuthenticators, redisStore } from 'express-two-factor/redis'
import { movableClock } from 'express-two-factor/testing'
import Redis from 'ioredis'
import request, { type Response } from 'supertest'
import type TestAgent from 'supertest/lib/agent'
import { createTestApp, KEY, PASSWORD, type TestApp } from './app'
import { codeFor, signIn } from './journeys'

const EVERY_BACKEND = ['memory', 'redis'] as const
export type Backend = (typeof EVERY_BACKEND)[number]

/** Where the rules keep their records: the races that matter are run on each, or on those the run names. */
export const BACKENDS = EVERY_BACKEND.filter((backend) => (process.env.TEST_BACKENDS ?? backend).includes(backend))

export type Ports = Required<Pick<TwoFactorOptions, 'store' | 'authenticators' | 'clock'>>
export type Service = TestApp & Ports & { redis?: Redis; prefix: string }

const clients: Redis[] = []
const servers: Server[] = []

afterAll(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  for (const client of clients.splice(0)) client.disconnect()
})

/** A client of the run's Redis, closed when the file is done. */
export function openRedis(): Redis {
  const redis = new Redis(process.env.TEST_REDIS_URL as string)
  clients.push(redis)
  return redis
}

function openPorts(backend: Backend): Ports & { redis?: Redis; prefix: string } {
  const clock = movableClock()
  const prefix = `a${randomBytes(6).toString('hex')}:`
  if (backend === 'memory')
    return { clock, prefix, store: memoryStore({ clock }), authenticators: memoryAuthenticators() }
  const redis = openRedis()
  const options = { clock, prefix }
  return { ...options, redis, store: redisStore(redis, options), authenticators: redisAuthenticators(redis, options) }
}

/** The same records seen by another process: a connection and scripts of its own, one clock. */
export function anotherInstance({ prefix, clock }: Pick<Service, 'prefix' | 'clock'>): Ports {
  const options = { clock, prefix }
  const redis = openRedis()
  return { clock, store: redisStore(redis, options), authenticators: redisAuthenticators(redis, options) }
}

/** The test app on the given kind of store, with its ports at hand. */
export function openService(backend: Backend = 'memory', overrides: Partial<TwoFactorOptions> = {}): Service {
  const ports = openPorts(backend)
  const { store, authenticators, clock } = ports
  const { clock: _own, ...service } = createTestApp({ store, authenticators, clock, ...overrides })
  return { ...service, ...ports, ...overrides } as Service
}

/** Listens on loopback, so that a burst meets one process through many connections. */
export async function listen(app: Express): Promise<Server> {
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push(server)
  return server
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

/** Sends the same request many times at once. */
export function burst(count: number, send: (at: number) => Promise<Response> | request.Test): Promise<Response[]> {
  return Promise.all(Array.from({ length: count }, async (_, at) => send(at)))
}

export function statusesOf(answers: readonly Response[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

/** `name=value` of each cookie an answer sets, as the raw headers have them. */
export function cookiesSetBy({ headers }: Response): readonly string[] {
  const lines = (headers['set-cookie'] ?? []) as unknown as string[]
  return lines.map((line) => line.split(';')[0] as string)
}

export function sessionCookieOf(answer: Response): string {
  const cookie = cookiesSetBy(answer).find((pair) => pair.startsWith('connect.sid='))
  if (!cookie) throw new Error('the answer sets no session cookie')
  return cookie
}

/** Signs in with the password and stops before the second factor. */
export async function holdSession(service: Pick<TestApp, 'app'>, name = 'ada'): Promise<TestAgent> {
  const agent = request.agent(service.app)
  await signIn(agent, name).expect(200, { next: '/two-factor/challenge' })
  return agent
}

export function verify(agent: TestAgent, code: unknown): request.Test {
  return agent.post('/two-factor/challenge/verify').send({ code })
}

/** Moves to the next time step and verifies: what a user does who waits for a new code. */
export function passHeld(service: Pick<TestApp, 'clock'>, agent: TestAgent, setupKey: string): request.Test {
  service.clock.advance(30_000)
  return verify(agent, codeFor(service, setupKey))
}

/** Many six-digit codes, none of which is right now or near. */
export function wrongCodes(service: Pick<TestApp, 'clock'>, setupKey: string, count: number): readonly string[] {
  const near = new Set(
    [-2, -1, 0, 1, 2].map((steps) => codeFor({ clock: shifted(service.clock, steps * 30_000) }, setupKey)),
  )
  const codes: string[] = []
  for (let number = 100_000; codes.length < count; number += 37) {
    if (!near.has(String(number))) codes.push(String(number))
  }
  return codes
}

function shifted(clock: TestApp['clock'], byMs: number): TestApp['clock'] {
  return { now: () => clock.now() + byMs, offsetMs: clock.offsetMs + byMs, advance: () => {} }
}

interface BareOptions {
  sessions?: session.Store
  session?: Partial<session.SessionOptions>
  twoFactor?: Partial<TwoFactorOptions>
  /** Before `signIn()`: what an app does with its session by itself. */
  beforeSignIn?: RequestHandler
  /** Routes below the gate. */
  routes?: (app: Express, twoFactor: TwoFactor) => void
}

/** Mounts the package without Passport, as an app does that keeps `userId` in its session by its own hand. */
export function openBareApp(ports: Ports, options: BareOptions = {}): { app: Express; twoFactor: TwoFactor } {
  const twoFactor = createTwoFactor({
    issuer: 'Acme',
    origin: 'http://localhost',
    keys: [KEY],
    store: ports.store,
    authenticators: ports.authenticators,
    clock: ports.clock,
    user: readUser,
    reauthenticate: (_req, { username, password }) => (password === PASSWORD ? idOf(username) : null),
    ...options.twoFactor,
  })
  const app = express()
  const base = { secret: 'test', resave: false, saveUninitialized: false }
  app.use(session({ ...base, ...options.session, ...(options.sessions ? { store: options.sessions } : {}) }))
  app.get('/visit', (req, res) => {
    Object.assign(req.session, { visited: true })
    res.json({ id: req.sessionID })
  })
  app.post('/login', express.json(), logIn, options.beforeSignIn ?? passOn, twoFactor.signIn(), (_req, res) =>
    res.json({ next: '/' }),
  )
  app.use(twoFactor.router(), twoFactor.gate())
  app.get('/account', (req, res) => res.json({ twoFactor: req.twoFactor ?? null }))
  options.routes?.(app, twoFactor)
  return { app, twoFactor }
}

const passOn: RequestHandler = (_req, _res, next) => next()

const logIn: RequestHandler = (req, res, next) => {
  const { email, password } = req.body as { email: string; password: string }
  if (password !== PASSWORD) return void res.status(401).end()
  Object.assign(req.session, { userId: idOf(email) })
  next()
}

function idOf(email: string): string {
  return `user-${email.split('@')[0]}`
}

function readUser(req: Request): { id: string; label: string } | null {
  const { userId } = req.session as { userId?: string }
  return userId === undefined ? null : { id: userId, label: userId }
}

/** Sessions in the run's Redis, as several processes of one service share them. */
export function redisSessions(prefix: string): session.Store {
  return new RedisStore({ client: openRedis(), prefix: `${prefix}sess:` })
}

/** Runs something once, right after a call of a port has answered: the instant a race needs. */
export function after<Port extends object, Name extends keyof Port>(
  port: Port,
  name: Name,
  run: () => Promise<unknown>,
): Port {
  const call = port[name] as (...args: unknown[]) => Promise<unknown>
  let isDone = false
  const hooked = async (...args: unknown[]) => {
    const answer = await call.apply(port, args)
    if (!isDone) {
      isDone = true
      await run()
    }
    return answer
  }
  return { ...port, [name]: hooked }
}

/** Longer than any burst takes to arrive: a rule that reads less often must not hang the test. */
const LATEST_START_MS = 500

/**
 * Makes the next readers of what is enrolled wait for each other: each has read before any goes on to write. Without it
 * the requests of a burst are answered nearly one by one, and a missing compare-and-set is not noticed.
 */
export function startTogether(stores: readonly Pick<AuthenticatorStore, 'load'>[], count: number): void {
  const start = latch()
  let arrived = 0
  for (const store of stores) {
    const { load } = store
    Object.assign(store, {
      async load(userId: string) {
        const enrolled = await load.call(store, userId)
        arrived += 1
        if (arrived === 1) setTimeout(start.open, LATEST_START_MS).unref()
        if (arrived >= count) start.open()
        await start.opened
        return enrolled
      },
    })
  }
}

/** Something to wait for that a test opens by hand. */
export function latch(): { opened: Promise<void>; open(): void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}
