/** The sequences of test/model, many times more and longer, each time from a fresh seed. */
import type { Cluster } from 'ioredis'
import { migrate } from '../../lib/adapters/sql'
import { openMemory, openOnRedis, openOnSql } from '../model/grounds'
import { playSequences } from '../model/run'
import type { Ground } from '../model/world'
import { startPglite } from '../support/pglite'
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster'
import { openRedis } from '../support/security'

const MINUTE = 60_000
const { query, stop } = startPglite()
let servers: RedisCluster
let clients: readonly [Cluster, Cluster]

beforeAll(async () => {
  await migrate(query)
  servers = await startRedisCluster()
  clients = [await servers.connect(), await servers.connect()]
}, MINUTE)
afterAll(async () => {
  for (const client of clients ?? []) client.disconnect()
  await servers?.stop()
  await stop()
})

async function play(name: string, open: () => Promise<Ground>, sequences: number): Promise<void> {
  const startedAt = Date.now()
  const figures = await playSequences(open, { sequences, steps: 40, limitMs: 60 * MINUTE })
  const seconds = Math.round((Date.now() - startedAt) / 1000)
  const words = [...figures].sort().map(([figure, count]) => `${count} ${figure}`)
  process.stdout.write(`model, ${name}: ${seconds} s; ${words.join('; ')}\n`)
  expect(figures.get('sequences')).toBe(sequences)
}

it(
  '2,000 sequences end without what must not happen',
  async () => {
    await play('memory', openMemory, 1200)
    const redis = [openRedis(), openRedis()] as const
    await play('Redis', () => openOnRedis(redis), 400)
    await play('a cluster', () => openOnRedis(clients), 200)
    await play('Redis and SQL', () => openOnSql(query, redis), 200)
  },
  120 * MINUTE,
)
