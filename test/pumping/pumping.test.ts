/**
 * A32, whole: many accounts, addresses and numbers, in every way that makes the service send, slowly and all at once, while
 * other people sign in. `npm run simulate:pumping` is the same on the scale of docs/sending.md.
 */
import { expectBounded, expectNobodySuffers, expectRightReport, expectStopped } from './checks'
import { simulate } from './run'
import type { Scale } from './world'

const SMALL: Scale = {
  attackRequests: 800,
  numbers: 60,
  addresses: 2,
  accounts: 40,
  ownNumbers: 3,
  signIns: 42,
  enrolments: 30,
  slowMinutes: 10,
  conversionMinimumSends: 10,
  conversionMinimumPercent: 25,
}

it('attacked for an hour → the bill stays within its bound, countries stop, and everybody else gets in', async () => {
  const outcome = await simulate(SMALL)
  expectBounded(outcome)
  expectNobodySuffers(outcome)
  expectRightReport(outcome)
  expectStopped(outcome)
  expect(outcome.stops.length).toBeGreaterThan(0)
}, 60_000)
