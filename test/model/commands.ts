import fc, { type AsyncCommand, type Scheduler } from 'fast-check'
import { checkQuiet } from './checks'
import { buildAct, type Choice, changes, choices, endings, ends } from './choice'
import { race } from './race'
import { actTogether, burst, changeInFlight, inFlight } from './races'
import { advance, copyCookies, enrol, freshen, guessPatiently, pass, playAlone, sendAgain, typeOldCode } from './scenes'
import type { World } from './world'

export interface Given {
  scheduler: Scheduler
}

/** A step of a sequence: what it draws, printed as it is drawn, and what it does. */
class Step<Drawn> implements AsyncCommand<Given, World> {
  constructor(
    private readonly name: string,
    private readonly drawn: Drawn,
    private readonly play: (world: World, drawn: Drawn, given: Given) => Promise<void>,
  ) {}

  check(): boolean {
    return true
  }

  async run(given: Given, world: World): Promise<void> {
    world.settleClock()
    await this.play(world, this.drawn, given)
    world.ledger.count('steps')
    await checkQuiet(world, world.ledger.figures.get('steps') ?? 0)
  }

  toString(): string {
    return `${this.name} ${JSON.stringify(this.drawn)}`
  }
}

function step<Drawn>(
  name: string,
  drawn: fc.Arbitrary<Drawn>,
  play: (world: World, drawn: Drawn, given: Given) => Promise<void>,
): fc.Arbitrary<AsyncCommand<Given, World>> {
  return drawn.map((one) => new Step(name, one, play))
}

const who = { browser: fc.nat(3), account: fc.nat(1), process: fc.nat(1) }

const alone = step('alone', choices, async (world, choice) => {
  const act = buildAct(world, choice)
  if (act) await playAlone(world, act)
})

const scheduled = step('scheduled', fc.array(choices, { minLength: 2, maxLength: 4 }), (world, drawn, { scheduler }) =>
  race(world, buildAll(world, drawn), scheduler),
)

const free = step('free', fc.array(choices, { minLength: 2, maxLength: 8 }), (world, drawn) =>
  race(world, buildAll(world, drawn), null),
)

function buildAll(world: World, drawn: readonly Choice[]) {
  return drawn.flatMap((choice) => buildAct(world, choice) ?? [])
}

const SECONDS = [1, 31, 31, 31, 61, 61, 300, 660, 660, 3700, 13 * 3600, 3 * 86_400, 20 * 86_400, 31 * 86_400]
const passing = fc.record({ ...who, remember: fc.boolean() })

const scheduling = { isScheduled: fc.boolean() }

const STEPS: fc.Arbitrary<AsyncCommand<Given, World>>[] = [
  ...[alone, alone, alone, alone, alone, alone, scheduled, scheduled, free],
  step('time', fc.constantFrom(...SECONDS), advance),
  step('losing', fc.integer({ min: 1, max: 2 }), async (world, count) => {
    world.lostSends = count
  }),
  step('copying', fc.tuple(fc.nat(3), fc.nat(3)), copyCookies),
  step('enrol', fc.record({ ...who, factor: fc.constantFrom('totp', 'sms', 'voice') }), enrol),
  step('old code', fc.record({ ...who, factor: fc.constantFrom('totp', 'sms', 'voice') }), typeOldCode),
  ...[step('pass', passing, pass), step('pass', passing, pass)],
  ...[step('freshen', fc.record(who), freshen), step('freshen', fc.record(who), freshen)],
  step('guess', fc.record({ ...who, times: fc.integer({ min: 3, max: 16 }) }), guessPatiently),
  step(
    'send again',
    fc.record({
      ...{ ...who, method: fc.constantFrom('sms', 'voice'), everySeconds: fc.constantFrom(2, 12, 31) },
      times: fc.integer({ min: 2, max: 8 }),
    }),
    sendAgain,
  ),
  step('change in flight', fc.record({ ...who, ...scheduling, change: changes, ending: ends }), changeInFlight),
  step('one action', fc.record({ ...who, ...scheduling, count: fc.integer({ min: 2, max: 4 }) }), actTogether),
  step('burst', fc.record({ ...who, ...scheduling, right: fc.nat(6), count: fc.integer({ min: 2, max: 12 }) }), burst),
  step(
    'in flight',
    fc.record({ ...who, ...scheduling, endings: fc.array(endings, { minLength: 1, maxLength: 2 }) }),
    inFlight,
  ),
  step(
    'in flight',
    fc.record({ ...who, ...scheduling, endings: fc.array(endings, { minLength: 1, maxLength: 2 }) }),
    inFlight,
  ),
]

export function commands(steps: number, replayPath: string | undefined) {
  return fc.commands(STEPS, { maxCommands: steps, size: 'max', ...(replayPath ? { replayPath } : {}) })
}
