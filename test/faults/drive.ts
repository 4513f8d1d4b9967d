import { ACTIONS, type Action, RECOVERIES } from './actions'
import type { Fault, Sites } from './faults'
import { type Attempt, type Outcome, outcomeOf, wordFor } from './outcome'
import { addPerson, isGood } from './people'
import { checkAnswer, checkGate, checkNextSignIn, checkPage, checkSends, checkTrace, countSends } from './rules'
import type { Scene } from './scene'

const HALF_A_MINUTE_MS = 31_000
const MINUTE_MS = 61_000

/** Drives every action through a fault and out of it again, each by a user of its own. */
export async function driveRow(sites: Sites, fault: Fault, scene: Scene): Promise<ReadonlyMap<string, Outcome>> {
  const attempts = await Promise.all(Object.entries(ACTIONS).map(([name, action]) => approach(scene, name, action)))
  scene.service.clock.advance(HALF_A_MINUTE_MS)
  for (const { action, person } of attempts) await whileBusy(async () => action.approachLater?.(scene, person))
  if (fault.strikes === 'all') await failTogether(sites, fault, scene, attempts)
  else for (const attempt of attempts) await failAlone(sites, fault, scene, attempt)
  for (const attempt of attempts) await checkTrace(scene, attempt)
  for (const attempt of attempts) attempt.answer = await wordFor(attempt)
  await recoverAll(scene, attempts)
  for (const attempt of attempts) await checkNextSignIn(scene, attempt)
  return new Map(attempts.map((attempt) => [attempt.name, outcomeOf(attempt)]))
}

async function approach(scene: Scene, name: string, action: Action): Promise<Attempt> {
  const person = await whileBusy(async () => {
    const fresh = await addPerson(scene, action.factors)
    await action.approach?.(scene, fresh)
    return fresh
  })
  return { name, action, person, answer: '', recovery: 'never', tookMs: 0, isStruck: true, tried: [], broken: [] }
}

/** A machine with much to do may miss a deadline where nothing is broken; then it is begun anew. */
async function whileBusy<Result>(work: () => Promise<Result>, triesLeft = 3): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (triesLeft === 1) throw error
    return whileBusy(work, triesLeft - 1)
  }
}

/** All users at once, so that a fault that is slow to make or to wait for is made and waited for once. */
async function failTogether(sites: Sites, fault: Fault, scene: Scene, attempts: readonly Attempt[]): Promise<void> {
  await fault.inject(sites, scene)
  try {
    await Promise.all(attempts.map((attempt) => act(scene, attempt)))
    await Promise.all(attempts.flatMap((attempt) => [checkGate(attempt, 'while the fault lasts'), checkPage(attempt)]))
  } finally {
    await fault.lift(sites, scene)
  }
}

/** One user after another: each meets the fault at the same instant of the work. */
async function failAlone(sites: Sites, fault: Fault, scene: Scene, attempt: Attempt): Promise<void> {
  attempt.isStruck = false
  const strike = async () => {
    scene.hooks.clear()
    attempt.isStruck = true
    await fault.inject(sites, scene)
  }
  if (fault.strikes === 'each') await strike()
  else scene.hooks.set(fault.strikes, strike)
  try {
    await act(scene, attempt)
    scene.hooks.clear()
    if (attempt.isStruck) await checkGate(attempt, 'while the fault lasts')
  } finally {
    if (attempt.isStruck) await fault.lift(sites, scene)
  }
}

async function act(scene: Scene, attempt: Attempt): Promise<void> {
  const { action, person } = attempt
  const sentBefore = countSends(scene, person)
  attempt.codesBefore = scene.vonage.codesFor(person.phone).length
  const startedAt = performance.now()
  attempt.response = await action.act(scene, person)
  attempt.tookMs = performance.now() - startedAt
  checkSends(attempt, countSends(scene, person) - sentBefore)
  checkAnswer(scene, attempt)
}

/** Round by round, as a user would: whoever gets on by something sooner does not try the rest. */
async function recoverAll(scene: Scene, attempts: readonly Attempt[]): Promise<void> {
  for (const attempt of attempts) await finishAtOnce(scene, attempt)
  await recover(
    scene,
    attempts.filter(({ action }) => !action.isLate),
  )
  scene.service.clock.advance(MINUTE_MS)
  await recover(
    scene,
    attempts.filter(({ action }) => action.isLate),
  )
}

async function finishAtOnce(scene: Scene, attempt: Attempt): Promise<void> {
  const { response, action, person } = attempt
  if (response && isGood(response) && (await action.finish(scene, person))) attempt.recovery = ''
}

function isBusy({ answered }: Scene, since: number): boolean {
  return answered.slice(since).some((line) => line.endsWith(' 503'))
}

async function recover(scene: Scene, attempts: readonly Attempt[]): Promise<void> {
  for (const name of RECOVERIES) {
    const left = attempts.filter(({ recovery, action }) => recovery === 'never' && action.recoveries[name])
    if (left.length > 0 && name !== 'again') scene.service.clock.advance(HALF_A_MINUTE_MS)
    for (const attempt of left) {
      const { length } = scene.answered
      const step = async () => attempt.action.recoveries[name]?.(scene, attempt.person)
      // Where the machine is busy a deadline may be missed though all is well again: one more try is the same word.
      const isDone = (await step()) || (isBusy(scene, length) && (await step()))
      if (isDone) attempt.recovery = name
      attempt.tried.push(`${name}: ${scene.answered.slice(length).join(', ')}`)
    }
  }
}
