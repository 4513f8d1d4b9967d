import { TwoFactorError } from '../errors'
import type { SendingMethod, SendSeries } from '../ports'
import { isConfirmedBy } from './confirmed-numbers'
import type { Core, Session } from './core'
import { addCounts, type CountedSlice, countSends, readCounts, sliceOf } from './counts'
import type { PhoneNumber } from './sealed'

/** A code that was sent just now has not had the time to come back. */
const SETTLED_AFTER_MS = 2 * 60_000

const JUDGED = ['newSent', 'newVerified', 'stopped', 'released'] as const

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
  const { clock, conversionMinimumPercent, conversionWindowMs } = core.settings
  const last = slices.findLast(({ counts }) => counts.stopped)
  const until = (last?.startsAt ?? 0) + conversionWindowMs
  const isOver = !last || until <= clock.now() || isReleased(last) || conversionMinimumPercent === 0
  return isOver ? null : until
}

/** Each request that finds out counts a stop, and a release takes as many back: a stop after it is one more again. */
function isReleased({ counts: { stopped = 0, released = 0 } }: CountedSlice): boolean {
  return released >= stopped
}

/** Lets sends go on where they were stopped. @throws {@link TwoFactorError} `ERR_TFA_NOT_FOUND` where they were not */
export async function releaseSends(core: Core, series: SendSeries): Promise<void> {
  const { clock, conversionWindowMs } = core.settings
  const slices = await readCounts(core, series, clock.now() - conversionWindowMs, JUDGED)
  const last = slices.findLast(({ counts }) => counts.stopped)
  if (!last || stoppedUntil(core, slices) === null) throw new TwoFactorError('ERR_TFA_NOT_FOUND')
  const { stopped = 0, released = 0 } = last.counts
  await addCounts(core, series, { released: stopped - released }, last.startsAt)
}

async function stopWhereUnconverted(
  core: Core,
  series: SendSeries,
  slices: readonly CountedSlice[],
): Promise<number | null> {
  const { clock, conversionMinimumPercent, conversionMinimumSends, conversionWindowMs } = core.settings
  const now = clock.now()
  // What was sent up to the last stop has been judged: it does not stop the same country twice.
  const since = slices.slice(slices.findLastIndex(({ counts }) => counts.stopped) + 1)
  const settled = since.filter(({ endsAt }) => endsAt <= now - SETTLED_AFTER_MS)
  const [sent, verified] = [sumOf(settled, 'newSent'), sumOf(settled, 'newVerified')]
  if (sent < conversionMinimumSends || verified * 100 >= sent * conversionMinimumPercent) return null
  const { stopped = 0, released = 0 } = await addCounts(core, series, { stopped: 1, released: 0 }, now)
  const until = sliceOf(now) + conversionWindowMs
  // Of all the requests that find this out at once, the first tells.
  if (stopped - released === 1) core.events.emit('sends.stopped', { ...series, sent, verified, until: new Date(until) })
  return until
}

/** Sums up what was counted in some slices. */
export function sumOf(slices: readonly CountedSlice[], word: keyof CountedSlice['counts']): number {
  return slices.reduce((sum, { counts }) => sum + (counts[word] ?? 0), 0)
}
