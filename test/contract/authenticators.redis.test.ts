import Redis from 'ioredis'
import { redisAuthenticators } from '../../lib/adapters/redis'
import { authenticatorsContract } from '../../lib/testing/contracts/authenticators'

describe('authenticators in Redis', () => {
  const redis = new Redis(process.env.TEST_REDIS_URL ?? '')
  afterAll(() => redis.disconnect())

  authenticatorsContract({ describe, it }, async () => ({
    store: redisAuthenticators(redis, { prefix: 'authenticators-contract:' }),
    stop: async () => {},
  }))
})
