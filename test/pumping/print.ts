import { boundOf } from './bound'
import { attackIn, costOfAll, countBy, mostSent, percentile } from './findings'
import type { Outcome } from './run'
import { METHODS, nameOf } from './world'

/** Puts an outcome into lines for a person to read. */
export function describeOutcome(title: string, outcome: Outcome): string {
  const { scale, tries, paid, stops, honest, tookMs } = outcome
  const attack = attackIn(outcome)
  const bound = boundOf(scale)
  const inBrief = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(' · ')
  const byMethod = METHODS.map((method) => `${method} ${attack.filter((each) => each.method === method).length}`)
  const lines = [
    `${title}: ${(tookMs / 1000).toFixed(0)} s`,
    `attack: ${tries.length} requests (${inBrief(countBy(tries, ({ kind }) => kind))})`,
    `answers: ${inBrief(countBy(tries, ({ word }) => word))}`,
    `messages taken for the attack: ${attack.length}, ${byMethod.join(', ')} of at most ${bound.messages.sms} each`,
    `  to new numbers: ${inBrief(
      countBy(
        attack.filter(({ isNew }) => isNew),
        nameOf,
      ),
    )}`,
    `  to enrolled ones: ${inBrief(
      countBy(
        attack.filter(({ isNew }) => !isNew),
        nameOf,
      ),
    )}`,
    `cost of the attack: ${costOfAll(attack)} units; budgets allow ${bound.costUnits}; without any brake ${costOfAll(tries)}`,
    ...mostSent(outcome).map(({ scope, most, allowed }) => `  most for one ${scope}: ${most} of ${allowed}`),
    ...stops.map(({ minute, sent, verified, ...series }) => {
      return `stopped: ${nameOf(series)} in minute ${minute}, ${verified} of ${sent} codes had come back`
    }),
    `messages taken for the others: ${inBrief(
      countBy(
        paid.filter(({ side }) => side === 'honest'),
        nameOf,
      ),
    )}`,
    `others: ${honest.people} people, ${honest.asked} codes asked for, ${paid.length - attack.length} got, ${honest.passed} passed`,
    `  latency of a request: median ${percentile(honest.tookMs, 50).toFixed(0)} ms, p99 ${percentile(honest.tookMs, 99).toFixed(0)} ms`,
    ...honest.troubles.map((trouble) => `  ${trouble}`),
  ]
  return `${lines.join('\n  ')}\n`
}
