import type { Cluster } from 'ioredis'
import { redisAuthenticators, redisStore } from '../../lib/adapters/redis'
import { authenticatorsContract } from '../../lib/testing/contracts/authenticators'
import { storeContract } from '../../lib/testing/contracts/store'
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster'

let servers: RedisCluster
let redis: Cluster

beforeAll(async () => {
  servers = await startRedisCluster()
  redis = await servers.connect()
}, 30_000)
afterAll(async () => {
  redis?.disconnect()
  await servers?.stop()
})

describe('a store in a Redis cluster', () => {
  storeContract({ describe, it }, async (clock) => ({ store: redisStore(redis, { clock }), stop: async () => {} }))
})

describe('inspecting a Redis cluster', () => {
  it('notices one master of three that evicts keys', async () => {
    const [, second] = redis.nodes('master')
    await second?.config('SET', 'maxmemory-policy', 'allkeys-lru')
    const findings = await redisStore(redis).inspect()
    await second?.config('SET', 'maxmemory-policy', 'noeviction')
    expect(findings).toEqual([expect.stringContaining('allkeys-lru')])
  })
})

describe('a cluster without our scripts', () => {
  it('is given them, master by master, as users of each ask', async () => {
    await Promise.all(redis.nodes('master').map((node) => node.script('FLUSH')))
    const store = redisStore(redis)
    const reads = Array.from({ length: 60 }, (_, at) => store.readSession(`user-${at}`, { handle: 'h' }))
    expect((await Promise.all(reads)).every(({ grant }) => grant === null)).toBe(true)
  })
})

describe('authenticators in a Redis cluster', () => {
  authenticatorsContract({ describe, it }, async () => ({ store: redisAuthenticators(redis), stop: async () => {} }))
})
