/** The same sequences in a Redis cluster of three masters: each user's records in one slot, the budgets in others. */
import type { Cluster } from 'ioredis'
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster'
import { openOnRedis } from './grounds'
import { playSequences } from './run'

let servers: RedisCluster
let clients: readonly [Cluster, Cluster]

beforeAll(async () => {
  servers = await startRedisCluster()
  clients = [await servers.connect(), await servers.connect()]
}, 30_000)
afterAll(async () => {
  for (const client of clients ?? []) client.disconnect()
  await servers?.stop()
})

it('whatever is done in whatever order, what must not happen does not', async () => {
  await playSequences(() => openOnRedis(clients), { sequences: 6, steps: 30, limitMs: 30_000 })
}, 120_000)
