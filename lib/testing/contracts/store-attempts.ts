import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import type { AttemptOutcome, Brake } from '../../ports'
import {
  ATTEMPTS,
  assertAbout,
  brakeOf,
  CHALLENGE_TTL_MS,
  challengeOf,
  openChallenge,
  type Play,
  putOf,
  type Scene,
  signIn,
} from './store-scenes'

/** What every store does with guesses: counted before they are compared, braked, refunded. */
export function playAttempts(play: Play): void {
  playOrder(play)
  playLocks(play)
  playRefunds(play)
}

/** Takes attempts one after the other, opening a new challenge whenever one has none left. */
async function failTimes(
  scene: Scene,
  times: number,
  brakes: readonly Brake[],
  authenticatorId: string,
): Promise<void> {
  for (let index = 0; index < times; index += 1) {
    const { outcome } = await scene.store.takeAttempt(scene.userId, scene.slot, brakes)
    if (outcome === 'exhausted') {
      await scene.store.putChallenge(scene.userId, putOf(scene, challengeOf({ authenticatorId })))
      index -= 1
    } else strictEqual(outcome, 'taken')
  }
}

function lockOf(outcome: AttemptOutcome): number {
  if (outcome.outcome === 'locked') return outcome.retryAfterMs
  throw new Error(`expected a lock, got ${outcome.outcome}`)
}

/** The failures in a row of each subject. */
export async function failuresOf({ store, userId, slot }: Scene): Promise<Record<string, number>> {
  const { tallies } = await store.readSession(userId, slot)
  return Object.fromEntries(Object.entries(tallies).map(([subject, { failures }]) => [subject, failures]))
}

function playOrder(play: Play): void {
  play('an attempt hands out the challenge and the grant, with one attempt less', async (scene) => {
    const { store, userId, slot, clock } = scene
    await signIn(scene)
    const challenge = challengeOf()
    await store.putChallenge(userId, putOf(scene, challenge))
    const { grant } = await store.readSession(userId, slot)
    const taken = await store.takeAttempt(userId, slot, [brakeOf()])
    if (taken.outcome !== 'taken') throw new Error(`expected an attempt, got ${taken.outcome}`)
    deepStrictEqual(taken.stored.challenge, challenge)
    deepStrictEqual({ left: taken.stored.attemptsLeft, grant: taken.grant }, { left: ATTEMPTS - 1, grant })
    assertAbout(taken.now, clock.now())
  })

  play('a session without a grant takes no attempt, whatever challenge there is', async (scene) => {
    const { store, userId, slot, handle } = scene
    deepStrictEqual(await store.takeAttempt(userId, slot, [brakeOf()]), { outcome: 'gone' })
    await openChallenge(scene)
    await store.endSession(userId, handle)
    deepStrictEqual(await store.takeAttempt(userId, slot, [brakeOf()]), { outcome: 'gone' })
    deepStrictEqual(await failuresOf(scene), {})
  })

  play('a session whose grant has ended takes no attempt', async (scene) => {
    const { store, userId, slot, clock } = scene
    await signIn(scene, { expiresAt: clock.now() + 60_000 })
    await store.putChallenge(userId, putOf(scene, challengeOf()))
    clock.advance(60_001)
    deepStrictEqual(await store.takeAttempt(userId, slot, [brakeOf()]), { outcome: 'gone' })
  })

  play('no challenge, an expired one and an exhausted one each have their word and count nothing', async (scene) => {
    const { store, userId, slot, clock } = scene
    const grant = await signIn(scene)
    deepStrictEqual(await store.takeAttempt(userId, slot, [brakeOf()]), { outcome: 'none', grant })
    await store.putChallenge(userId, putOf(scene, challengeOf(), { attempts: 1 }))
    await store.takeAttempt(userId, slot, [])
    deepStrictEqual(await store.takeAttempt(userId, slot, [brakeOf()]), { outcome: 'exhausted', grant })
    clock.advance(CHALLENGE_TTL_MS + 1)
    deepStrictEqual(await store.takeAttempt(userId, slot, [brakeOf()]), { outcome: 'expired', grant })
    deepStrictEqual(await failuresOf(scene), {})
  })

  play('two hundred parallel attempts take as many as the challenge has', async (scene) => {
    await openChallenge(scene)
    const brake = brakeOf({ lockFrom: 1000 })
    const tries = Array.from({ length: 200 }, () => scene.store.takeAttempt(scene.userId, scene.slot, [brake]))
    const outcomes = await Promise.all(tries)
    strictEqual(outcomes.filter(({ outcome }) => outcome === 'taken').length, ATTEMPTS)
    deepStrictEqual(await failuresOf(scene), { user: ATTEMPTS })
  })
}

function playLocks(play: Play): void {
  play('the failure at which a lock begins is still evaluated, the next is refused and not counted', async (scene) => {
    const { store, userId, slot, clock } = scene
    const { authenticatorId } = await openChallenge(scene)
    await failTimes(scene, 3, [brakeOf()], authenticatorId)
    const refused = await store.takeAttempt(userId, slot, [brakeOf()])
    assertAbout(lockOf(refused), 1000)
    const { tallies, challenge } = await store.readSession(userId, slot)
    strictEqual(tallies.user?.failures, 3)
    assertAbout(tallies.user?.lockedUntil, clock.now() + 1000)
    strictEqual(challenge?.attemptsLeft, ATTEMPTS - 3)
  })

  play('a lock ends by itself, and each further failure doubles it up to the longest', async (scene) => {
    const { store, userId, slot, clock } = scene
    const brake = brakeOf({ firstLockMs: 60_000, longestLockMs: 200_000 })
    const { authenticatorId } = await openChallenge(scene)
    await failTimes(scene, 3, [brake], authenticatorId)
    for (const expectedMs of [60_000, 120_000, 200_000]) {
      const lockedMs = lockOf(await store.takeAttempt(userId, slot, [brake]))
      assertAbout(lockedMs, expectedMs)
      clock.advance(lockedMs)
      await failTimes(scene, 1, [brake], authenticatorId)
    }
  })

  play('a new challenge goes on with the same count', async (scene) => {
    const { store, userId, slot } = scene
    const { authenticatorId } = await openChallenge(scene)
    const brakes = [brakeOf({ subject: '@authenticator', lockFrom: 7 })]
    await failTimes(scene, 7, brakes, authenticatorId)
    strictEqual((await store.takeAttempt(userId, slot, brakes)).outcome, 'locked')
    deepStrictEqual(await failuresOf(scene), { [authenticatorId]: 7 })
  })

  play('one locked brake of two refuses, for the longer of their locks', async (scene) => {
    const { store, userId, slot } = scene
    await openChallenge(scene)
    const short = brakeOf({ lockFrom: 1, firstLockMs: 60_000, longestLockMs: 60_000 })
    const long = brakeOf({ subject: '@authenticator', lockFrom: 1, firstLockMs: 90_000, longestLockMs: 90_000 })
    await store.takeAttempt(userId, slot, [short, long])
    assertAbout(lockOf(await store.takeAttempt(userId, slot, [short, long])), 90_000)
    assertAbout(lockOf(await store.takeAttempt(userId, slot, [long, short])), 90_000)
    assertAbout(lockOf(await store.takeAttempt(userId, slot, [brakeOf({ subject: 'recovery-code' }), short])), 60_000)
    strictEqual((await store.takeAttempt(userId, slot, [brakeOf({ subject: 'recovery-code' })])).outcome, 'taken')
  })

  play('at its cap an authenticator is disabled, and time does not mend it', async (scene) => {
    const { store, userId, slot, clock } = scene
    const { authenticatorId } = await openChallenge(scene)
    const brakes = [brakeOf({ subject: '@authenticator', lockFrom: 100, cap: 3 }), brakeOf({ lockFrom: 100 })]
    await failTimes(scene, 3, brakes, authenticatorId)
    strictEqual((await store.takeAttempt(userId, slot, brakes)).outcome, 'disabled')
    clock.advance(3 * 3_600_000)
    await store.putChallenge(userId, putOf(scene, challengeOf({ authenticatorId })))
    strictEqual((await store.takeAttempt(userId, slot, brakes)).outcome, 'disabled')
    deepStrictEqual(await failuresOf(scene), { [authenticatorId]: 3, user: 3 })
  })
}

function playRefunds(play: Play): void {
  play('an attempt taken back leaves no count and no lock', async (scene) => {
    const { store, userId, slot } = scene
    const brakes = [brakeOf({ lockFrom: 2 }), brakeOf({ subject: '@authenticator', lockFrom: 1 })]
    await openChallenge(scene)
    await store.takeAttempt(userId, slot, brakes)
    await store.refundAttempt(userId, slot, brakes)
    const taken = await store.takeAttempt(userId, slot, brakes)
    if (taken.outcome !== 'taken') throw new Error(`expected an attempt, got ${taken.outcome}`)
    strictEqual(taken.stored.attemptsLeft, ATTEMPTS - 1)
    strictEqual((await failuresOf(scene)).user, 1)
  })

  play('an attempt taken back takes with it the lock it began', async (scene) => {
    const { store, userId, slot } = scene
    const brakes = [brakeOf({ firstLockMs: 60_000, longestLockMs: 60_000 })]
    const { authenticatorId } = await openChallenge(scene)
    await failTimes(scene, 3, brakes, authenticatorId)
    await store.refundAttempt(userId, slot, brakes)
    strictEqual((await store.takeAttempt(userId, slot, brakes)).outcome, 'taken')
    strictEqual((await store.takeAttempt(userId, slot, brakes)).outcome, 'locked')
  })

  play('an attempt taken back after another leaves that one counted', async (scene) => {
    const { store, userId, slot } = scene
    await openChallenge(scene)
    await store.takeAttempt(userId, slot, [brakeOf()])
    await store.takeAttempt(userId, slot, [brakeOf()])
    await store.refundAttempt(userId, slot, [brakeOf()])
    deepStrictEqual(await failuresOf(scene), { user: 1 })
    strictEqual((await store.readSession(userId, slot)).challenge?.attemptsLeft, ATTEMPTS - 1)
  })

  play('a refund never lifts a challenge above the attempts it was opened with', async (scene) => {
    const { store, userId, slot } = scene
    await openChallenge(scene)
    await store.refundAttempt(userId, slot, [brakeOf()])
    strictEqual((await store.readSession(userId, slot)).challenge?.attemptsLeft, ATTEMPTS)
    deepStrictEqual(await failuresOf(scene), {})
  })

  play('a refund where nothing is pending changes nothing', async (scene) => {
    await scene.store.refundAttempt(scene.userId, scene.slot, [brakeOf()])
    deepStrictEqual(await failuresOf(scene), {})
  })
}
