import { MINUTES } from './hour'
import type { Scale } from './world'

/** Every so many minutes, all at once. */
const BURST_EVERY_MINUTES = 10
const BURST_SHARE = 0.1
const SLOW_SHARE = 0.003

/** How many requests the attacker makes in each minute: few at first, then bursts with a steady stream between them. */
export function paceOf({ attackRequests, slowMinutes }: Scale): readonly number[] {
  const slow = Math.max(6, Math.round(attackRequests * SLOW_SHARE))
  const bursts = Array.from({ length: MINUTES }, (_, minute) => minute >= slowMinutes && isBurst(minute))
  const burst = Math.round(attackRequests * BURST_SHARE)
  const streaming = bursts.filter((each, minute) => minute >= slowMinutes && !each).length
  const left = attackRequests - slow * slowMinutes - burst * bursts.filter(Boolean).length
  const stream = Math.floor(left / streaming)
  const pace = bursts.map((each, minute) => (minute < slowMinutes ? slow : each ? burst : stream))
  const missing = attackRequests - pace.reduce((sum, count) => sum + count, 0)
  return pace.map((count, minute) => (minute === MINUTES - 1 ? count + missing : count))
}

function isBurst(minute: number): boolean {
  return minute % BURST_EVERY_MINUTES === 0
}
