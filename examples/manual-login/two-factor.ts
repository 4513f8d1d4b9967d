import { type Channel, type Clock, createTwoFactor, type TwoFactor } from 'express-two-factor'
import { memoryStore } from 'express-two-factor/memory'
import { redisStore } from 'express-two-factor/redis'
import { sqlAuthenticators } from 'express-two-factor/sql'
import { vonageSms, vonageVoice } from 'express-two-factor/vonage'
import type { Redis } from 'ioredis'
import type { Config } from './config'
import type { Database } from './database'
import { COUNTRIES, SEND_COSTS } from './destinations'
import { findByPassword } from './sign-in'
import type { Users } from './users'

/** What the sample's second factor is made of. */
export interface Parts {
  config: Config
  origin: string
  keys: readonly string[]
  database: Database
  redis: Redis | undefined
  users: Users
  /** The virtual phone's, during development. */
  channels: readonly Channel[]
  clock?: Clock
}

/** Mounts the package on the sample's users, database and Redis. */
export function createSecondFactor({
  config,
  origin,
  keys,
  database,
  redis,
  users,
  channels,
  clock,
}: Parts): TwoFactor {
  const timed = clock ? { clock } : {}
  return createTwoFactor({
    issuer: 'Acme',
    origin,
    keys,
    store: redis ? redisStore(redis, timed) : memoryStore(timed),
    authenticators: sqlAuthenticators(database.query),
    channels: config.vonage ? [vonageSms(config.vonage), vonageVoice(config.vonage)] : channels,
    countries: COUNTRIES,
    sendCosts: SEND_COSTS,
    policy: config.requirement,
    afterEnrolment: config.afterEnrolment,
    reauthenticate: async (_req, { username, password }) =>
      (await findByPassword(users, username, password))?.id ?? null,
    ...timed,
  })
}
