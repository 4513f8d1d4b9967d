import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { BudgetOutcome, Charge, Store } from '../../ports'
import type { Connection } from './connection'
import type { RedisClient } from './options'

/**
 * Makes the budgets. They belong to numbers as well as users, so each has a key and a slot of its own: they are
 * charged side by side and refunded when one refuses, where one script could not reach them all.
 */
export function createBudgetCalls({ prefix, call }: Connection): Pick<Store, 'spend' | 'refund'> {
  const limiters = new Map<string, RateLimiterRedis>()

  function limiterOf(redis: RedisClient, { budget, points, windowMs }: Charge): RateLimiterRedis {
    const name = JSON.stringify([budget, points, windowMs])
    const limiter =
      limiters.get(name) ?? createLimiter(redis, `${prefix}budget:${budget}:${windowMs}`, points, windowMs)
    limiters.set(name, limiter)
    return limiter
  }

  async function refund(redis: RedisClient, charges: readonly Charge[]): Promise<void> {
    await Promise.all(charges.map((charge) => limiterOf(redis, charge).reward(charge.subject)))
  }

  return {
    spend: (charges) =>
      call(async (redis) => {
        const consume = (charge: Charge) => limiterOf(redis, charge).consume(charge.subject)
        const settled = await Promise.allSettled(charges.map(consume))
        const refusals = charges.flatMap((charge, at) => refusalOf(charge, settled[at]))
        if (refusals.length === 0) return { outcome: 'allowed' }
        // The ones that refused too: they counted the send that is not going to happen.
        await refund(redis, charges)
        return refusals.reduce((one, other) => (other.retryAfterMs > one.retryAfterMs ? other : one))
      }),
    refund: (charges) => call((redis) => refund(redis, charges)),
  }
}

function createLimiter(
  storeClient: RedisClient,
  keyPrefix: string,
  points: number,
  windowMs: number,
): RateLimiterRedis {
  // Whole seconds: the limiter drops what is beyond, and a duration of none would have no end.
  const duration = Math.ceil(windowMs / 1000)
  return new RateLimiterRedis({ storeClient, keyPrefix, points, duration, rejectIfRedisNotReady: true })
}

type Refusal = Extract<BudgetOutcome, { outcome: 'refused' }>

/** @throws whatever went wrong with Redis: then nothing is known, and nothing is allowed */
function refusalOf({ budget }: Charge, settled: PromiseSettledResult<unknown> | undefined): readonly Refusal[] {
  if (settled?.status !== 'rejected') return []
  if (!(settled.reason instanceof RateLimiterRes)) throw settled.reason
  return [{ outcome: 'refused', budget, retryAfterMs: Math.max(1, settled.reason.msBeforeNext) }]
}
