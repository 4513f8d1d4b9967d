import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { RedisStore } from 'connect-redis'
import type { Express } from 'express'
import type { AuthenticatorStore } from 'express-two-factor'
import { redisAuthenticators, redisStore } from 'express-two-factor/redis'
import { movableClock, virtualPhone } from 'express-two-factor/testing'
import Redis, { type Cluster } from 'ioredis'
import type { OpenPorts, SharedBackend } from './backends'
import { openBareApp } from './bare-app'
import { clusterClient } from './redis-cluster'

/** What a process is told at its start. */
interface Orders {
  backend: SharedBackend
  prefix: string
  clockOffsetMs: number
}

/** What the test says to a process, which answers each with its next word. */
type Order = { advanceMs: number } | { wait: 'for-release' } | { release: true } | { tell: 'last-code' }

/** What a process says: its port, that an order is carried out, that a request waits. */
type Word = { port: number } | { done: true; code?: string } | { waiting: 'reader' | 'slow' }

/** An app as a process of its own, with one store and one set of sessions for all of them. */
export interface AppProcess {
  url: string
  tell(order: Order): Promise<{ code?: string }>
  /** Resolves when a request waits in this process: one at `/slow`, or a reader of what is enrolled. */
  on(waiting: 'reader' | 'slow', listener: () => void): void
  stop(): Promise<void>
}

const ROOT = resolve(__dirname, '../..')

/** Starts an app on the records of the service given; its clock starts where the service's is. */
export async function startAppProcess({
  backend,
  prefix,
  clock,
}: Pick<OpenPorts, 'backend' | 'prefix' | 'clock'>): Promise<AppProcess> {
  const orders = { backend, prefix, clockOffsetMs: clock.offsetMs }
  const child = spawn(process.execPath, ['--require', 'esbuild-register', __filename], {
    cwd: ROOT,
    env: { ...process.env, APP_PROCESS: JSON.stringify(orders) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const [word] = (await Promise.race([once(child, 'message'), failed(child)])) as [Word]
  if (!('port' in word)) throw new Error('the process did not say its port first')
  return {
    url: `http://127.0.0.1:${word.port}`,
    tell: (order) => carryOut(child, order),
    on: (waiting, listener) =>
      void child.on('message', (said: Word) => {
        if ('waiting' in said && said.waiting === waiting) listener()
      }),
    async stop() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

async function failed(child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'exit')
  throw new Error(`the process ended with ${code}`)
}

async function carryOut(child: ChildProcess, order: Order): Promise<{ code?: string }> {
  const done = new Promise<{ code?: string }>((done) => {
    const listen = (word: Word) => {
      if (!('done' in word)) return
      child.off('message', listen)
      done(word)
    }
    child.on('message', listen)
  })
  child.send(order)
  return done
}

if (require.main === module) void serve(JSON.parse(process.env.APP_PROCESS as string) as Orders)

/** The process itself. It ends with the test that started it. */
async function serve({ backend, prefix, clockOffsetMs }: Orders): Promise<void> {
  const clock = movableClock()
  clock.advance(clockOffsetMs)
  const phone = virtualPhone()
  const barrier = openBarrier()
  const redis = await connect(backend)
  const ports = {
    clock,
    store: redisStore(redis, { clock, prefix }),
    authenticators: readersAt(barrier, redisAuthenticators(redis, { clock, prefix })),
  }
  const { app } = openBareApp(ports, {
    sessions: new RedisStore({ client: await connect(backend), prefix: `${prefix}sess:` }),
    twoFactor: { channels: phone.channels, countries: ['FR'] },
    routes: (routes) => addSlowRoute(routes, barrier),
  })
  process.on('disconnect', () => process.exit())
  process.on('message', (order: Order) => {
    if ('advanceMs' in order) clock.advance(order.advanceMs)
    if ('wait' in order) barrier.close()
    if ('release' in order) barrier.open()
    const code = phone.codeFor()
    say({ done: true, ...('tell' in order && code ? { code } : {}) })
  })
  const server = createServer(app).listen(0, '127.0.0.1', () => say({ port: (server.address() as AddressInfo).port }))
}

async function connect(backend: SharedBackend): Promise<Redis | Cluster> {
  if (backend === 'redis') return new Redis(process.env.TEST_REDIS_URL as string)
  const cluster = clusterClient((process.env.TEST_REDIS_CLUSTER_PORTS as string).split(',').map(Number))
  await cluster.connect()
  return cluster
}

function say(word: Word): void {
  process.send?.(word)
}

/** Where requests wait for each other, those of other processes too: the test opens it when all have come. */
interface Barrier {
  close(): void
  open(): void
  pass(waiting: 'reader' | 'slow'): Promise<void>
}

function openBarrier(): Barrier {
  let isClosed = false
  let waiting: (() => void)[] = []
  return {
    close() {
      isClosed = true
    },
    open() {
      isClosed = false
      for (const go of waiting) go()
      waiting = []
    },
    async pass(who) {
      if (!isClosed) return
      const opened = new Promise<void>((resolve) => waiting.push(resolve))
      say({ waiting: who })
      await opened
    },
  }
}

/** Each request has read what is enrolled before any goes on to write: else a missing compare-and-set is not noticed. */
function readersAt(barrier: Barrier, authenticators: AuthenticatorStore): AuthenticatorStore {
  return {
    ...authenticators,
    async load(userId) {
      const enrolled = await authenticators.load(userId)
      await barrier.pass('reader')
      return enrolled
    },
  }
}

/** A request that ends late, and saves the session then. */
function addSlowRoute(routes: Express, barrier: Barrier): void {
  routes.get('/slow', async (req, res) => {
    Object.assign(req.session, { count: 1 })
    await barrier.pass('slow')
    res.json({})
  })
}
