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
/** Each from fresh seeds, and each on every adapter, so that a run that is broken off has seen them all. */
const ROUNDS = 12
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

type Figures = Map<string, number>

async function play(open: () => Promise<Ground>, sequences: number, figures: Figures): Promise<void> {
  const played = await playSequences(open, { sequences, steps: 40, limitMs: 60 * MINUTE })
  for (const [figure, count] of played) figures.set(figure, (figures.get(figure) ?? 0) + count)
}

it(
  '2,000 sequences end without what must not happen',
  async () => {
    const startedAt = Date.now()
    const redis = [openRedis(), openRedis()] as const
    const figures: Figures = new Map()
    for (let round = 0; round < ROUNDS; round += 1) {
      await play(openMemory, 100, figures)
      await play(() => openOnRedis(redis), 34, figures)
      await play(() => openOnRedis(clients), 17, figures)
      await play(() => openOnSql(query, redis), 17, figures)
      const seconds = Math.round((Date.now() - startedAt) / 1000)
      const words = [...figures].sort().map(([figure, count]) => `${count} ${figure}`)
      process.stdout.write(`model: ${seconds} s; ${words.join('; ')}\n`)
    }
    expect(figures.get('sequences')).toBe(ROUNDS * 168)
  },
  240 * MINUTE,
)
