import { sessionCookieIn } from '../support/http-client'
import type { Accepted, Guessed, Kind } from './ledger'
import { answer, answerWaiting, type Drill } from './load'

/** What a fail-over took, of what was answered before it, and what it gave back. */
export interface Aftermath {
  /** Of the codes accepted: how many were tried once more, and how many were accepted once more. */
  replayed: Record<Kind, number>
  doubles: Record<Kind, number>
  grants: Loss
  /** Grants of the time from the cut on: those that a primary of the past gave are lost with it. */
  laterGrants: Loss
  challenges: Loss
  /** Wrong codes judged: those the tallies of Redis do not know, and those the durable count does not. */
  failures: Loss
  hardFailuresLost: number
}

interface Loss {
  kept: number
  lost: number
  /** Age of the oldest that was lost, at the cut. */
  tailMs: number
}

/** Older than this nothing is lost: replication would have to lag by as much. */
const LOOKED_BACK_MS = 4000
const MOST_REPLAYED = 150

/** Asks, once the service works again, for everything that was promised shortly before the cut. */
export async function takeStock(drill: Drill, cutAt: number): Promise<Aftermath> {
  const { ledger } = drill
  const from = cutAt - LOOKED_BACK_MS
  const recent = ledger.accepted.filter(({ at }) => at >= from)
  const before = <Item extends { at: number }>(items: readonly Item[]) =>
    items.filter(({ at }) => at >= from && at < cutAt)
  const grants = await tally(before(recent), cutAt, ({ after }) => isOpen(drill, after))
  const later = recent.filter(({ at }) => at >= cutAt).slice(-MOST_REPLAYED)
  const laterGrants = await tally(later, Date.now(), ({ after }) => isOpen(drill, after))
  const challenges = await tally(before(ledger.waiting), cutAt, (waiting) => answerWaiting(drill, waiting))
  const failures = await countFailures(drill, before(ledger.guessed), cutAt)
  const nearest = recent.toSorted((one, other) => Math.abs(one.at - cutAt) - Math.abs(other.at - cutAt))
  const replayed = await replay(drill, nearest)
  return { grants, laterGrants, challenges, ...failures, replayed, doubles: ledger.countDoubles() }
}

async function tally<Item extends { at: number }>(
  items: readonly Item[],
  cutAt: number,
  isKept: (item: Item) => Promise<boolean>,
): Promise<Loss> {
  const loss = { kept: 0, lost: 0, tailMs: 0 }
  for (const item of items) {
    if (await isKept(item)) loss.kept += 1
    else {
      loss.lost += 1
      loss.tailMs = Math.max(loss.tailMs, cutAt - item.at)
    }
  }
  return loss
}

async function isOpen({ service, http, ledger }: Drill, cookie: string): Promise<boolean> {
  const shown = ledger.hear(await http.send(service.ports[1], { method: 'GET', path: '/account', cookie }))
  return shown.status === 200 && shown.body.twoFactor != null
}

async function countFailures({ service }: Drill, guessed: readonly Guessed[], cutAt: number) {
  const failures = { kept: 0, lost: 0, tailMs: 0 }
  let hardFailuresLost = 0
  for (const { person, judged, at } of guessed) {
    const { tallies } = await service.store.readSession(person.id, { handle: 'none' })
    const counted = Math.min(tallies.user?.failures ?? 0, judged)
    failures.kept += counted
    failures.lost += judged - counted
    if (counted < judged) failures.tailMs = Math.max(failures.tailMs, cutAt - at)
    hardFailuresLost += Math.max(0, judged - (service.hardFailures.get(person.id) ?? 0))
  }
  return { failures, hardFailuresLost }
}

/**
 * Tries every code once more: in the session it was accepted in, by the cookie from before (somebody may have read it,
 * and a promoted replica may know the session under it), and in a session of its own.
 */
async function replay(drill: Drill, accepted: readonly Accepted[]): Promise<Record<Kind, number>> {
  const replayed: Record<Kind, number> = { totp: 0, sms: 0, 'recovery-code': 0 }
  const { service, http } = drill
  for (const { kind, person, code, before } of accepted) {
    if (replayed[kind] >= MOST_REPLAYED) continue
    replayed[kind] += 1
    await answer(drill, service.ports[1], { kind, person, code, cookie: before })
    if (kind === 'sms') continue
    const cookie = sessionCookieIn(await http.login(service.ports[0], person.email))
    await answer(drill, service.ports[0], { kind, person, code, cookie })
  }
  return replayed
}
