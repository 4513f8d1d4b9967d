import type { DrillReport } from './drill'

/** Writes a drill's figures as one line, past jest's own frame around what a test prints. */
export function printReport(name: string, report: DrillReport): void {
  const { outage, aftermath, requests, accepted, openedWithoutFactor, devicesAsked } = report
  const { grants, laterGrants, challenges, failures, replayed, doubles } = aftermath
  const lines = [
    `${name}: ${requests} requests, ${accepted} codes accepted, ${openedWithoutFactor} opened without a factor`,
    `503 from ${outage.firstMs} to ${outage.lastMs} ms (${outage.unavailable}), slowest ${outage.slowestMs} ms, other answers ${JSON.stringify(outage.others)}`,
    `accepted twice: app ${doubles.totp} of ${replayed.totp}, text ${doubles.sms} of ${replayed.sms}, recovery ${doubles['recovery-code']} of ${replayed['recovery-code']}`,
    `lost: grants ${lossOf(grants)}, later grants ${lossOf(laterGrants)}, challenges ${lossOf(challenges)}, failures ${lossOf(failures)}, hard failures ${aftermath.hardFailuresLost}, devices asked ${devicesAsked}`,
  ]
  process.stdout.write(`${lines.join('\n  ')}\n`)
}

function lossOf({ kept, lost, tailMs }: DrillReport['aftermath']['grants']): string {
  return lost === 0 ? `0 of ${kept}` : `${lost} of ${kept + lost} (to ${tailMs} ms before)`
}

/** What holds in every drill, whatever was lost. */
export function expectSafe({ outage, openedWithoutFactor, accepted, aftermath }: DrillReport): void {
  expect(openedWithoutFactor).toBe(0)
  expect(outage.others).toEqual({})
  expect(outage.unavailable).toBeGreaterThan(0)
  expect(outage.slowestMs).toBeLessThan(LONGEST_ANSWER_MS)
  expect(accepted).toBeGreaterThan(0)
  expect(aftermath.replayed.totp).toBeGreaterThan(0)
  expect(aftermath.replayed['recovery-code']).toBeGreaterThan(0)
  expect(aftermath.replayed.sms).toBeGreaterThan(0)
}

/** Three commands, each with a deadline of 1 s, and what a machine under load adds. */
const LONGEST_ANSWER_MS = 5000
