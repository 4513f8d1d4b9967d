import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { failuresOf } from './store-attempts'
import { assertAbout, brakeOf, newId, type Play } from './store-scenes'

/** What every store does with tallies that no challenge goes with, and how tallies end. */
export function playTallies(play: Play): void {
  const password = brakeOf({ subject: 'password', firstLockMs: 60_000, longestLockMs: 60_000 })

  play('a count without a challenge locks from its failure on, and a refused one is not counted', async (scene) => {
    const { store, userId, clock } = scene
    for (let failure = 0; failure < 3; failure += 1) {
      deepStrictEqual(await store.countAttempt(userId, password), { lockedMs: 0 })
    }
    assertAbout((await store.countAttempt(userId, password)).lockedMs, 60_000)
    deepStrictEqual(await failuresOf(scene), { password: 3 })
    clock.advance(60_001)
    deepStrictEqual(await store.countAttempt(userId, password), { lockedMs: 0 })
  })

  play('a lock without a challenge doubles too, up to the longest, and a cap is not passed', async (scene) => {
    const { store, userId, clock } = scene
    const brake = { ...password, longestLockMs: 100_000, cap: 5 }
    for (let failure = 0; failure < 3; failure += 1) await store.countAttempt(userId, brake)
    for (const expectedMs of [60_000, 100_000]) {
      const { lockedMs } = await store.countAttempt(userId, brake)
      assertAbout(lockedMs, expectedMs)
      clock.advance(lockedMs)
      await store.countAttempt(userId, brake)
    }
    clock.advance(86_400_000)
    strictEqual((await store.countAttempt(userId, brake)).lockedMs > 0, true)
    deepStrictEqual(await failuresOf(scene), { password: 5 })
  })

  play('a hundred parallel counts pass as many as come before the lock', async (scene) => {
    const tries = Array.from({ length: 100 }, () => scene.store.countAttempt(scene.userId, password))
    const outcomes = await Promise.all(tries)
    strictEqual(outcomes.filter(({ lockedMs }) => lockedMs === 0).length, 3)
  })

  play('tallies are forgotten by name, or all at once', async (scene) => {
    const { store, userId } = scene
    const subjects = ['password', 'user', newId()]
    for (const subject of subjects) await store.countAttempt(userId, { ...password, subject })
    await store.clearTallies(userId, subjects.slice(2))
    deepStrictEqual(await failuresOf(scene), { password: 1, user: 1 })
    await store.clearTallies(userId, [])
    deepStrictEqual(await failuresOf(scene), { password: 1, user: 1 })
    await store.clearTallies(userId)
    deepStrictEqual(await failuresOf(scene), {})
  })

  play('tallies outlast a sign-out and a revocation', async (scene) => {
    const { store, userId, handle } = scene
    await store.countAttempt(userId, password)
    await store.endSession(userId, handle)
    await store.revoke(userId, { epoch: newId(), devices: 'end' })
    deepStrictEqual(await failuresOf(scene), { password: 1 })
  })
}
