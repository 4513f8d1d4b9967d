import type { Clock, SendCount, SendCounts, SendSeries, Store } from '../../ports'
import { createShelf } from './shelf'

type CountCalls = Pick<Store, 'countSends' | 'readSends' | 'markConfirmed' | 'isConfirmed'>

const DAY_MS = 24 * 3600 * 1000
const COUNTS_KEPT_MS = 8 * DAY_MS
const CONFIRMED_KEPT_MS = 365 * DAY_MS

/** Makes the counts of sends, and the marks of numbers whose codes came back. */
export function createCounts(clock: Clock): CountCalls {
  const slices = createShelf<Partial<Record<SendCount, number>>>(clock, COUNTS_KEPT_MS)
  const confirmed = createShelf<true>(clock, CONFIRMED_KEPT_MS)
  const keyOf = ({ country, method }: SendSeries, slice: number) => `${slice}:${country}:${method}`

  return {
    async countSends(series, slice, added) {
      const counts = slices.find(keyOf(series, slice)) ?? {}
      for (const [name, count] of entriesOf(added)) counts[name] = (counts[name] ?? 0) + count
      slices.put(keyOf(series, slice), counts)
      return Object.fromEntries(entriesOf(added).map(([name]) => [name, counts[name]]))
    },
    readSends: async (series, asked, words) =>
      asked.map((slice) => {
        const counts = entriesOf(slices.find(keyOf(series, slice)) ?? {})
        return Object.fromEntries(counts.filter(([name]) => words.includes(name)))
      }),
    markConfirmed: async (subject) => confirmed.put(subject, true),
    isConfirmed: async (subject) => confirmed.find(subject) !== undefined,
  }
}

function entriesOf(counts: SendCounts): [SendCount, number][] {
  return Object.entries(counts) as [SendCount, number][]
}
