import Redis from 'ioredis'
import { memoryPorts, redisPorts, runFuzz } from '../fuzz/run'

const HOUR_MS = 60 * 60_000

/** A number of its own in the environment makes a run shorter, or one for the night. */
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 100_000)

/** Of each route in each state of a session, of which there are some 400 pairs. */
const LEAST_PER_PAIR = Math.floor(REQUESTS / 2000)

describe('a hundred thousand requests of any kind', () => {
  it(
    'on records in this process → all answered, none opens anything, every route met every state',
    async () => {
      const figures = await runFuzz('fuzz, memory', { requests: REQUESTS, openPorts: memoryPorts })
      expect(figures.faults).toEqual([])
      if (process.env.FUZZ_EPISODE !== undefined) return
      expect(Math.min(...figures.meetings.values())).toBeGreaterThanOrEqual(LEAST_PER_PAIR)
    },
    HOUR_MS,
  )

  it(
    'a tenth of them on records in Redis → the same',
    async () => {
      const redis = new Redis(process.env.TEST_REDIS_URL as string)
      const figures = await runFuzz('fuzz, Redis', { requests: REQUESTS / 10, openPorts: () => redisPorts(redis) })
      redis.disconnect()
      expect(figures.faults).toEqual([])
    },
    HOUR_MS,
  )
})
