import type { BudgetScope } from 'express-two-factor'
import { mostFor } from './bound'
import type { Try } from './den'
import type { Outcome, Paid, Stop } from './run'
import { costOf, METHODS, MINUTE, nameOf, SERIES, type Series } from './world'

export function countBy<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const item of items) counts[nameOf(item)] = (counts[nameOf(item)] ?? 0) + 1
  return Object.fromEntries(Object.entries(counts).toSorted(([left], [right]) => left.localeCompare(right)))
}

export function costOfAll(items: readonly Series[]): number {
  return items.reduce((sum, item) => sum + costOf(item), 0)
}

export function attackIn({ paid }: Outcome): readonly Paid[] {
  return paid.filter(({ side }) => side === 'attack')
}

/** Messages of the attack, by country and method: those that the service owned up to. */
export function sentByAnswers({ tries }: Outcome): Readonly<Record<string, number>> {
  return countBy(
    tries.filter(({ hasSent }) => hasSent),
    nameOf,
  )
}

/** What was reported where something was sent, and what was paid, in the same words. */
export function ledgerOf(rows: readonly { country: string; method: string; sent: number; costUnits: number }[]) {
  const sent = rows.filter((row) => row.sent > 0)
  return Object.fromEntries(sent.map((row) => [nameOf(row), { sent: row.sent, costUnits: row.costUnits }]))
}

export function paidBySeries({ paid }: Outcome) {
  const rows = SERIES.map((series) => {
    const messages = paid.filter((each) => nameOf(each) === nameOf(series))
    return { ...series, sent: messages.length, costUnits: costOfAll(messages) }
  })
  return ledgerOf(rows)
}

function isForNew(kind: Try['kind']): boolean {
  return kind === 'enrolment' || kind === 'enrolment resend'
}

/** Messages that left for new numbers although sends there had stopped: in a later minute, or asked for later. */
export function sentAfterStops({ paid, tries, stops, startedAt }: Outcome): readonly (Paid | Try)[] {
  const isWithin = ({ until }: Stop, minute: number) => startedAt + minute * MINUTE < until.getTime()
  return stops.flatMap((stop) => {
    const isThere = (each: Series & { minute: number }) => nameOf(each) === nameOf(stop) && isWithin(stop, each.minute)
    const late = paid.filter((each) => each.isNew && isThere(each) && each.minute > stop.minute)
    const begun = tries.filter((each) => isForNew(each.kind) && isThere(each) && each.startedAtMs > stop.heardAtMs)
    return [...late, ...begun.filter(({ hasSent }) => hasSent)]
  })
}

const KEYS = {
  number: ({ to }) => to,
  user: ({ account }) => account,
  // An address has as many again for numbers that are confirmed.
  address: ({ address, kind }) => `${address} ${isForNew(kind)}`,
} as const satisfies Partial<Record<BudgetScope, (each: Try) => string>>

/** The most messages by one method that anything of the attacker's had sent, beside the most that its budgets allow. */
export function mostSent({ tries }: Outcome) {
  const sent = tries.filter(({ hasSent }) => hasSent)
  return (Object.keys(KEYS) as (keyof typeof KEYS)[]).map((scope) => {
    const counts = METHODS.flatMap((method) =>
      Object.values(
        countBy(
          sent.filter((each) => each.method === method),
          KEYS[scope],
        ),
      ),
    )
    return { scope, most: Math.max(0, ...counts), allowed: mostFor(scope) }
  })
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0
}
