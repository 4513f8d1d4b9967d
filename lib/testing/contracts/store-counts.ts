import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { newHash, type Play } from './store-scenes'

const DAY_MS = 24 * 3600 * 1000
const SLICE_MS = 5 * 60_000
const WORDS = ['sent', 'failed', 'costUnits'] as const
const MIDNIGHT = Math.floor(Date.now() / DAY_MS) * DAY_MS

/** What every store does with the counts of sends: added to at once by many, kept apart, read by slice. */
export function playCounts(play: Play): void {
  play('what is counted of a series adds up, and the answer says to what', async ({ store }) => {
    const series = newSeries()
    deepStrictEqual(await store.countSends(series, MIDNIGHT, { sent: 1, costUnits: 7 }), { sent: 1, costUnits: 7 })
    deepStrictEqual(await store.countSends(series, MIDNIGHT, { sent: 2, failed: 1 }), { sent: 3, failed: 1 })
    deepStrictEqual(await store.readSends(series, [MIDNIGHT], WORDS), [{ sent: 3, failed: 1, costUnits: 7 }])
  })

  play('many that count at once lose nothing, and one of them is the first', async ({ store }) => {
    const series = newSeries()
    const counted = await Promise.all(
      Array.from({ length: 20 }, () => store.countSends(series, MIDNIGHT, { stopped: 1 })),
    )
    deepStrictEqual(
      counted
        .map(({ stopped = 0 }) => stopped)
        .toSorted((one, other) => one - other)
        .at(-1),
      20,
    )
    strictEqual(counted.filter(({ stopped }) => stopped === 1).length, 1)
  })

  play('slices, days, countries and methods are counted apart, and read in the order asked', async ({ store }) => {
    const series = newSeries()
    await store.countSends(series, MIDNIGHT, { sent: 1 })
    await store.countSends(series, MIDNIGHT + SLICE_MS, { sent: 2 })
    await store.countSends(series, MIDNIGHT - SLICE_MS, { sent: 3 })
    await store.countSends({ ...series, method: 'voice' }, MIDNIGHT, { sent: 4 })
    await store.countSends(newSeries(), MIDNIGHT, { sent: 5 })
    const slices = [MIDNIGHT + SLICE_MS, MIDNIGHT - SLICE_MS, MIDNIGHT, MIDNIGHT + 2 * SLICE_MS]
    deepStrictEqual(await store.readSends(series, slices, WORDS), [{ sent: 2 }, { sent: 3 }, { sent: 1 }, {}])
    deepStrictEqual(await store.readSends(series, [], WORDS), [])
  })

  play('a whole day is read as its slices are, and no other words than those asked for', async ({ store }) => {
    const series = newSeries()
    const day = Array.from({ length: 288 }, (_, at) => MIDNIGHT + at * SLICE_MS)
    await store.countSends(series, MIDNIGHT + 7 * SLICE_MS, { sent: 7, failed: 1 })
    await store.countSends(series, MIDNIGHT + 287 * SLICE_MS, { sent: 2, refused: 3 })
    const read = await store.readSends(series, day, ['sent', 'refused'])
    const counted = read.flatMap((counts, at) => (Object.keys(counts).length > 0 ? [[at, counts]] : []))
    deepStrictEqual(counted, [
      [7, { sent: 7 }],
      [287, { sent: 2, refused: 3 }],
    ])
  })

  play('a number is confirmed once it was marked, and no other', async ({ store }) => {
    const [one, other] = [newHash(), newHash()]
    await store.markConfirmed(one)
    strictEqual(await store.isConfirmed(one), true)
    strictEqual(await store.isConfirmed(other), false)
  })
}

/** Tests that share a store count in countries of their own. */
let last = 0
function newSeries(): { country: string; method: 'sms' } {
  last += 1
  const letter = (at: number) => String.fromCharCode(65 + (at % 26))
  return { country: letter(Math.floor(last / 26) + process.pid) + letter(last), method: 'sms' }
}
