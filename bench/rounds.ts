import type Redis from 'ioredis'
import { hotp, stepAt } from '../lib/core/factors/totp'
import type { Prepared } from './base'
import { type Call, sendAlone, sendTogether } from './client'
import type { Served } from './processes'

/** How much is measured: rounds, and requests of a round alone and then on fifty connections. */
export interface Plan {
  rounds: number
  /** A slow machine does fewer rounds in so long, but no fewer than five. */
  limitMs: number
  alone: number
  together: number
  warmUp: number
}

/** A server under test and the requests it gets. */
export interface Contender {
  served: Served
  toCall(prepared: Prepared): Call
  /** How many are prepared, to go round; absent where each works once. */
  reusable?: number
}

export interface Sample {
  /** Median of one connection, in µs. */
  p50Us: number
  requestsPerSecond: number
  /** The server's CPU time per request, on fifty connections. */
  cpuUs: number
}

/** What one request asks of Redis. */
export interface Asked {
  /** Name → how often it is sent. */
  commands: Record<string, number>
  /** How many wait for one another. */
  trips: number
  /** Commands that Redis counts, those that scripts run included. */
  calls: number
}

/** What was seen of one server: a sample per round, and what one request asks of Redis. */
export interface Seen extends Asked {
  samples: readonly Sample[]
}

const TRACED = 20
const FEWEST_ROUNDS = 5

/**
 * Measures servers in turn, round by round, so that what disturbs the machine disturbs all of them.
 * @param redis - the server's own client, to ask for its counters
 */
export async function runRounds(contenders: readonly Contender[], plan: Plan, redis: Redis): Promise<readonly Seen[]> {
  const runs = []
  for (const contender of contenders) runs.push(await begin(contender, plan))
  const endMs = performance.now() + plan.limitMs
  for (let round = 0; round < plan.rounds && (round < FEWEST_ROUNDS || performance.now() < endMs); round += 1) {
    // Back and forth: what follows a server in one round goes before it in the next.
    for (const run of round % 2 === 0 ? runs : runs.toReversed()) run.samples.push(await takeSample(run, plan))
  }
  const seen = []
  for (const { samples, served, take } of runs) seen.push({ samples, ...(await trace(served, take(TRACED), redis)) })
  return seen
}

interface Run {
  served: Served
  samples: Sample[]
  take(count: number): readonly Call[]
}

async function begin({ served, toCall, reusable }: Contender, plan: Plan): Promise<Run> {
  const { rounds, alone, together, warmUp } = plan
  const prepared = await served.prepare(reusable ?? warmUp + rounds * (alone + together) + TRACED)
  let used = 0
  const next = () => prepared[used++ % prepared.length] as Prepared
  const take = (count: number) => Array.from({ length: count }, () => toCall(next()))
  await sendTogether(served.port, take(Math.ceil(warmUp * 0.8)))
  await sendAlone(served.port, take(Math.floor(warmUp * 0.2)))
  return { served, samples: [], take }
}

async function takeSample({ served, take }: Run, { alone, together }: Plan): Promise<Sample> {
  const { port } = served
  const p50Us = median(await sendAlone(port, take(alone)))
  const calls = take(together)
  const before = await served.cpuUs()
  const tookMs = await sendTogether(port, calls)
  const usedUs = (await served.cpuUs()) - before
  return { p50Us, requestsPerSecond: (together / tookMs) * 1000, cpuUs: usedUs / together }
}

async function trace(served: Served, calls: readonly Call[], redis: Redis): Promise<Asked> {
  const before = await countCalls(redis)
  await served.startTrace()
  await sendAlone(served.port, calls)
  const { commands, trips, requests } = await served.stopTrace()
  const each = Object.entries(commands).map(([name, count]) => [name, count / requests] as const)
  const counted = (await countCalls(redis)) - before
  return { commands: Object.fromEntries(each), trips: trips / requests, calls: counted / requests }
}

/** All that Redis ran so far, our own asking left out. */
async function countCalls(redis: Redis): Promise<number> {
  const lines = (await redis.info('commandstats')).matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)
  return [...lines].reduce((sum, [, name, calls]) => (name === 'info' ? sum : sum + Number(calls)), 0)
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  if (sorted.length % 2 === 1) return sorted[middle] as number
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** The body that answers a challenge now. */
export function answerBody({ body, totpSecret }: Prepared): string {
  if (totpSecret === undefined) return body ?? '{}'
  return JSON.stringify({ code: hotp(Buffer.from(totpSecret, 'hex'), stepAt(Date.now())) })
}
