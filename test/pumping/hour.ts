import type Redis from 'ioredis'
import type { Fleet } from './fleet'
import { MINUTE } from './world'

/** Something done in a minute of the simulated hour, and what the same person does in the next. */
export type Job = () => Promise<Job | undefined>

export const MINUTES = 60
/** For those who began in the last minute. */
const MINUTES_AFTER = 2

interface Plan {
  jobsOf(minute: number): readonly Job[]
  /** Everything that was begun in it is answered. */
  onEnd(minute: number): void
}

/** Lives through an hour of the service's clock, minute by minute. */
export async function runHour(fleet: Fleet, ageBudgets: (ms: number) => Promise<unknown>, plan: Plan): Promise<void> {
  const startsAt = fleet.now()
  let later: readonly Job[] = []
  for (let minute = 0; minute < MINUTES + MINUTES_AFTER; minute += 1) {
    const jobs = minute < MINUTES ? plan.jobsOf(minute) : []
    const next = await Promise.all([...later, ...jobs].map((job) => job()))
    later = next.filter((job) => job !== undefined)
    plan.onEnd(minute)
    const leftMs = Math.max(0, startsAt + (minute + 1) * MINUTE - fleet.now())
    await Promise.all([fleet.advance(leftMs), ageBudgets(leftMs)])
  }
}

const AGE = `
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  local left = redis.call('PTTL', key) - ARGV[2]
  if left > 0 then redis.call('PEXPIRE', key, left) else redis.call('DEL', key) end
end`

/** Budgets end by Redis' own clock, which nobody can move: what is left of their windows is shortened instead. */
export function budgetsAt(redis: Redis, prefix: string): (ms: number) => Promise<unknown> {
  return (ms) => redis.eval(AGE, 0, `${prefix}budget:*`, Math.round(ms))
}
