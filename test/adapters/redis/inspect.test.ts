import Redis, { Cluster } from 'ioredis'
import { redisStore } from '../../../lib/adapters/redis'
import { type RedisServer, startRedis } from '../../support/redis-server'

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

describe('inspecting a store in Redis', () => {
  it.each(['allkeys-lru', 'allkeys-random', 'volatile-lru', 'volatile-ttl'])(
    'notices the eviction policy %s, which forgets locks once memory is short',
    async (policy) => {
      await redis.config('SET', 'maxmemory-policy', policy)
      const findings = await redisStore(redis).inspect()
      expect(findings).toEqual([expect.stringContaining(policy)])
      expect(findings[0]).toContain('noeviction')
    },
  )

  it('finds nothing where keys are never evicted', async () => {
    await redis.config('SET', 'maxmemory-policy', 'noeviction')
    expect(await redisStore(redis).inspect()).toEqual([])
  })

  it('says so when the server refuses INFO, and throws nothing', async () => {
    await redis.acl('SETUSER', 'app', 'on', 'nopass', '~*', '+@all', '-info')
    const app = new Redis(server.url, { username: 'app', password: 'any', enableReadyCheck: false })
    app.on('error', () => {})
    expect(await redisStore(app).inspect()).toEqual([expect.stringContaining('INFO memory')])
    app.disconnect()
  })

  it('says so when there is no server at all', async () => {
    const gone = new Redis({ port: 1, maxRetriesPerRequest: 0, enableOfflineQueue: false })
    gone.on('error', () => {})
    expect(await redisStore(gone).inspect()).toEqual([expect.stringContaining('INFO memory')])
    gone.disconnect()
  })

  it('says so when a cluster has shown none of its masters yet', async () => {
    const cluster = new Cluster([{ port: 1 }], { lazyConnect: true })
    expect(await redisStore(cluster).inspect()).toEqual([expect.stringContaining('INFO memory')])
    cluster.disconnect()
  })
})
