/**
 * A32 on the scale of docs/sending.md: ten thousand requests in an hour of the service's clock, while a thousand people sign in.
 * With the conversion brake and without it; what is printed is the table there.
 */
import { expectBounded, expectNobodySuffers, expectRightReport, expectStopped } from '../pumping/checks'
import { attackIn, costOfAll } from '../pumping/findings'
import { describeOutcome } from '../pumping/print'
import { type Outcome, simulate } from '../pumping/run'
import type { Scale } from '../pumping/world'

const FULL: Scale = {
  attackRequests: 10_000,
  numbers: 500,
  addresses: 40,
  accounts: 200,
  ownNumbers: 10,
  signIns: 850,
  enrolments: 150,
  slowMinutes: 10,
  conversionMinimumSends: 50,
  conversionMinimumPercent: 25,
}

it('pumped for an hour → the bill stays within its bound, countries stop, and everybody else gets in', async () => {
  const braked = await run('with the conversion brake', FULL)
  const unbraked = await run('budgets alone', { ...FULL, conversionMinimumPercent: 0 })
  for (const outcome of [braked, unbraked]) {
    expectBounded(outcome)
    expectNobodySuffers(outcome)
    expectRightReport(outcome)
    expectStopped(outcome)
  }
  expect(braked.stops.length).toBeGreaterThan(0)
  expect(unbraked.stops).toEqual([])
  expect(costOfAll(attackIn(braked))).toBeLessThan(costOfAll(attackIn(unbraked)))
}, 600_000)

async function run(title: string, scale: Scale): Promise<Outcome> {
  const outcome = await simulate(scale)
  process.stdout.write(describeOutcome(title, outcome))
  return outcome
}
