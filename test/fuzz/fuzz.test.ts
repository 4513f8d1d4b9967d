import Redis from 'ioredis'
import { memoryPorts, redisPorts, runFuzz, unmetOf } from './run'

/** It takes seconds; a machine that does much else gets longer. */
const PATIENCE_MS = 120_000

/** Anything at all is sent to every route, in every state of a session: nothing breaks, nothing leaks, nobody passes. */
describe('whatever is sent', () => {
  it(
    'to the routes, on records in this process → is answered, in order, and opens nothing',
    async () => {
      const figures = await runFuzz('fuzz, memory', { requests: 1800, openPorts: memoryPorts })
      expect(figures.faults).toEqual([])
      expect(unmetOf(figures)).toEqual([])
    },
    PATIENCE_MS,
  )

  it(
    'to the routes, on records in Redis → is answered, in order, and opens nothing',
    async () => {
      const redis = new Redis(process.env.TEST_REDIS_URL as string)
      const figures = await runFuzz('fuzz, Redis', { requests: 900, openPorts: () => redisPorts(redis) })
      redis.disconnect()
      expect(figures.faults).toEqual([])
    },
    PATIENCE_MS,
  )
})
