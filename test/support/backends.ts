import { randomBytes } from 'node:crypto'
import { RedisStore } from 'connect-redis'
import type session from 'express-session'
import type { TwoFactorOptions } from 'express-two-factor'
import { memoryAuthenticators, memoryStore } from 'express-two-factor/memory'
import { redisAuthenticators, redisStore } from 'express-two-factor/redis'
import { movableClock } from 'express-two-factor/testing'
import Redis, { Cluster } from 'ioredis'
import { clusterClient } from './redis-cluster'

const EVERY_BACKEND = ['memory', 'redis', 'cluster'] as const
export type Backend = (typeof EVERY_BACKEND)[number]
/** Where several processes keep one set of records. */
export type SharedBackend = Exclude<Backend, 'memory'>

/** Where the rules keep their records: the races that matter are run on each, or on those the run names. */
export const BACKENDS = EVERY_BACKEND.filter((backend) => (process.env.TEST_BACKENDS ?? backend).includes(backend))

export type Ports = Required<Pick<TwoFactorOptions, 'store' | 'authenticators'>> & {
  clock: ReturnType<typeof movableClock>
}
export type OpenPorts = Ports & { backend: Backend; prefix: string; redis?: Redis | Cluster }

const clients: (Redis | Cluster)[] = []

// Before any service is made: a client that knows no master yet cannot tell how they evict, and would warn of it.
beforeAll(async () => {
  if (BACKENDS.includes('cluster')) await clusterOfThisFile().connect()
})

afterAll(() => {
  for (const client of clients.splice(0)) client.disconnect()
})

/** A client of the run's Redis, closed when the file is done. */
export function openRedis(): Redis {
  return opened(new Redis(process.env.TEST_REDIS_URL as string))
}

/** A client of the run's cluster, closed when the file is done. */
function openCluster(): Cluster {
  return opened(clusterClient(clusterPorts()))
}

function opened<Client extends Redis | Cluster>(client: Client): Client {
  clients.push(client)
  return client
}

function clusterPorts(): readonly number[] {
  return (process.env.TEST_REDIS_CLUSTER_PORTS ?? '').split(',').map(Number)
}

let cluster: Cluster | undefined

/** One for a file: a client of a cluster asks each time it is made which master serves which slots. */
function clusterOfThisFile(): Cluster {
  cluster ??= openCluster()
  return cluster
}

export function openPorts(backend: Backend): OpenPorts {
  const clock = movableClock()
  const prefix = `a${randomBytes(6).toString('hex')}:`
  if (backend === 'memory')
    return { backend, clock, prefix, store: memoryStore({ clock }), authenticators: memoryAuthenticators() }
  const redis = backend === 'cluster' ? clusterOfThisFile() : openRedis()
  return { backend, prefix, redis, ...portsOn(redis, { clock, prefix }) }
}

function portsOn(redis: Redis | Cluster, options: Pick<OpenPorts, 'clock' | 'prefix'>): Ports {
  return {
    clock: options.clock,
    store: redisStore(redis, options),
    authenticators: redisAuthenticators(redis, options),
  }
}

/** The same records seen by another process: a connection and scripts of its own, one clock. */
export function anotherInstance({ backend, prefix, clock }: Pick<OpenPorts, 'backend' | 'prefix' | 'clock'>): Ports {
  return portsOn(backend === 'cluster' ? openCluster() : openRedis(), { clock, prefix })
}

/** Describes what takes more than one process, on each store that they can share; `%s` in the title is the store. */
export function describeShared(title: string, body: (backend: SharedBackend) => void): void {
  const shared = BACKENDS.filter((backend) => backend !== 'memory')
  if (shared.length === 0) describe.skip(title, () => body('redis'))
  else describe.each(shared)(title, body)
}

/** Sessions in the run's Redis, as several processes of one service share them. */
export function redisSessions(prefix: string, backend: SharedBackend = 'redis'): session.Store {
  const client = backend === 'cluster' ? clusterOfThisFile() : openRedis()
  return new RedisStore({ client, prefix: `${prefix}sess:` })
}

/** Every key and value under a prefix, as text: what a thief of the store, or of a backup, reads. */
export async function scanRedis({ redis, prefix }: Pick<OpenPorts, 'redis' | 'prefix'>): Promise<string> {
  if (!redis) throw new Error('only Redis can be scanned')
  const servers = redis instanceof Cluster ? redis.nodes('master') : [redis]
  return (await Promise.all(servers.map((server) => scanServer(server, prefix)))).join('\n')
}

async function scanServer(redis: Redis, prefix: string): Promise<string> {
  const keys = await redis.keys(`${prefix}*`)
  const values = await Promise.all(
    keys.map(async (key) =>
      (await redis.type(key)) === 'hash' ? JSON.stringify(await redis.hgetall(key)) : ((await redis.get(key)) ?? ''),
    ),
  )
  return [...keys, ...values].join('\n')
}
