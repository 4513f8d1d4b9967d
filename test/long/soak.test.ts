/**
 * A5, A16 for long: a code is tried by several at once, over and over, in two processes of one service on one Redis.
 * Each code is accepted once, none is lost, and the processes hold no more memory at the end than when they were warm.
 */
import { randomBytes } from 'node:crypto'
import { redisAuthenticators } from 'express-two-factor/redis'
import Redis from 'ioredis'
import { startFleet } from '../soak/fleet'
import { runSoak, type SoakReport } from '../soak/run'

const VERIFIES = Number(process.env.SOAK_VERIFIES ?? 100_000)
const MEGABYTE = 1024 * 1024
/** Garbage that is not collected yet comes and goes by some dozens. */
const MOST_GROWTH_BYTES = 80 * MEGABYTE

it('the same right code from two to eight at once, in two processes → each accepted exactly once', async () => {
  const url = process.env.TEST_REDIS_URL as string
  const prefix = `soak${randomBytes(4).toString('hex')}:`
  const redis = new Redis(url)
  const fleet = await startFleet(url, prefix)
  try {
    const report = await runSoak(fleet, redisAuthenticators(redis, { prefix }), VERIFIES)
    print(report)
    expect({ doubles: report.doubles, lost: report.lost }).toEqual({ doubles: 0, lost: 0 })
    expect(Object.keys(report.statuses).filter((status) => !['200', '401', '404', '429'].includes(status))).toEqual([])
    expect(report.rssBytes.end - report.rssBytes.warm).toBeLessThan(MOST_GROWTH_BYTES)
  } finally {
    await fleet.stop()
    redis.disconnect()
  }
}, 1_800_000)

function print({ races, verifies, requests, accepted, doubles, lost, statuses, tookMs, rssBytes }: SoakReport): void {
  const seconds = tookMs / 1000
  const { warm, half, end } = rssBytes
  const lines = [
    `soak: ${verifies} verifies in ${accepted + lost - doubles} races ${JSON.stringify(races)}`,
    `accepted ${accepted}, refused ${verifies - accepted}, doubles ${doubles}, lost ${lost}, statuses ${JSON.stringify(statuses)}`,
    `${seconds.toFixed(0)} s, ${requests} requests, ${(requests / seconds).toFixed(0)} requests/s`,
    `memory of both processes ${[warm, half, end].map((bytes) => (bytes / MEGABYTE).toFixed(0)).join(' → ')} MB`,
  ]
  process.stdout.write(`${lines.join('\n  ')}\n`)
}
