import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import type { Challenge } from '../../ports'
import { readChallenge, storedOf } from './store-challenges'
import {
  assertAbout,
  COOLDOWN_MS,
  challengeOf,
  newHash,
  newId,
  type Play,
  putOf,
  type Scene,
  signIn,
} from './store-scenes'

const SMS = { method: 'sms', cooldownMs: COOLDOWN_MS } as const
const VOICE = { method: 'voice', cooldownMs: COOLDOWN_MS } as const

/** What every store does with the sends of a challenge: the cooldown between two, and what became of them. */
export function playSends(play: Play): void {
  playCooldown(play)
  playDelivery(play)
}

function playCooldown(play: Play): void {
  play('the same method waits out the cooldown, and is told how long', async (scene) => {
    const { store, userId, clock } = scene
    const resend = await sendOnce(scene)
    clock.advance(10_000)
    const early = await store.putChallenge(userId, resend)
    if (early.outcome !== 'cooldown') throw new Error(`expected a cooldown, got ${early.outcome}`)
    assertAbout(early.retryAfterMs, COOLDOWN_MS - 10_000)
    clock.advance(early.retryAfterMs)
    strictEqual((await store.putChallenge(userId, resend)).outcome, 'stored')
  })

  play('another method sends at once, and the first still waits', async (scene) => {
    const { store, userId } = scene
    const resend = await sendOnce(scene)
    const stored = storedOf(await store.putChallenge(userId, { ...resend, send: VOICE }))
    deepStrictEqual(Object.keys(stored.sentAt).sort(), ['sms', 'voice'])
    strictEqual((await store.putChallenge(userId, resend)).outcome, 'cooldown')
  })

  play('a switch to a method that sends nothing keeps the cooldown, and says nothing of delivery', async (scene) => {
    const { store, userId } = scene
    const { send: _none, ...resend } = await sendOnce(scene)
    const stored = storedOf(await store.putChallenge(userId, resend))
    deepStrictEqual(
      { methods: Object.keys(stored.sentAt), isNoted: 'delivery' in stored },
      { methods: ['sms'], isNoted: false },
    )
    strictEqual((await store.putChallenge(userId, { ...resend, send: SMS })).outcome, 'cooldown')
  })

  play('a send that failed may be sent again at once', async (scene) => {
    const { store, userId, slot } = scene
    const resend = await sendOnce(scene)
    await store.noteDelivery(userId, slot, resend.challenge, { status: 'failed', reason: 'rejected' })
    strictEqual((await store.putChallenge(userId, resend)).outcome, 'stored')
  })

  play('a call that failed is no reason to send a text at once, nor a text that did to hold it back', async (scene) => {
    const { store, userId, slot } = scene
    const resend = await sendOnce(scene)
    const called = { ...resend, challenge: { ...resend.challenge, method: 'voice' as const } }
    storedOf(await store.putChallenge(userId, { ...called, send: VOICE }))
    await store.noteDelivery(userId, slot, called.challenge, { status: 'failed', reason: 'rejected' })
    strictEqual((await store.putChallenge(userId, resend)).outcome, 'cooldown')
    const again = storedOf(await store.putChallenge(userId, { ...called, send: VOICE }))
    strictEqual(again.delivery?.status, 'sent')
  })

  play('a text that failed can be sent after a call was, at once', async (scene) => {
    const { store, userId, slot } = scene
    const resend = await sendOnce(scene)
    await store.noteDelivery(userId, slot, resend.challenge, { status: 'failed', reason: 'rejected' })
    const called = { ...resend, challenge: { ...resend.challenge, method: 'voice' as const }, send: VOICE }
    storedOf(await store.putChallenge(userId, called))
    strictEqual((await store.putChallenge(userId, resend)).outcome, 'stored')
  })

  play('twenty parallel resends send once', async (scene) => {
    const resend = await sendOnce(scene)
    scene.clock.advance(COOLDOWN_MS)
    const tries = Array.from({ length: 20 }, () => scene.store.putChallenge(scene.userId, resend))
    const outcomes = await Promise.all(tries)
    strictEqual(outcomes.filter(({ outcome }) => outcome === 'stored').length, 1)
  })
}

/** Signs in, sends a text, and makes the put that sends it again. */
async function sendOnce(scene: Scene) {
  await signIn(scene)
  const first = putOf(scene, challengeOf(), { send: SMS })
  storedOf(await scene.store.putChallenge(scene.userId, first))
  return { ...first, expectedId: first.challenge.id, mode: 'keep' } as const
}

function playDelivery(play: Play): void {
  const deliveries = [
    { status: 'delivered' },
    { status: 'unknown', reason: 'timeout' },
    { status: 'failed', reason: 'unreachable' },
    { status: 'failed', reason: 'account' },
    { status: 'failed', reason: 'throttled' },
    { status: 'failed', reason: 'budget' },
    { status: 'failed', reason: 'locked' },
  ] as const
  play('each word of a delivery is read as it was noted', async (scene) => {
    const { challenge } = await sendOnce(scene)
    for (const delivery of deliveries) {
      await scene.store.noteDelivery(scene.userId, scene.slot, challenge, delivery)
      deepStrictEqual((await readChallenge(scene))?.delivery, delivery)
    }
  })

  play('a delivery of a challenge that was replaced says nothing of the new one', async (scene) => {
    const { challenge } = await sendOnce(scene)
    const other: Challenge = { ...challenge, codeHash: newHash() }
    await scene.store.noteDelivery(scene.userId, scene.slot, other, { status: 'failed' })
    deepStrictEqual((await readChallenge(scene))?.delivery, { status: 'sent' })
    await scene.store.noteDelivery(scene.userId, { handle: newId() }, other, { status: 'failed' })
  })
}
