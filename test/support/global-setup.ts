import { type RedisServer, startRedis } from './redis-server'

declare global {
  var redisOfThisRun: RedisServer | undefined
}

/** One real Redis for the whole run; each suite keeps to a key prefix of its own. */
export default async function startServices(): Promise<void> {
  const redis = await startRedis()
  globalThis.redisOfThisRun = redis
  process.env.TEST_REDIS_URL = redis.url
  // A run that is broken off is not torn down.
  process.once('exit', () => redis.process.kill('SIGKILL'))
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
}
