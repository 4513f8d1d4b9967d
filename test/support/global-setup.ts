import { type RedisCluster, startRedisCluster } from './redis-cluster'
import { type RedisServer, startRedis } from './redis-server'

declare global {
  var redisOfThisRun: RedisServer | undefined
  var clusterOfThisRun: RedisCluster | undefined
}

/** One real Redis and one cluster for the whole run; each suite keeps to a key prefix of its own. */
export default async function startServices(): Promise<void> {
  // A run that names its stores, and not this one, is not kept waiting for three servers.
  const wantsCluster = (process.env.TEST_BACKENDS ?? 'cluster').includes('cluster')
  const [redis, cluster] = await Promise.all([startRedis(), wantsCluster ? startRedisCluster() : undefined])
  globalThis.redisOfThisRun = redis
  globalThis.clusterOfThisRun = cluster
  process.env.TEST_REDIS_URL = redis.url
  process.env.TEST_REDIS_CLUSTER_PORTS = cluster?.servers.map(({ port }) => port).join(',') ?? ''
  // A run that is broken off is not torn down.
  process.once('exit', () => {
    for (const server of [redis, ...(cluster?.servers ?? [])]) server.process.kill('SIGKILL')
  })
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
}
