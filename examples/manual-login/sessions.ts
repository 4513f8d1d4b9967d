import { RedisStore } from 'connect-redis'
import type { RequestHandler } from 'express'
import session, { MemoryStore, type Store } from 'express-session'
import { TwoFactorError } from 'express-two-factor'
import { Redis } from 'ioredis'

/** The cookie's name. */
export const SESSION_COOKIE = 'sid'

/**
 * Connects to Redis with deadlines: express-session waits for its store before any other code runs, so a client that
 * waits would hang every request.
 * @throws Error of one line when it can't be reached
 */
export async function connectRedis(url: string): Promise<Redis> {
  let isConnected = false
  const redis = new Redis(url, {
    commandTimeout: 1000,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    connectTimeout: 5000,
    lazyConnect: true,
    // At the start the first failure is told; from then on it comes back by itself.
    retryStrategy: (times) => (isConnected ? Math.min(times * 50, 2000) : null),
  })
  // Each command tells its own failure; the connection is made anew by the client.
  redis.on('error', () => {})
  try {
    await redis.connect()
    isConnected = true
    return redis
  } catch {
    if (redis.status !== 'end') redis.disconnect()
    throw new Error('REDIS_URL: Redis does not answer there')
  }
}

/** Keeps sessions in Redis, or in this process where there is none. */
export function createSessions(secret: string, redis: Redis | undefined): RequestHandler {
  return session({
    name: SESSION_COOKIE,
    secret,
    store: redis ? redisSessions(redis) : new MemoryStore(),
    resave: false,
    saveUninitialized: false,
    // `auto`: Secure wherever the request came by https, and still a cookie on http://localhost.
    cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto' },
  })
}

/** Failures become `ERR_TFA_STORE_UNAVAILABLE`, a 503: the client's own errors carry the command, and with it the session. */
function redisSessions(redis: Redis): Store {
  const store = new RedisStore({ client: redis, prefix: 'sess:' })
  const { client } = store
  store.client = {
    ...client,
    get: (key) => client.get(key).catch(refuseUnavailable),
    set: (key, value, ttl) => client.set(key, value, ttl).catch(refuseUnavailable),
    expire: (key, ttl) => client.expire(key, ttl).catch(refuseUnavailable),
    del: (keys) => client.del(keys).catch(refuseUnavailable),
  }
  return store
}

function refuseUnavailable(): never {
  throw new TwoFactorError('ERR_TFA_STORE_UNAVAILABLE', { detail: 'the sessions cannot be read now' })
}
