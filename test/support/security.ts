import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Express } from 'express'
import type { AuthenticatorStore, TwoFactorOptions } from 'express-two-factor'
import request, { type Response } from 'supertest'
import type TestAgent from 'supertest/lib/agent'
import { createTestApp, PASSWORD, type TestApp } from './app'
import { type Backend, type OpenPorts, openPorts } from './backends'
import { codeFor, signIn } from './journeys'

export {
  anotherInstance,
  BACKENDS,
  type Backend,
  describeShared,
  openRedis,
  type Ports,
  redisSessions,
  scanRedis,
} from './backends'
export { openBareApp } from './bare-app'

export type Service = TestApp & OpenPorts

const servers: Server[] = []

afterAll(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

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

/** Where a request goes: an app or a server of this process, or the address of another one's. */
type Target = Express | Server | string

/** Signs in with the password over a connection of its own; the cookie of the session that is held. */
export async function holdCookie(target: Target, name = 'ada'): Promise<string> {
  const login = { email: `${name}@example.com`, password: PASSWORD }
  return sessionCookieOf(
    await request(target).post('/login').send(login).expect(200, { next: '/two-factor/challenge' }),
  )
}

/** Answers a challenge with nothing but a cookie: what a thief of one does. */
export function answerWith(target: Target, cookie: string, code: unknown): request.Test {
  return request(target).post('/two-factor/challenge/verify').set('Cookie', cookie).send({ code })
}

/** How many of all the cookies at hand open the account page: those from before, and those any answer set. */
export async function countPassed(
  target: Target,
  before: readonly string[],
  answers: readonly Response[],
): Promise<number> {
  const cookies = new Set([...before, ...answers.flatMap(cookiesSetBy)])
  const pages = await Promise.all([...cookies].map((cookie) => request(target).get('/account').set('Cookie', cookie)))
  return pages.filter(({ status, body }) => status === 200 && body.twoFactor?.assurance === 'second-factor').length
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

/** Notes the name of each call of a port, in place: what is refused at the door asks no store. */
export function noteCalls(port: object, calls: string[]): void {
  for (const [name, call] of Object.entries(port)) {
    if (typeof call !== 'function') continue
    const noted = (...args: unknown[]) => {
      calls.push(name)
      return call.apply(port, args)
    }
    Object.assign(port, { [name]: noted })
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
