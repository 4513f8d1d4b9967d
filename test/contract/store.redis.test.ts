import Redis from 'ioredis'
import { redisStore } from '../../lib/adapters/redis'
import { storeContract } from '../../lib/testing/contracts/store'

describe('a store in Redis', () => {
  const redis = new Redis(process.env.TEST_REDIS_URL ?? '')
  beforeAll(() => redis.ping())
  afterAll(() => redis.disconnect())

  storeContract({ describe, it }, async (clock) => ({
    store: redisStore(redis, { prefix: 'store-contract:', clock }),
    stop: async () => {},
  }))
})
