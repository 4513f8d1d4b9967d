import type { Store } from '../../ports'
import { createBudgetCalls } from './budgets'
import { createChallengeCalls } from './challenges'
import { connect } from './connection'
import { createCountCalls } from './counts'
import { createDeviceCalls } from './devices'
import { createGrantCalls } from './grants'
import { inspectServer } from './inspect'
import { createMessageCalls } from './messages'
import type { RedisClient, RedisOptions } from './options'
import { createTallyCalls } from './tallies'

/**
 * Keeps grants, challenges, remembered devices, tallies and budgets in Redis 6.2 or later, or in a cluster of them.
 * Each call is one script or one command on keys of one slot; a call that fails or takes too long is never repeated.
 * @param redis - a client of ioredis with deadlines of its own: `commandTimeout`, `maxRetriesPerRequest`
 * @throws {@link TwoFactorError} `ERR_TFA_CONFIG` for a bad client or option
 */
export function redisStore(redis: RedisClient, options: RedisOptions = {}): Store {
  const connection = connect(redis, options)
  return {
    isVolatile: false,
    inspect: () => inspectServer(redis, connection),
    ...createGrantCalls(connection),
    ...createChallengeCalls(connection),
    ...createTallyCalls(connection),
    ...createDeviceCalls(connection),
    ...createBudgetCalls(connection),
    ...createMessageCalls(connection),
    ...createCountCalls(connection),
  }
}
