import type { SendCount, SendCounts, SendSeries, Store } from '../../ports'
import type { Connection } from './connection'

type CountCalls = Pick<Store, 'countSends' | 'readSends' | 'markConfirmed' | 'isConfirmed'>

const DAY_MS = 24 * 3600 * 1000
const COUNTS_KEPT_MS = 8 * DAY_MS
const CONFIRMED_KEPT_MS = 365 * DAY_MS

/** Every word that is counted, as a record: the compiler says when one is missing. */
const WORDS: Readonly<Record<SendCount, true>> = {
  sent: true,
  delivered: true,
  failed: true,
  verified: true,
  newSent: true,
  newVerified: true,
  refused: true,
  stopped: true,
  costUnits: true,
}
const NAMES = Object.keys(WORDS) as readonly SendCount[]

/** Makes the counts of sends: a key per country, method and day, so that each day ends by itself. */
export function createCountCalls({ prefix, call, run }: Connection): CountCalls {
  const keyOf = ({ country, method }: SendSeries, slice: number) =>
    `${prefix}sends:{${country}:${method}}:${Math.floor(slice / DAY_MS)}`
  const confirmedOf = (subject: string) => `${prefix}confirmed:${subject}`

  async function readDay(key: string, slices: readonly number[]): Promise<readonly [slice: number, SendCounts][]> {
    const fields = slices.flatMap((slice) => NAMES.map((name) => fieldOf(slice, name)))
    const counted = await call((redis) => redis.hmget(key, ...fields))
    return slices.map((slice, at) => [slice, toCounts(counted.slice(at * NAMES.length, (at + 1) * NAMES.length))])
  }

  return {
    async countSends(series, slice, counts) {
      const words = Object.entries(counts) as [SendCount, number][]
      const added = words.flatMap(([name, count]) => [fieldOf(slice, name), count])
      const reply = await run('count_sends', [keyOf(series, slice)], [COUNTS_KEPT_MS, ...added])
      const [, counted] = reply as [string, readonly number[]]
      return Object.fromEntries(words.map(([name], at) => [name, counted[at]]))
    },
    async readSends(series, slices) {
      const days = [...new Set(slices.map((slice) => keyOf(series, slice)))]
      const read = days.map((day) => {
        return readDay(
          day,
          slices.filter((slice) => keyOf(series, slice) === day),
        )
      })
      const counted = new Map((await Promise.all(read)).flat())
      return slices.map((slice) => counted.get(slice) ?? {})
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

function toCounts(counted: readonly (string | null | undefined)[]): SendCounts {
  const words = NAMES.map((name, at) => [name, Number(counted[at] ?? 0)] as const)
  return Object.fromEntries(words.filter(([, count]) => count !== 0))
}
