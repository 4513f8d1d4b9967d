import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import type { BudgetOutcome, Charge, Clock, Store } from '../../ports'

/** The limiter forgets by a timer, and Node's timers end here: a longer window would be over at once. */
const LONGEST_WINDOW_MS = 2 ** 31 - 1

/** Makes the budgets of one store. */
export function createBudgets(clock: Clock): Pick<Store, 'spend' | 'refund'> {
  const limiters = new Map<string, RateLimiterMemory>()

  function limiterOf({ budget, points, windowMs }: Charge): RateLimiterMemory {
    const name = JSON.stringify([budget, points, windowMs])
    const limiter = limiters.get(name) ?? createLimiter(points, windowMs)
    limiters.set(name, limiter)
    return limiter
  }

  function charge(one: Charge): Promise<RateLimiterRes> {
    return limiterOf(one).consume(keyOf(one, clock))
  }

  /** A window that ended meanwhile has nothing to give back: the credit it would open with is taken away again. */
  async function giveBack(one: Charge): Promise<void> {
    const { consumedPoints } = await limiterOf(one).reward(keyOf(one, clock))
    if (consumedPoints < 0) await limiterOf(one).penalty(keyOf(one, clock))
  }

  async function refund(charges: readonly Charge[]): Promise<void> {
    await Promise.all(charges.map(giveBack))
  }

  return {
    async spend(charges) {
      const settled = await Promise.allSettled(charges.map(charge))
      const refused = charges.flatMap((one, at) => refusalOf(one, settled[at], clock))
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
  { budget, windowMs }: Charge,
  settled: PromiseSettledResult<RateLimiterRes> | undefined,
  { offsetMs }: Clock,
): readonly Refusal[] {
  if (settled?.status !== 'rejected') return []
  const { msBeforeNext } = settled.reason as RateLimiterRes
  const movedMs = offsetMs - Math.floor(offsetMs / windowMs) * windowMs
  return [{ outcome: 'refused', budget, retryAfterMs: Math.max(1, msBeforeNext - movedMs) }]
}
