import { TwoFactorError } from '../errors'
import type { SendingMethod, SendSeries } from '../ports'
import { checkUserId } from '../settings/user'
import { type AdminAct, checkAct } from './admin'
import { releaseSends, stoppedUntil, sumOf } from './conversion'
import type { Core } from './core'
import { type CountedSlice, readCounts } from './counts'
import { explainMethods, type MethodExplanation } from './explain'

/** Seven days, and a minute for the time that passes between naming the date and looking at it. */
const LONGEST_REPORT_MS = 7 * 24 * 3600 * 1000 + 60_000

/** What became of the sends to one country by one method. */
export interface SendReport {
  /** ISO 3166-1 alpha-2. */
  country: string
  method: SendingMethod
  /** Left for the channel; an unknown outcome is counted here too. */
  sent: number
  /** The other side said that they arrived: only where `webhooks()` hears it. */
  delivered: number
  /** Not accepted, or said not to have arrived. */
  failed: number
  /** Codes that came back. */
  verified: number
  /** Sends that a budget or the conversion brake refused. */
  refused: number
  /** By the option `sendCosts`. */
  costUnits: number
  /** Until when the conversion brake holds. */
  stoppedUntil?: Date
}

/** What a team wants to know of its sends. */
export interface SendingCalls {
  /** Sums up what was counted per country and method since a date, seven days back at most; those without any, and not stopped, are left out. */
  report(since: Date): Promise<readonly SendReport[]>
  /** Tells by which method a user would be asked now, and why not by the others. */
  explain(userId: string): Promise<readonly MethodExplanation[]>
  /** Lets sends go on where the conversion brake has stopped them, on every process; what is sent from then on is judged anew. */
  release(series: SendSeries, act: AdminAct): Promise<void>
}

export function createSendingCalls(core: Core): SendingCalls {
  return {
    report: (since) => reportSends(core, since),
    explain: async (userId) => explainMethods(core, checkUserId(userId)),
    release: async (series, act) => release(core, series, checkAct(act)),
  }
}

async function release(core: Core, { country, method }: SendSeries, act: AdminAct): Promise<void> {
  await releaseSends(core, { country, method })
  core.events.emit('sends.released', { country, method, ...act })
}

async function reportSends(core: Core, since: Date): Promise<readonly SendReport[]> {
  const ageMs = since instanceof Date ? core.settings.clock.now() - since.getTime() : Number.NaN
  if (!(ageMs >= 0 && ageMs <= LONGEST_REPORT_MS)) {
    throw new TwoFactorError('ERR_TFA_INPUT_INVALID', { field: 'since', detail: 'a Date within the last seven days' })
  }
  const series = core.settings.countries.flatMap((country) =>
    [...core.channels.keys()].map((method) => ({ country, method })),
  )
  const reports: SendReport[] = []
  // One after the other: a week of all countries at once would keep the store from everybody else.
  for (const each of series) reports.push(await reportSeries(core, each, since.getTime()))
  return reports.filter(({ sent, failed, refused, stoppedUntil }) => sent || failed || refused || stoppedUntil)
}

async function reportSeries(core: Core, series: SendSeries, since: number): Promise<SendReport> {
  const { clock, conversionWindowMs } = core.settings
  const slices = await readCounts(core, series, Math.min(since, clock.now() - conversionWindowMs), REPORTED)
  const until = stoppedUntil(core, slices)
  return {
    ...series,
    ...totalsOf(slices.filter(({ endsAt }) => endsAt > since)),
    ...(until === null ? {} : { stoppedUntil: new Date(until) }),
  }
}

const TOTALS = ['sent', 'delivered', 'failed', 'verified', 'refused', 'costUnits'] as const
const REPORTED = [...TOTALS, 'stopped', 'released'] as const

function totalsOf(slices: readonly CountedSlice[]): Record<(typeof TOTALS)[number], number> {
  const sums = TOTALS.map((word) => [word, sumOf(slices, word)] as const)
  return Object.fromEntries(sums) as Record<(typeof TOTALS)[number], number>
}
