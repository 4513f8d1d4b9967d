import { randomBytes } from 'node:crypto'
import { memoryAuthenticators, memoryStore } from 'express-two-factor/memory'
import { redisAuthenticators, redisStore } from 'express-two-factor/redis'
import { type Query, sqlAuthenticators } from 'express-two-factor/sql'
import { movableClock } from 'express-two-factor/testing'
import type { RedisClient } from '../../lib/adapters/redis/options'
import type { Ground } from './world'

/** The connections of the service's two processes. */
type Clients = readonly [RedisClient, RedisClient]

/** Where every run's clock starts: two runs of one seed meet the same time steps. */
const STARTS_AT = new Date('2031-05-04T03:02:05Z')

/** A run's clock, and a name that no other run has. */
function newRun(): Pick<Ground, 'clock' | 'run'> {
  return { clock: movableClock(STARTS_AT), run: `-${randomBytes(5).toString('hex')}` }
}

/** Everything in this process; the two of the service share it. */
export async function openMemory(): Promise<Ground> {
  const { clock, run } = newRun()
  const ports = { clock, store: memoryStore({ clock }), authenticators: memoryAuthenticators() }
  return { clock, run, first: ports, second: ports }
}

/** Everything in Redis, or in a cluster. */
export async function openOnRedis(clients: Clients): Promise<Ground> {
  const { clock, run } = newRun()
  const options = { clock, prefix: `model${run}:`, timeoutMs: 10_000 }
  const [first, second] = clients.map((redis) => ({
    clock,
    store: redisStore(redis, options),
    authenticators: redisAuthenticators(redis, options),
  }))
  return { clock, run, first, second } as Ground
}

/** What is enrolled in SQL, the rest in Redis. */
export async function openOnSql(query: Query, clients: Clients): Promise<Ground> {
  const { first, second, ...run } = await openOnRedis(clients)
  const authenticators = sqlAuthenticators(query, { timeoutMs: 10_000 })
  return { ...run, first: { ...first, authenticators }, second: { ...second, authenticators } }
}
