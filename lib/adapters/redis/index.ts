/** The Redis adapters, `express-two-factor/redis`. */
export { redisAuthenticators } from './authenticators'
export type { RedisClient, RedisOptions } from './options'
export { redisStore } from './store'
