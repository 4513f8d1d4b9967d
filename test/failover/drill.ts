import { setTimeout as pause } from 'node:timers/promises'
import { openHttpClient } from '../support/http-client'
import { type Aftermath, takeStock } from './aftermath'
import { createLedger, describeOutage, type Ledger, type Outage } from './ledger'
import { answerWaiting, type Drill, startLoad } from './load'
import type { DrillService } from './service'

/** What one drill showed. */
export interface DrillReport {
  requests: number
  accepted: number
  outage: Outage
  openedWithoutFactor: number
  /** Remembered browsers that were asked for a code after the cut. */
  devicesAsked: number
  aftermath: Aftermath
}

/** A request may wait for some commands, each with a deadline of 1 s; what takes longer than this hangs. */
export const HUNG_AFTER_MS = 8000
const WARM_UP_MS = 2500
const GAP_MS = 500
const MOST_ANSWERED = 30
const CALM_MS = 1500
const LONGEST_OUTAGE_MS = 90_000

/** What is done to a service's Redis. */
export interface Breakage {
  /** Takes the replicas off the master: what it is told from now on it tells nobody. */
  isolate?: () => Promise<void>
  /** Ends the master, or stalls it. */
  strike: () => Promise<void>
  /** Waits until Redis is whole again; the load goes on meanwhile. */
  settle: () => Promise<void>
}

/**
 * Puts load on a service, breaks its Redis, waits until it has answered without a 503 for a while, and asks what is
 * left of what it had promised.
 */
export async function runDrill(service: DrillService, breakage: Breakage): Promise<DrillReport> {
  const http = openHttpClient(HUNG_AFTER_MS)
  const ledger = createLedger()
  const drill: Drill = { service, http, ledger }
  try {
    const stopLoad = startLoad(drill)
    await pause(WARM_UP_MS)
    if (breakage.isolate) await answerUnreplicated(drill, breakage.isolate)
    await breakage.strike()
    const struckAt = Date.now()
    await Promise.all([untilCalm(ledger, struckAt), breakage.settle()]).finally(stopLoad)
    const outage = describeOutage(ledger, struckAt)
    const devicesAsked = ledger.deviceAsked.filter((at) => at >= struckAt).length
    const aftermath = await takeStock(drill, struckAt)
    const { heard, accepted, openedWithoutFactor } = ledger
    const counts = { requests: heard.length, accepted: accepted.length }
    return { ...counts, outage, openedWithoutFactor: openedWithoutFactor.length, devicesAsked, aftermath }
  } finally {
    http.close()
  }
}

/** Challenges that the replicas know are answered where they do not hear of it: what a lagging replica amounts to. */
async function answerUnreplicated(drill: Drill, isolate: () => Promise<void>): Promise<void> {
  const { waiting } = drill.ledger
  await isolate()
  const isolatedAt = Date.now()
  const known = waiting.splice(-MOST_ANSWERED)
  await Promise.all(known.map((one) => answerWaiting(drill, one)))
  await pause(Math.max(0, isolatedAt + GAP_MS - Date.now()))
}

/** The outage is over when a 503 was heard, and none for a while. */
async function untilCalm(ledger: Ledger, cutAt: number): Promise<void> {
  while (Date.now() < cutAt + LONGEST_OUTAGE_MS) {
    await pause(100)
    const last = ledger.heard.findLast(({ status }) => status === 503 || status === 0)
    const hasBroken = last !== undefined && last.at >= cutAt
    if (hasBroken && Date.now() - last.at > CALM_MS) return
  }
  throw new Error(`the service did not work again within ${LONGEST_OUTAGE_MS} ms`)
}
