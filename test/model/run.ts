import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import fc, { type AsyncCommand, type Scheduler } from 'fast-check'
import { checkGhosts } from './checks'
import { commands, type Given } from './commands'
import { enrol } from './scenes'
import { DAY, HOUR, MINUTE, type Rules } from './state'
import { type Ground, World } from './world'

export interface Amount {
  sequences: number
  /** Steps of one sequence at most. */
  steps: number
  /** After so long no further sequence is begun, and none is shrunk further. */
  limitMs: number
}

type Start = 'totp' | 'sms' | null
type Sequence = Iterable<AsyncCommand<Given, World>>

const rules: fc.Arbitrary<Rules> = fc.record({
  requirement: fc.constantFrom('optional', 'optional', 'required'),
  enforceAfterMs: fc.constantFrom(0, 2 * HOUR),
  graceMs: fc.constantFrom(10 * MINUTE, 28 * DAY),
  afterEnrolment: fc.constantFrom('continue', 'continue', 'sign-out'),
  // The real limits, and tight ones that a short sequence comes to.
  ...{ attemptsPerChallenge: fc.constantFrom(5, 3), lockAuthenticatorFrom: fc.constantFrom(10, 3) },
  ...{ lockUserFrom: fc.constantFrom(20, 5), failureCap: fc.constantFrom(100, 10) },
})

/** What the two users have enrolled before anything is drawn. */
const start: fc.Arbitrary<Start> = fc.constantFrom('totp', 'sms', null)
const starting = fc.tuple(start, start)

/** Fewer than these accepted codes in a whole suite, and the sequences never came to where anything could go wrong. */
const FEWEST_ACCEPTED_PER_SEQUENCE = 0.5

/**
 * Plays random sequences against the service and the model side by side.
 *
 * A failure prints `seed`, `path`, the shrunk steps with their `replayPath`, and the order in which the calls of
 * concurrent requests were made. To run just that one again, with what was printed:
 * `MODEL_SEED=… MODEL_PATH=… MODEL_REPLAY=… npx jest test/model/memory`
 * Steps drawn `free`, or with `isScheduled` false, race as the machine has it: there a seed may need a few runs.
 * @returns how often each thing happened, for the figures of a long run
 */
export async function playSequences(
  open: () => Promise<Ground>,
  { sequences, steps, limitMs }: Amount,
): Promise<ReadonlyMap<string, number>> {
  const { MODEL_SEED, MODEL_PATH, MODEL_REPLAY } = process.env
  const seed = MODEL_SEED ? Number(MODEL_SEED) : randomInt(2 ** 31)
  process.stdout.write(`model: seed ${seed}, ${sequences} sequences of up to ${steps} steps\n`)
  const figures = new Map<string, number>()
  const drawn = commands(steps, MODEL_REPLAY)
  const property = fc.asyncProperty(
    fc.scheduler(),
    rules,
    starting,
    drawn,
    playUntil(Date.now() + limitMs, open, figures),
  )
  await fc.assert(property, { seed, numRuns: sequences, ...(MODEL_PATH ? { path: MODEL_PATH } : {}) })
  const accepted = [...figures].map(([figure, count]) => (figure.startsWith('accepted') ? count : 0))
  const enough = MODEL_PATH ? 0 : figureOf(figures, 'sequences') * FEWEST_ACCEPTED_PER_SEQUENCE
  assert(accepted.reduce((sum, count) => sum + count, 0) >= enough, 'hardly a code was accepted')
  return figures
}

/** Plays one sequence after the other; those that come too late are let off, so that a failure is shrunk in time to be told. */
function playUntil(endsAt: number, open: () => Promise<Ground>, figures: Map<string, number>) {
  return async (scheduler: Scheduler, ruled: Rules, starts: readonly Start[], sequence: Sequence): Promise<void> => {
    if (Date.now() > endsAt) return
    const world = new World(await open(), ruled)
    for (const [browser, factor] of starts.entries()) {
      if (factor) await enrol(world, { browser, account: browser, process: 0, factor })
    }
    await fc.asyncModelRun(() => ({ model: { scheduler }, real: world }), sequence)
    await checkGhosts(world)
    world.ledger.count('sequences')
    for (const [figure, count] of world.ledger.figures) figures.set(figure, figureOf(figures, figure) + count)
  }
}

function figureOf(figures: ReadonlyMap<string, number>, figure: string): number {
  return figures.get(figure) ?? 0
}
