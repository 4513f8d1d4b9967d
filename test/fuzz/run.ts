import { randomBytes } from 'node:crypto'
import { memoryAuthenticators, memoryStore } from 'express-two-factor/memory'
import { redisAuthenticators, redisStore } from 'express-two-factor/redis'
import { movableClock } from 'express-two-factor/testing'
import type Redis from 'ioredis'
import type { Ports } from '../support/backends'
import { type Figures, fuzz, type Run } from './driver'
import { AIM_NAMES } from './requests'
import { STATES } from './states'

/** New records in this process. */
export function memoryPorts(): Ports {
  const clock = movableClock()
  return { clock, store: memoryStore({ clock }), authenticators: memoryAuthenticators() }
}

/** New records in a Redis. */
export function redisPorts(redis: Redis): Ports {
  const options = { clock: movableClock(), prefix: `fuzz-${randomBytes(6).toString('hex')}:` }
  return {
    clock: options.clock,
    store: redisStore(redis, options),
    authenticators: redisAuthenticators(redis, options),
  }
}

/** Which requests: by `FUZZ_SEED`, and of them one episode by `FUZZ_EPISODE`, as a failure names both; else others each time. */
export async function runFuzz(name: string, run: Omit<Run, 'seed' | 'episode'>): Promise<Figures> {
  const { FUZZ_SEED, FUZZ_EPISODE } = process.env
  const seed = FUZZ_SEED === undefined ? randomBytes(4).readUInt32BE() : Number(FUZZ_SEED)
  // Before the first request: what ends the process tells its seed all the same.
  process.stdout.write(`${name}: FUZZ_SEED=${seed}\n`)
  const startedAt = performance.now()
  const figures = await fuzz({ ...run, seed, ...(FUZZ_EPISODE === undefined ? {} : { episode: Number(FUZZ_EPISODE) }) })
  process.stdout.write(`${name}: ${describe(figures, performance.now() - startedAt)}\n`)
  return figures
}

function describe({ requests, byParser, odd, statuses, codes, meetings, faults }: Figures, tookMs: number): string {
  const list = (counts: Map<string, number>) =>
    [...counts]
      .sort()
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')
  const rate = Math.round((requests / tookMs) * 1000)
  const share = `${odd} odd on the wire, ${byParser} refused by Node`
  const pairs = `${meetings.size} of ${AIM_NAMES.length * Object.keys(STATES).length} states × routes`
  const lines = [`${requests} requests in ${Math.round(tookMs / 1000)} s (${rate}/s), ${share}, ${pairs}`]
  return [...lines, list(statuses), list(codes), `${faults.length} faults`].join('\n  ')
}

/** What a run must have met for its silence to mean something. */
export function unmetOf({ meetings }: Pick<Figures, 'meetings'>): readonly string[] {
  const met = [...meetings.keys()].map((pair) => pair.split(' → '))
  const routes = AIM_NAMES.filter((aim) => !met.some(([, route]) => route === aim))
  const states = Object.keys(STATES).filter((state) => !met.some(([name]) => name === state))
  return [...routes, ...states]
}
