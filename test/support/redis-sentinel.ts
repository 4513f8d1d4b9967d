import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Redis from 'ioredis'
import { freePort, type RedisServer, startRedis } from './redis-server'

/** One master, two replicas and three sentinels on loopback. */
export interface RedisSentinel {
  /** A client set as docs/redis.md says, ready; closed by `stop`. */
  connect(words?: { socketTimeout?: number }): Promise<Redis>
  /** The server that the sentinels name as master now. */
  findMaster(): Promise<RedisServer>
  findReplicas(): Promise<readonly RedisServer[]>
  /** Starts a server that ended once more, as a replica of the master of now. */
  revive(server: RedisServer): Promise<void>
  /** Waits until the master has both replicas, in step, and every sentinel knows all of it. */
  untilWhole(): Promise<void>
  stop(): Promise<void>
}

const NAME = 'acme'
const DOWN_AFTER_MS = 700
const FAILOVER_TIMEOUT_MS = 2000

interface Sentinel {
  port: number
  process: ChildProcess
  folder: string
}

/** Starts them all, and waits until they know of each other. */
export async function startRedisSentinel(settings: readonly string[] = []): Promise<RedisSentinel> {
  const args = ['--repl-diskless-sync-delay', '0', ...settings]
  const master = await startRedis(args)
  const following = [...args, '--replicaof', `127.0.0.1 ${master.port}`]
  const servers = [master, ...(await Promise.all([startRedis(following), startRedis(following)]))]
  const sentinels = await Promise.all(Array.from({ length: 3 }, () => startSentinel(master.port)))
  const clients: Redis[] = []

  const findMaster = async () => {
    const port = await askMasterPort(sentinels[0] as Sentinel)
    return servers.find((server) => server.port === port) as RedisServer
  }
  const set: RedisSentinel = {
    findMaster,
    async connect(words = { socketTimeout: 1500 }) {
      const client = new Redis({ ...clientOptions(sentinels), ...words })
      clients.push(client)
      client.on('error', () => {})
      await once(client, 'ready')
      return client
    },
    async findReplicas() {
      const { port } = await findMaster()
      return servers.filter((server) => server.port !== port)
    },
    async revive(server) {
      // As long as the sentinels have no other master, it would follow itself.
      await until(async () => (await findMaster()).port !== server.port, 'another master')
      const { port } = await findMaster()
      const again = await startRedis([...args, '--replicaof', `127.0.0.1 ${port}`], server.port)
      servers.splice(servers.indexOf(server), 1, again)
    },
    untilWhole: () => until(() => isWhole(findMaster, sentinels), 'master with two replicas that all sentinels know'),
    async stop() {
      for (const client of clients) client.disconnect()
      for (const sentinel of sentinels) await stopSentinel(sentinel)
      await Promise.all(servers.map((server) => server.stop()))
    },
  }
  try {
    await set.untilWhole()
  } catch (error) {
    await set.stop()
    throw error
  }
  return set
}

function clientOptions(sentinels: readonly Sentinel[]) {
  return {
    sentinels: sentinels.map(({ port }) => ({ host: '127.0.0.1', port })),
    name: NAME,
    commandTimeout: 1000,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
  }
}

async function startSentinel(masterPort: number): Promise<Sentinel> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'sentinel-'))
  const file = join(folder, 'sentinel.conf')
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${NAME} 127.0.0.1 ${masterPort} 2`,
    `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${NAME} ${FAILOVER_TIMEOUT_MS}`,
    `sentinel parallel-syncs ${NAME} 2`,
  ]
  writeFileSync(file, settings.join('\n'))
  return { port, folder, process: spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' }) }
}

async function stopSentinel({ process, folder }: Sentinel): Promise<void> {
  const gone = once(process, 'exit')
  process.kill('SIGKILL')
  await gone
  rmSync(folder, { recursive: true, force: true })
}

async function askMasterPort(sentinel: Sentinel): Promise<number> {
  const [, port] = (await ask(sentinel.port, (redis) =>
    redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME),
  )) as string[]
  return Number(port)
}

async function until(isReached: () => Promise<boolean>, what: string): Promise<void> {
  for (let triesLeft = 400; triesLeft > 0; triesLeft -= 1) {
    if (await isReached().catch(() => false)) return
    await pause(100)
  }
  throw new Error(`there was no ${what} within 40 s`)
}

async function isWhole(findMaster: () => Promise<RedisServer>, sentinels: readonly Sentinel[]): Promise<boolean> {
  const { port } = await findMaster()
  const replication = await ask(port, (redis) => redis.info('replication'))
  if ((replication.match(/state=online/g) ?? []).length < 2) return false
  for (const sentinel of sentinels) {
    const info = await ask(sentinel.port, (redis) => redis.info('sentinel'))
    if (!info.includes(`status=ok,address=127.0.0.1:${port},slaves=2,sentinels=3`)) return false
  }
  return true
}

/** Asks one server, with a connection of its own and a deadline. */
async function ask<Answer>(port: number, question: (redis: Redis) => Promise<Answer>): Promise<Answer> {
  const redis = new Redis({ port, commandTimeout: 1000, retryStrategy: () => 50 })
  redis.on('error', () => {})
  try {
    return await question(redis)
  } finally {
    redis.disconnect()
  }
}
