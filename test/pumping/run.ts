import type { SendReport } from 'express-two-factor'
import { redisAuthenticators } from 'express-two-factor/redis'
import { startVonageStandIn } from 'express-two-factor/testing'
import Redis from 'ioredis'
import { makeKeys } from '../adapters/vonage/support'
import { openHttpClient } from '../support/http-client'
import { startRedis } from '../support/redis-server'
import { openAttacker } from './attacker'
import type { Try } from './den'
import { type Fleet, type Stopped, startFleet } from './fleet'
import { type HonestScore, settle } from './honest'
import { budgetsAt, runHour } from './hour'
import { openPostOffice, type PostOffice, type Taken } from './post-office'
import { MINUTE, type Scale, sendingOptions } from './world'

/** A message that was taken, and for whom: `new` went to a number that the attacker cannot answer from. */
export interface Paid extends Taken {
  side: 'attack' | 'honest'
  isNew: boolean
}

/** A stop, and when it was heard of. */
export interface Stop extends Stopped {
  minute: number
  heardAtMs: number
}

export interface Outcome {
  scale: Scale
  startedAt: number
  tries: readonly Try[]
  paid: readonly Paid[]
  stops: readonly Stop[]
  /** What each process reports. */
  reports: readonly (readonly SendReport[])[]
  honest: HonestScore
  tookMs: number
}

const PREFIX = 'pumping:'
/** Slices of counts begin every five minutes; an hour that begins with one is the same in every run. */
const SLICE_MS = 5 * MINUTE
const HUNG_AFTER_MS = 60_000

/** Simulates an attack, and people who want to get on, for an hour of a service of two processes. */
export async function simulate(scale: Scale): Promise<Outcome> {
  const startMs = performance.now()
  const { privateKey, publicKey } = makeKeys()
  const [server, standIn] = await Promise.all([startRedis(), startVonageStandIn({ publicKey })])
  const vonage = { applicationId: 'app-1', privateKey, apiHost: standIn.apiHost }
  const orders = { redisUrl: server.url, prefix: PREFIX, vonage, sending: sendingOptions(scale) }
  const redis = new Redis(server.url)
  const fleet = await startFleet(orders)
  try {
    await fleet.advance(SLICE_MS - (fleet.now() % SLICE_MS))
    const outcome = await live(fleet, redis, openPostOffice(standIn), scale)
    return { ...outcome, tookMs: performance.now() - startMs }
  } finally {
    await fleet.stop()
    redis.disconnect()
    await Promise.all([standIn.stop(), server.stop()])
  }
}

async function live(
  fleet: Fleet,
  redis: Redis,
  postOffice: PostOffice,
  scale: Scale,
): Promise<Omit<Outcome, 'tookMs'>> {
  // Nobody waits behind the attacker's requests before the service does.
  const [worse, better] = [openHttpClient(HUNG_AFTER_MS, 200), openHttpClient(HUNG_AFTER_MS)]
  const { ports } = fleet
  const clock = { now: fleet.now, offsetMs: 0 }
  const honest = await settle(
    { http: better, ports, postOffice },
    redisAuthenticators(redis, { prefix: PREFIX, clock }),
    scale,
  )
  const attacker = openAttacker({ http: worse, ports, postOffice }, scale)
  const startedAt = fleet.now()
  const stops: Stop[] = []
  const minuteNow = () => Math.floor((fleet.now() - startedAt) / MINUTE)
  fleet.onStopped((stopped) => stops.push({ ...stopped, minute: minuteNow(), heardAtMs: performance.now() }))
  await runHour(fleet, budgetsAt(redis, PREFIX), {
    jobsOf: (minute) => [...attacker.jobsOf(minute), ...honest.jobsOf(minute)],
    onEnd: (minute) => postOffice.endMinute(minute),
  })
  const reports = await fleet.report(startedAt)
  for (const http of [worse, better]) http.close()
  const paid = postOffice.taken.map((message): Paid => {
    const side = honest.phones.has(message.to) ? 'honest' : 'attack'
    return { ...message, side, isNew: attacker.rented.has(message.to) }
  })
  return { scale, startedAt, tries: attacker.tries, paid, stops, reports, honest: honest.score }
}
