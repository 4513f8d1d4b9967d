/**
 * A45. Redis is full and evicts: locks, used marks and grants go first, for they carry an end. The thief fills it with
 * sessions and starts guessing anew.
 * Tried: every policy but `noeviction` drops our keys, `volatile-*` too.
 * What must happen: said loudly at start-up, by a warning and an event; and under `noeviction` a full Redis refuses: 503,
 * nothing is evaluated, nobody gets in.
 */
import { randomBytes } from 'node:crypto'
import { redisAuthenticators, redisStore } from 'express-two-factor/redis'
import Redis, { type Cluster } from 'ioredis'
import { createTestApp } from '../support/app'
import { codeFor, enrolTotp } from '../support/journeys'
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster'
import { type RedisServer, startRedis } from '../support/redis-server'
import { holdSession, verify } from '../support/security'

let server: RedisServer
let redis: Redis

beforeAll(async () => {
  server = await startRedis()
  redis = new Redis(server.url)
})

afterAll(async () => {
  redis.disconnect()
  await server.stop()
})

describe('a Redis that evicts', () => {
  it.each([
    'allkeys-lru',
    'allkeys-lfu',
    'allkeys-random',
    'volatile-lru',
    'volatile-lfu',
    'volatile-random',
    'volatile-ttl',
  ])('by %s is warned of at start-up', async (policy) => {
    await redis.config('SET', 'maxmemory-policy', policy)
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { twoFactor } = createTestApp({ store: redisStore(redis) })
    const problem = await new Promise<string>((resolve) =>
      twoFactor.on('store.unsafe', (told) => resolve(told.problem)),
    )
    expect(problem).toContain(policy)
    expect(warned.mock.calls.flat()).toContainEqual(expect.stringContaining('noeviction'))
    warned.mockRestore()
  })
})

describe('a cluster of which one master evicts', () => {
  let cluster: RedisCluster
  let client: Cluster

  beforeAll(async () => {
    cluster = await startRedisCluster()
    client = await cluster.connect()
  })

  afterAll(async () => {
    client?.disconnect()
    await cluster?.stop()
  })

  it('is warned of at start-up: each master has a policy of its own', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    expect(await redisStore(client).inspect()).toEqual([])
    await client.nodes('master')[2]?.config('SET', 'maxmemory-policy', 'volatile-ttl')
    const { twoFactor } = createTestApp({ store: redisStore(client) })
    const problem = await new Promise<string>((resolve) =>
      twoFactor.on('store.unsafe', (told) => resolve(told.problem)),
    )
    expect(problem).toContain('volatile-ttl')
    expect(warned.mock.calls.flat()).toContainEqual(expect.stringContaining('noeviction'))
    warned.mockRestore()
  })
})

describe('a Redis that is full and evicts nothing', () => {
  it('lets nobody in: 503, and the right code is good again once there is room', async () => {
    await redis.config('SET', 'maxmemory-policy', 'noeviction')
    const service = createTestApp()
    const options = { clock: service.clock, prefix: `a${randomBytes(6).toString('hex')}:` }
    const onRedis = {
      ...createTestApp({
        clock: service.clock,
        store: redisStore(redis, options),
        authenticators: redisAuthenticators(redis, options),
      }),
      clock: service.clock,
    }
    const { setupKey, recoveryCodes } = await enrolTotp(onRedis, 'ada')
    const thief = await holdSession(onRedis)
    onRedis.clock.advance(30_000)
    await redis.config('SET', 'maxmemory', '1mb')
    for (const code of [codeFor(onRedis, setupKey), recoveryCodes[0]]) {
      expect((await verify(thief, code).expect(503)).body.code).toBe('ERR_TFA_STORE_UNAVAILABLE')
    }
    await thief.get('/account').expect(401)
    await redis.config('SET', 'maxmemory', '0')
    await verify(thief, codeFor(onRedis, setupKey)).expect(200)
  })
})
