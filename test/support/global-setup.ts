import { type RedisServer, startRedis } from './redis-server'

declare global {
  var redisOfThisRun: RedisServer | undefined
}

/** One real Redis for the whole run; each suite keeps to a key prefix of its own. */
export default async function startServices(): Promise<void> {
  globalThis.redisOfThisRun = await startRedis()
  process.env.TEST_REDIS_URL = globalThis.redisOfThisRun.url
}
