import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Redis, { type Cluster } from 'ioredis'
import { type RedisServer, startRedis } from '../support/redis-server'
import type { Pace } from './pace'
import { startProxy, type TcpProxy } from './proxy'

/** A Redis that a service under test is given, and that this file's tests break. */
export interface RedisSite {
  /** Straight to the server, whatever the service's own client goes through. */
  admin: Redis
  server: RedisServer
  proxy: TcpProxy
  connect(pace: Pace, through: 'server' | 'proxy'): Promise<Redis>
  kill(): Promise<void>
  /** Stops it in the middle of whatever it does: its socket takes commands, and answers none. */
  freeze(): void
  thaw(): void
  /** Makes it load so much that it answers `LOADING` until it is told to hurry. */
  beginLoading(): Promise<void>
  endLoading(): Promise<void>
  /** Starts it again where it was, with what it had written down. */
  revive(): Promise<void>
  stop(): Promise<void>
}

/** Starts a server that writes everything down, so that it comes back from a kill with what it knew. */
export async function startRedisSite(): Promise<RedisSite> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-site-'))
  const kept = ['--dir', folder, '--appendonly', 'yes', '--appendfsync', 'always']
  const breakable = ['--enable-debug-command', 'yes', '--loading-process-events-interval-bytes', '1024']
  const server = await startRedis([...kept, ...breakable])
  const proxy = await startProxy(server.port)
  const admin = quiet(new Redis(server.port))
  const clients: Redis[] = [admin]
  let child = server.process
  return {
    admin,
    server,
    proxy,
    async connect(pace, through) {
      const client = quiet(new Redis(through === 'proxy' ? proxy.port : server.port, clientOptions(pace)))
      clients.push(client)
      await once(client, 'ready')
      return client
    },
    kill: () => endProcess(child),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    ...loadingOf(admin, server.port),
    async revive() {
      child = startAgain(child)
      await untilAnswering(admin)
    },
    async stop() {
      for (const client of clients) client.disconnect()
      await proxy.stop()
      await endProcess(child)
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Reading thousands of keys back at a set pace, as after a start with a large file. */
function loadingOf(admin: Redis, port: number): Pick<RedisSite, 'beginLoading' | 'endLoading'> {
  let reloading: Promise<unknown> = Promise.resolve()
  return {
    async beginLoading() {
      await admin.call('DEBUG', 'POPULATE', '4000', 'filler', '1000')
      await admin.config('SET', 'key-load-delay', '5000')
      const reloader = quiet(new Redis(port))
      reloading = reloader.call('DEBUG', 'RELOAD').finally(() => reloader.disconnect())
      await until('Redis to be loading', async () => isLoading(admin))
    },
    async endLoading() {
      await admin.config('SET', 'key-load-delay', '0')
      await reloading
    },
  }
}

async function isLoading(admin: Redis): Promise<boolean> {
  const answer = await admin.get('faults:alive').catch((error: Error) => error.message)
  return String(answer).startsWith('LOADING')
}

/** As docs/redis.md tells to set them. */
export function clientOptions({ commandTimeoutMs }: Pace) {
  return {
    commandTimeout: commandTimeoutMs,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
  } as const
}

export function quiet<Client extends Redis | Cluster>(client: Client): Client {
  client.on('error', () => {})
  return client
}

export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** The same program with the same arguments: the same port, and the same folder. */
export function startAgain(child: ChildProcess): ChildProcess {
  const [program = '', ...args] = child.spawnargs
  return spawn(program, args, { stdio: 'ignore' })
}

const PATIENCE_MS = 20_000

/** Waits until a client works again, which it must by itself. */
export async function untilAnswering(client: Redis | Cluster): Promise<void> {
  await until('Redis to answer', async () => (await client.set('faults:alive', '1')) === 'OK')
}

/** Waits until something is so; what fails meanwhile is not so yet. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  while (!(await isSo().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`waited ${PATIENCE_MS} ms for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
