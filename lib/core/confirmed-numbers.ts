import type { User } from '../options'
import type { SendSeries } from '../ports'
import type { Core } from './core'
import { addCounts } from './counts'

/** Of one user's sends so many are counted within the brake's window: a few accounts must not stop a country for all. */
const COUNTED_PER_USER = 3

/** True when a code came back from this number to this user. Of others it is nothing to be found out by asking for a code. */
export function isConfirmedBy(core: Core, userId: string, e164: string): Promise<boolean> {
  return isMarked(core, ['confirmed', userId, e164])
}

/** Counts a send to a number that nobody has confirmed, for the brake, where it is on. Nobody waits for it. */
export function countNewSend(core: Core, user: User, e164: string, series: SendSeries): void {
  if (core.settings.conversionMinimumPercent === 0) return
  const at = core.settings.clock.now()
  const count = async () => {
    if (await isMarked(core, ['confirmed', e164])) return
    if (await isWithinShare(core, user, series)) await addCounts(core, series, { newSent: 1 }, at)
  }
  void count().catch(() => {})
}

/** Notes that a code came back, and counts it where that is news of its number. Nobody waits for it. */
export function noteConfirmed(core: Core, user: User, e164: string, series: SendSeries, sentAt?: number): void {
  const note = async () => {
    const isNews = !(await isMarked(core, ['confirmed', e164]))
    if (isNews) await addCounts(core, series, { newVerified: 1 }, sentAt ?? core.settings.clock.now())
    await Promise.all([mark(core, ['confirmed', e164]), mark(core, ['confirmed', user.id, e164])])
  }
  void note().catch(() => {})
}

async function isWithinShare(core: Core, user: User, { method }: SendSeries): Promise<boolean> {
  const { store, conversionWindowMs: windowMs } = core.settings
  const subject = core.keys.hash(['counted', user.id])
  const { outcome } = await store.spend([{ budget: `${method}:counted`, subject, points: COUNTED_PER_USER, windowMs }])
  return outcome === 'allowed'
}

async function isMarked(core: Core, parts: readonly string[]): Promise<boolean> {
  const marks = await Promise.all(core.keys.hashes(parts).map((subject) => core.settings.store.isConfirmed(subject)))
  return marks.includes(true)
}

function mark(core: Core, parts: readonly string[]): Promise<void> {
  return core.settings.store.markConfirmed(core.keys.hash(parts))
}
