import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import type { BudgetOutcome, Charge, Clock, Store } from '../../ports'

/** The limiter forgets by a timer, and Node's timers end here: a longer window would be over at once. */
const LONGEST_WINDOW_MS = 2 ** 31 - 1

/** Makes the budgets of one store. */
export function createBudgets(clock: Clock): Pick<Store, 'spend' | 'refund'> {
  const limiters = new Map<string, RateLimiterMemory>()
  /** The window that a charge was counted in, and when it ends. */
  const windows = new WeakMap<Charge, { key: string; endsAt: number }>()

  function limiterOf({ budget, points, windowMs }: Charge): RateLimiterMemory {
    const name = JSON.stringify([budget, points, windowMs])
    const limiter = limiters.get(name) ?? createLimiter(points, windowMs)
    limiters.set(name, limiter)
    return limiter
  }

  async function charge(one: Charge): Promise<RateLimiterRes> {
    const counted: RateLimiterRes = await limiterOf(one)
      .consume(keyOf(one, clock))
      .catch((refused) => refused)
    windows.set(one, { key: keyOf(one, clock), endsAt: performance.now() + counted.msBeforeNext })
    return counted
  }

  /** A window that ended meanwhile is owed nothing, and the next must not be. */
  async function giveBack(one: Charge): Promise<void> {
    const window = windows.get(one)
    windows.delete(one)
    if (window && window.endsAt > performance.now()) await limiterOf(one).reward(window.key)
  }

  async function refund(charges: readonly Charge[]): Promise<void> {
    await Promise.all(charges.map(giveBack))
  }

  return {
    async spend(charges) {
      const counted = await Promise.all(charges.map(charge))
      const refused = charges.flatMap((one, at) => refusalOf(one, counted[at], clock))
      if (refused.length === 0) return { outcome: 'allowed' }
      await refund(charges)
      return refused.reduce((one, other) => (other.retryAfterMs > one.retryAfterMs ? other : one))
    },
    refund,
  }
}

function createLimiter(points: number, windowMs: number): RateLimiterMemory {
  return new RateLimiterMemory({ points, duration: Math.min(windowMs, LONGEST_WINDOW_MS) / 1000 })
}

/** The limiter reads the machine's clock; a test that moves ours past a window gets a fresh one. */
function keyOf({ subject, windowMs }: Charge, { offsetMs }: Clock): string {
  return `${Math.floor(offsetMs / windowMs)}:${subject}`
}

type Refusal = Extract<BudgetOutcome, { outcome: 'refused' }>

function refusalOf(
  { budget, points, windowMs }: Charge,
  counted: RateLimiterRes | undefined,
  { offsetMs }: Clock,
): readonly Refusal[] {
  if (!counted || counted.consumedPoints <= points) return []
  const movedMs = offsetMs - Math.floor(offsetMs / windowMs) * windowMs
  return [{ outcome: 'refused', budget, retryAfterMs: Math.max(1, counted.msBeforeNext - movedMs) }]
}
