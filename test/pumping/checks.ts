import { boundOf } from './bound'
import {
  attackIn,
  costOfAll,
  countBy,
  ledgerOf,
  mostSent,
  paidBySeries,
  sentAfterStops,
  sentByAnswers,
} from './findings'
import type { Outcome } from './run'
import { METHODS, nameOf } from './world'

/** Whatever the attacker does, and whichever brakes there are. */
export function expectBounded(outcome: Outcome): void {
  const attack = attackIn(outcome)
  const bound = boundOf(outcome.scale)
  expect(outcome.tries).toHaveLength(outcome.scale.attackRequests)
  expect(costOfAll(attack)).toBeLessThanOrEqual(bound.costUnits)
  for (const method of METHODS) {
    expect(attack.filter((each) => each.method === method).length).toBeLessThanOrEqual(bound.messages[method])
  }
  expect(mostSent(outcome).filter(({ most, allowed }) => most > allowed)).toEqual([])
  // No message but those that an answer owns up to: what the scopes are counted by is all there is.
  expect(countBy(attack, nameOf)).toEqual(sentByAnswers(outcome))
}

export function expectNobodySuffers({ honest, paid }: Outcome): void {
  const got = paid.filter(({ side }) => side === 'honest').length
  expect(honest.troubles).toEqual([])
  expect({ passed: honest.passed, got }).toEqual({ passed: honest.people, got: honest.asked })
}

/** The report is the bill: of both processes, to the message and to the unit. */
export function expectRightReport(outcome: Outcome): void {
  for (const report of outcome.reports) expect(ledgerOf(report)).toEqual(paidBySeries(outcome))
}

export function expectStopped(outcome: Outcome): void {
  const { stops, reports } = outcome
  // Told once, though many requests in two processes find it out.
  expect(new Set(stops.map(nameOf)).size).toBe(stops.length)
  expect(sentAfterStops(outcome)).toEqual([])
  const stoppedUntil = reports[0]?.flatMap(({ stoppedUntil: until, ...series }) =>
    until ? [[nameOf(series), until]] : [],
  )
  expect(Object.fromEntries(stoppedUntil ?? [])).toEqual(
    Object.fromEntries(stops.map(({ until, ...series }) => [nameOf(series), until])),
  )
}
