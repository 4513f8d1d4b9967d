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

describe('authenticators in a Redis cluster', () => {
  authenticatorsContract({ describe, it }, async () => ({ store: redisAuthenticators(redis), stop: async () => {} }))
})
