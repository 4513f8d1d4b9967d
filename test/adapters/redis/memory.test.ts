import Redis from 'ioredis'
import { redisStore } from '../../../lib/adapters/redis'
import { type RedisServer, startRedis } from '../../support/redis-server'
import { challengeOf, deviceOf, grantOf, newId, openChallenge, putOf } from './sign-in'

const MANY = 2000

let server: RedisServer
let redis: Redis

beforeAll(async () => {
  server = await startRedis()
  redis = new Redis(server.url)
  await redis.ping()
})
afterAll(async () => {
  redis?.disconnect()
  await server?.stop()
})
beforeEach(() => redis.flushall())

async function usedBytes(): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1])
}

async function usageOf(pattern: string): Promise<number> {
  const [key = ''] = await redis.keys(pattern)
  return Number(await redis.memory('USAGE', key, 'SAMPLES', 0))
}

function times<Result>(count: number, work: () => Promise<Result>): Promise<readonly Result[]> {
  return Promise.all(Array.from({ length: count }, work))
}

describe('memory in Redis, key and end included', () => {
  const store = () => redisStore(redis, { timeoutMs: 20_000 })

  it('is at most 320 bytes for a pending challenge that was sent', async () => {
    await openChallenge(store(), newId())
    expect(await usageOf('*challenge*')).toBeLessThanOrEqual(320)
  })

  it('is at most 200 bytes for one more grant of a user', async () => {
    const issue = () => store().issueGrant('7', { handle: newId(), grant: grantOf(), epoch: '' })
    await times(MANY, issue)
    expect((await usageOf('*grants')) / MANY).toBeLessThanOrEqual(200)
  })

  it('is at most 150 bytes for one more remembered device of a user', async () => {
    const remember = async () => {
      const slot = await openChallenge(store(), '7')
      await store().consumeChallenge('7', { slot, challenge: slot.challenge, clear: [], device: deviceOf() })
    }
    await times(200, remember)
    expect((await usageOf('*devices')) / 200).toBeLessThanOrEqual(150)
  })

  it('is at most 320 bytes for one more user’s challenge, by what the server uses in all', async () => {
    const userIds = Array.from({ length: MANY }, newId)
    const signIn = (userId: string) => store().issueGrant(userId, { handle: 'h', grant: grantOf(), epoch: '' })
    await Promise.all(userIds.map(signIn))
    const before = await usedBytes()
    await Promise.all(userIds.map((userId) => store().putChallenge(userId, putOf('h', challengeOf()))))
    expect(((await usedBytes()) - before) / MANY).toBeLessThanOrEqual(320)
  })
})
