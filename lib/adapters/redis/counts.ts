import type { SendCount, SendCounts, SendSeries, Store } from '../../ports'
import type { Connection } from './connection'

type CountCalls = Pick<Store, 'countSends' | 'readSends' | 'markConfirmed' | 'isConfirmed'>

const DAY_MS = 24 * 3600 * 1000
const COUNTS_KEPT_MS = 8 * DAY_MS
const CONFIRMED_KEPT_MS = 365 * DAY_MS

/** Beyond these, the whole day is read: asking for each field would be dearer, where most are empty. */
const MOST_FIELDS_ASKED = 100

/** Makes the counts of sends: a key per country, method and day, so that each day ends by itself. */
export function createCountCalls({ prefix, call, run }: Connection): CountCalls {
  const keyOf = ({ country, method }: SendSeries, slice: number) =>
    `${prefix}sends:{${country}:${method}}:${Math.floor(slice / DAY_MS)}`
  const confirmedOf = (subject: string) => `${prefix}confirmed:${subject}`

  async function readDay(key: string, fields: readonly string[]): Promise<Readonly<Record<string, string | null>>> {
    if (fields.length > MOST_FIELDS_ASKED) return call((redis) => redis.hgetall(key))
    const counted = await call((redis) => redis.hmget(key, ...fields))
    return Object.fromEntries(fields.map((field, at) => [field, counted[at] ?? null]))
  }

  return {
    async countSends(series, slice, counts) {
      const words = Object.entries(counts) as [SendCount, number][]
      const added = words.flatMap(([name, count]) => [fieldOf(slice, name), count])
      const reply = await run('count_sends', [keyOf(series, slice)], [COUNTS_KEPT_MS, ...added])
      const [, counted] = reply as [string, readonly number[]]
      return Object.fromEntries(words.map(([name], at) => [name, counted[at]]))
    },
    async readSends(series, slices, words) {
      const fieldsOf = (slice: number) => words.map((name) => fieldOf(slice, name))
      const days = new Set(slices.map((slice) => keyOf(series, slice)))
      const read = [...days].map(async (key) => {
        const ofDay = slices.filter((slice) => keyOf(series, slice) === key)
        return [key, await readDay(key, ofDay.flatMap(fieldsOf))] as const
      })
      const counted = new Map(await Promise.all(read))
      return slices.map((slice) => countsIn(slice, words, counted.get(keyOf(series, slice)) ?? {}))
    },
    async markConfirmed(subject) {
      await call((redis) => redis.set(confirmedOf(subject), '', 'PX', CONFIRMED_KEPT_MS))
    },
    isConfirmed: async (subject) => (await call((redis) => redis.exists(confirmedOf(subject)))) === 1,
  }
}

/** A slice by its minute of the day. */
function fieldOf(slice: number, name: SendCount): string {
  return `${Math.floor((slice % DAY_MS) / 60_000)}:${name}`
}

function countsIn(
  slice: number,
  words: readonly SendCount[],
  day: Readonly<Record<string, string | null>>,
): SendCounts {
  const counts = words.map((name) => [name, Number(day[fieldOf(slice, name)] ?? 0)] as const)
  return Object.fromEntries(counts.filter(([, count]) => count !== 0))
}
