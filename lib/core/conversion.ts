import { TwoFactorError } from '../errors'
import type { SendingMethod } from '../ports'
import { isConfirmedBy } from './confirmed-numbers'
import type { Core, Session } from './core'
import { addCounts, type CountedSlice, countSends, readCounts } from './counts'
import type { PhoneNumber } from './sealed'

/** A code that was sent just now has not had the time to come back. */
const SETTLED_AFTER_MS = 2 * 60_000

const JUDGED = ['newSent', 'newVerified', 'stopped'] as const

/**
 * Refuses to send to a number that nobody has confirmed, in a country where such codes hardly ever come back: whoever
 * has them sent earns by the message, and never reads one. Numbers that this user once confirmed go on.
 * @throws {@link TwoFactorError} `ERR_TFA_SENDS_STOPPED`, `ERR_TFA_STORE_UNAVAILABLE`
 */
export async function refuseWhileStopped(
  core: Core,
  { user }: Session,
  { country, e164 }: PhoneNumber,
  method: SendingMethod,
): Promise<void> {
  const { clock, conversionMinimumPercent, conversionWindowMs } = core.settings
  if (conversionMinimumPercent === 0) return
  const series = { country, method }
  const [slices, isConfirmed] = await Promise.all([
    readCounts(core, series, clock.now() - conversionWindowMs, JUDGED),
    isConfirmedBy(core, user.id, e164),
  ])
  if (isConfirmed) return
  const until = stoppedUntil(core, slices) ?? (await stopWhereUnconverted(core, series, slices))
  if (until === null) return
  countSends(core, series, { refused: 1 })
  core.events.emit('send.refused', { userId: user.id, ...series, brake: 'conversion' })
  throw new TwoFactorError('ERR_TFA_SENDS_STOPPED', { retryAfterMs: until - clock.now(), factors: ['totp'] })
}

/** Until when sends are stopped; null where they are not. */
export function stoppedUntil(core: Core, slices: readonly CountedSlice[]): number | null {
  const { clock, conversionWindowMs } = core.settings
  const last = slices.findLast(({ counts }) => counts.stopped)
  const until = (last?.startsAt ?? 0) + conversionWindowMs
  return until > clock.now() ? until : null
}

async function stopWhereUnconverted(
  core: Core,
  series: { country: string; method: SendingMethod },
  slices: readonly CountedSlice[],
): Promise<number | null> {
  const { clock, conversionMinimumPercent, conversionMinimumSends, conversionWindowMs } = core.settings
  const now = clock.now()
  // What was sent up to the last stop has been judged: it does not stop the same country twice.
  const since = slices.slice(slices.findLastIndex(({ counts }) => counts.stopped) + 1)
  const settled = since.filter(({ endsAt }) => endsAt <= now - SETTLED_AFTER_MS)
  const [sent, verified] = [sumOf(settled, 'newSent'), sumOf(settled, 'newVerified')]
  if (sent < conversionMinimumSends || verified * 100 >= sent * conversionMinimumPercent) return null
  const { stopped } = await addCounts(core, series, { stopped: 1 }, now)
  const until = (slices.at(-1)?.startsAt ?? now) + conversionWindowMs
  // Of all the requests that find this out at once, the first tells.
  if (stopped === 1) core.events.emit('sends.stopped', { ...series, sent, verified, until: new Date(until) })
  return until
}

/** Sums up what was counted in some slices. */
export function sumOf(slices: readonly CountedSlice[], word: keyof CountedSlice['counts']): number {
  return slices.reduce((sum, { counts }) => sum + (counts[word] ?? 0), 0)
}
