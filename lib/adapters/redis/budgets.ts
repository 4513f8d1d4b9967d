import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { BudgetOutcome, Charge, Store } from '../../ports'
import type { Connection } from './connection'
import type { RedisClient } from './options'

/**
 * Makes the budgets. They belong to numbers as well as users, so each has a key and a slot of its own: they are
 * charged side by side and refunded when one refuses, where one script could not reach them all.
 */
export function createBudgetCalls({ prefix, call, run }: Connection): Pick<Store, 'spend' | 'refund'> {
  const limiters = new Map<string, RateLimiterRedis>()
  /** The window that a charge was counted in, and when it ends on this process' own clock. */
  const windows = new WeakMap<Charge, { key: string; endsAt: number }>()

  function limiterOf(redis: RedisClient, { budget, points, windowMs }: Charge): RateLimiterRedis {
    const name = JSON.stringify([budget, points, windowMs])
    const limiter =
      limiters.get(name) ?? createLimiter(redis, `${prefix}budget:${budget}:${windowMs}`, points, windowMs)
    limiters.set(name, limiter)
    return limiter
  }

  async function consume(redis: RedisClient, charge: Charge): Promise<RateLimiterRes> {
    const limiter = limiterOf(redis, charge)
    const counted = await limiter.consume(charge.subject).catch((refused) => refused)
    // Whatever went wrong with Redis: nothing is known, and nothing is allowed.
    if (!(counted instanceof RateLimiterRes)) throw counted
    windows.set(charge, { key: limiter.getKey(charge.subject), endsAt: performance.now() + counted.msBeforeNext })
    return counted
  }

  async function giveBack(charge: Charge): Promise<void> {
    const { key = '', endsAt = 0 } = windows.get(charge) ?? {}
    windows.delete(charge)
    const leftMs = Math.ceil(endsAt - performance.now())
    if (leftMs > 0) await run('refund_budget', [key], [leftMs])
  }

  async function refund(charges: readonly Charge[]): Promise<void> {
    await Promise.all(charges.map(giveBack))
  }

  return {
    async spend(charges) {
      const counted = await call((redis) => Promise.all(charges.map((charge) => consume(redis, charge))))
      const refusals = charges.flatMap((charge, at) => refusalOf(charge, counted[at]))
      if (refusals.length === 0) return { outcome: 'allowed' }
      // The ones that refused too: they counted the send that is not going to happen.
      await refund(charges)
      return refusals.reduce((one, other) => (other.retryAfterMs > one.retryAfterMs ? other : one))
    },
    refund,
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

function refusalOf({ budget, points }: Charge, counted: RateLimiterRes | undefined): readonly Refusal[] {
  if (!counted || counted.consumedPoints <= points) return []
  return [{ outcome: 'refused', budget, retryAfterMs: Math.max(1, counted.msBeforeNext) }]
}
