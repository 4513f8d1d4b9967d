import type { SendCount, SendCounts, SendSeries } from '../ports'
import type { Core } from './core'

/** Counts are kept in slices of time; what is asked of the last hour is asked of the last twelve. */
const SLICE_MS = 5 * 60_000

/** Adds to what is counted of a country's sends. Nobody waits for it: a code is no less sent, or right, for not being counted. */
export function countSends(core: Core, series: SendSeries, counts: SendCounts, at = core.settings.clock.now()): void {
  void addCounts(core, series, counts, at).catch(() => {})
}

/** Adds to what is counted, and tells what the slice has by then. @throws {@link TwoFactorError} `ERR_TFA_STORE_UNAVAILABLE` */
export function addCounts(
  core: Core,
  { country, method }: SendSeries,
  counts: SendCounts,
  at: number,
): Promise<SendCounts> {
  return core.settings.store.countSends({ country, method }, sliceOf(at), counts)
}

/** The start of the slice that an instant is in. */
export function sliceOf(at: number): number {
  return at - (at % SLICE_MS)
}

/** A slice of time, and what was counted in it. */
export interface CountedSlice {
  startsAt: number
  endsAt: number
  counts: SendCounts
}

/** Reads these words of the slices since an instant, the running one included. */
export async function readCounts(
  core: Core,
  { country, method }: SendSeries,
  since: number,
  words: readonly SendCount[],
): Promise<readonly CountedSlice[]> {
  const first = sliceOf(since)
  const length = Math.floor((core.settings.clock.now() - first) / SLICE_MS) + 1
  const slices = Array.from({ length }, (_, at) => first + at * SLICE_MS)
  const counted = await core.settings.store.readSends({ country, method }, slices, words)
  return slices.map((startsAt, at) => ({ startsAt, endsAt: startsAt + SLICE_MS, counts: counted[at] ?? {} }))
}

/** What a send costs, in the app's own units. */
export function costOf({ settings }: Core, { country, method }: SendSeries, parts: number): number {
  const { sendCosts } = settings
  return (sendCosts[country]?.[method] ?? sendCosts['*']?.[method] ?? 1) * parts
}
