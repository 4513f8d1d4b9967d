import type { Clock, SendCount, SendCounts, SendSeries, Store } from '../../ports'

type CountCalls = Pick<Store, 'countSends' | 'readSends' | 'markConfirmed' | 'isConfirmed'>

const DAY_MS = 24 * 3600 * 1000
const COUNTS_KEPT_MS = 8 * DAY_MS
const CONFIRMED_KEPT_MS = 365 * DAY_MS

interface Slice {
  slice: number
  counts: Partial<Record<SendCount, number>>
}

/** Makes the counts of sends, and the marks of numbers whose codes came back. */
export function createCounts(clock: Clock): CountCalls {
  const slices = new Map<string, Slice>()
  const confirmed = new Map<string, number>()
  const keyOf = ({ country, method }: SendSeries, slice: number) => `${slice}:${country}:${method}`

  return {
    async countSends(series, slice, added) {
      sweep(slices, clock.now() - COUNTS_KEPT_MS)
      const { counts }: Slice = slices.get(keyOf(series, slice)) ?? { slice, counts: {} }
      for (const [name, count] of entriesOf(added)) counts[name] = (counts[name] ?? 0) + count
      slices.set(keyOf(series, slice), { slice, counts })
      return Object.fromEntries(entriesOf(added).map(([name]) => [name, counts[name]]))
    },
    readSends: async (series, asked, words) =>
      asked.map((slice) => {
        const counts = entriesOf(slices.get(keyOf(series, slice))?.counts ?? {})
        return Object.fromEntries(counts.filter(([name]) => words.includes(name)))
      }),
    async markConfirmed(subject) {
      confirmed.set(subject, clock.now() + CONFIRMED_KEPT_MS)
    },
    isConfirmed: async (subject) => (confirmed.get(subject) ?? 0) > clock.now(),
  }
}

function entriesOf(counts: SendCounts): [SendCount, number][] {
  return Object.entries(counts) as [SendCount, number][]
}

/** A few at a time: slices are written in about the order that they are forgotten in. */
function sweep(slices: Map<string, { slice: number }>, oldest: number): void {
  for (const [key, { slice }] of [...slices].slice(0, 2)) if (slice < oldest) slices.delete(key)
}
