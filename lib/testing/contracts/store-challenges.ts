import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import type { Challenge, PutOutcome, StoredChallenge } from '../../ports'
import {
  ATTEMPTS,
  assertAbout,
  CHALLENGE_TTL_MS,
  COOLDOWN_MS,
  challengeOf,
  newHash,
  newId,
  openChallenge,
  type Play,
  putOf,
  type Scene,
  signIn,
} from './store-scenes'

const SMS = { method: 'sms', cooldownMs: COOLDOWN_MS } as const
const VOICE = { method: 'voice', cooldownMs: COOLDOWN_MS } as const

/** What every store does with a challenge until it is answered: opened, replaced, kept on. */
export function playChallenges(play: Play): void {
  playOpening(play)
  playRefusals(play)
  playKeeping(play)
}

/** The challenge a put stored. */
export function storedOf(put: PutOutcome): StoredChallenge {
  if (put.outcome === 'stored') return put.stored
  throw new Error(`expected a stored challenge, got ${put.outcome}`)
}

/** The scene's pending challenge. */
export async function readChallenge({ store, userId, slot }: Scene): Promise<StoredChallenge | null> {
  const { challenge } = await store.readSession(userId, slot)
  return challenge
}

function playOpening(play: Play): void {
  play('a challenge with every field is handed out and read as it was put', async (scene) => {
    const { store, userId, clock } = scene
    await signIn(scene)
    const action = { key: 'payout "1"', text: 'Payer 1 000 € à Zoé 🎵' }
    const challenge = challengeOf({ purpose: 'step-up', method: 'voice', action, draft: `sealed/${newHash()}` })
    const stored = storedOf(await store.putChallenge(userId, putOf(scene, challenge)))
    deepStrictEqual(stored.challenge, challenge)
    deepStrictEqual(
      { attemptsLeft: stored.attemptsLeft, sentAt: stored.sentAt },
      { attemptsLeft: ATTEMPTS, sentAt: {} },
    )
    strictEqual('delivery' in stored, false)
    assertAbout(stored.expiresAt, clock.now() + CHALLENGE_TTL_MS)
    deepStrictEqual(await readChallenge(scene), stored)
  })

  play('a bare challenge comes back without the fields it has not', async (scene) => {
    const bare = { id: newId(), purpose: 'sign-in', epoch: '', method: 'totp', authenticatorId: newId() } as const
    await signIn(scene)
    const stored = storedOf(await scene.store.putChallenge(scene.userId, putOf(scene, bare)))
    deepStrictEqual(stored.challenge, bare)
  })

  play('a challenge that was sent notes when, and that it is on its way', async (scene) => {
    await signIn(scene)
    const put = await scene.store.putChallenge(scene.userId, putOf(scene, challengeOf(), { send: SMS }))
    const { sentAt, delivery } = storedOf(put)
    deepStrictEqual({ methods: Object.keys(sentAt), delivery }, { methods: ['sms'], delivery: { status: 'sent' } })
    assertAbout(sentAt.sms, scene.clock.now())
  })

  play('a pending enrolment lives beside the challenge of its session', async (scene) => {
    const { store, userId, handle } = scene
    const signInChallenge = await openChallenge(scene)
    const slot = { handle, enrolmentId: newId() }
    const enrolment = challengeOf({ purpose: 'enrolment', draft: 'sealed draft' })
    await store.putChallenge(userId, putOf({ ...scene, slot }, enrolment))
    deepStrictEqual((await readChallenge({ ...scene, slot }))?.challenge, enrolment)
    deepStrictEqual((await readChallenge(scene))?.challenge, signInChallenge)
    strictEqual(await readChallenge({ ...scene, slot: { handle, enrolmentId: newId() } }), null)
  })

  play('a challenge past its end is not read any more', async (scene) => {
    await openChallenge(scene)
    scene.clock.advance(CHALLENGE_TTL_MS + 1)
    strictEqual(await readChallenge(scene), null)
  })
}

function playRefusals(play: Play): void {
  play('a session without a grant gets no challenge', async (scene) => {
    const { store, userId, clock } = scene
    deepStrictEqual(await store.putChallenge(userId, putOf(scene, challengeOf())), { outcome: 'gone' })
    await signIn(scene, { expiresAt: clock.now() + 1000 })
    clock.advance(1001)
    deepStrictEqual(await store.putChallenge(userId, putOf(scene, challengeOf())), { outcome: 'gone' })
  })

  play('a challenge of another epoch is refused as stale', async (scene) => {
    await signIn(scene)
    const put = putOf(scene, challengeOf({ epoch: newId() }))
    deepStrictEqual(await scene.store.putChallenge(scene.userId, put), { outcome: 'stale' })
  })

  play('a put that expects another challenge than the pending one changes nothing', async (scene) => {
    const { store, userId } = scene
    const pending = await openChallenge(scene)
    for (const expectedId of ['', newId()]) {
      const put = putOf(scene, challengeOf(), { expectedId })
      deepStrictEqual(await store.putChallenge(userId, put), { outcome: 'changed' })
    }
    deepStrictEqual((await readChallenge(scene))?.challenge, pending)
  })

  play('a put that expects a challenge where there is none is refused as changed', async (scene) => {
    await signIn(scene)
    const put = putOf(scene, challengeOf(), { expectedId: newId() })
    deepStrictEqual(await scene.store.putChallenge(scene.userId, put), { outcome: 'changed' })
  })

  play('a challenge that expired stands in nobody’s way', async (scene) => {
    await openChallenge(scene)
    scene.clock.advance(CHALLENGE_TTL_MS + 1)
    const fresh = challengeOf()
    const stored = storedOf(await scene.store.putChallenge(scene.userId, putOf(scene, fresh, { send: SMS })))
    deepStrictEqual(stored.challenge, fresh)
  })

  play('a challenge without attempts left stands in nobody’s way, and brings new attempts', async (scene) => {
    const { store, userId, slot } = scene
    await openChallenge(scene)
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) await store.takeAttempt(userId, slot, [])
    const stored = storedOf(await store.putChallenge(userId, putOf(scene, challengeOf())))
    strictEqual(stored.attemptsLeft, ATTEMPTS)
  })

  play('a challenge without attempts left is replaced by who expects it by its id, too', async (scene) => {
    const { store, userId, slot } = scene
    await signIn(scene)
    const spent = challengeOf()
    await store.putChallenge(userId, putOf(scene, spent, { attempts: 1 }))
    await store.takeAttempt(userId, slot, [])
    const put = putOf(scene, challengeOf(), { expectedId: spent.id })
    strictEqual(storedOf(await store.putChallenge(userId, put)).attemptsLeft, ATTEMPTS)
  })

  play('a challenge without attempts left does not go on: a code sent for it could not be right', async (scene) => {
    const { store, userId, slot } = scene
    await signIn(scene)
    const spent = challengeOf()
    await store.putChallenge(userId, putOf(scene, spent, { attempts: 1 }))
    await store.takeAttempt(userId, slot, [])
    const put = putOf(scene, spent, { expectedId: spent.id, mode: 'keep', send: SMS })
    strictEqual((await store.putChallenge(userId, put)).outcome, 'changed')
  })

  play('twenty parallel puts for an empty slot store one challenge', async (scene) => {
    await signIn(scene)
    const puts = Array.from({ length: 20 }, () => putOf(scene, challengeOf(), { send: SMS }))
    const outcomes = await Promise.all(puts.map((put) => scene.store.putChallenge(scene.userId, put)))
    strictEqual(outcomes.filter(({ outcome }) => outcome === 'stored').length, 1)
  })
}

function playKeeping(play: Play): void {
  play('sending again keeps attempts and end, and only the newest code works', async (scene) => {
    const { store, userId, slot, clock } = scene
    const first = await openChallenge(scene)
    await store.takeAttempt(userId, slot, [])
    const before = await readChallenge(scene)
    clock.advance(60_000)
    const again: Challenge = { ...first, codeHash: newHash() }
    const put = putOf(scene, again, { expectedId: first.id, mode: 'keep', send: SMS })
    const stored = storedOf(await store.putChallenge(userId, put))
    strictEqual(stored.attemptsLeft, ATTEMPTS - 1)
    strictEqual(stored.expiresAt, before?.expiresAt)
    assertAbout(stored.sentAt.sms, clock.now())
    strictEqual(await store.consumeChallenge(userId, { slot, challenge: first, clear: [] }), 'gone')
    strictEqual(await store.consumeChallenge(userId, { slot, challenge: again, clear: [] }), 'consumed')
  })

  play('opening in place of a pending challenge starts attempts, end and sends anew', async (scene) => {
    const { store, userId, slot, clock } = scene
    await signIn(scene)
    const first = challengeOf()
    await store.putChallenge(userId, putOf(scene, first, { send: VOICE }))
    await store.takeAttempt(userId, slot, [])
    clock.advance(60_000)
    const put = putOf(scene, challengeOf({ purpose: 'step-up' }), { expectedId: first.id })
    const stored = storedOf(await store.putChallenge(userId, put))
    deepStrictEqual(
      { attemptsLeft: stored.attemptsLeft, sentAt: stored.sentAt },
      { attemptsLeft: ATTEMPTS, sentAt: {} },
    )
    assertAbout(stored.expiresAt, clock.now() + CHALLENGE_TTL_MS)
  })

  play('a challenge kept on after its lifetime has passed once is not prolonged', async (scene) => {
    const first = await openChallenge(scene)
    scene.clock.advance(CHALLENGE_TTL_MS - 1000)
    const put = putOf(scene, { ...first, method: 'totp' }, { expectedId: first.id, mode: 'keep' })
    storedOf(await scene.store.putChallenge(scene.userId, put))
    scene.clock.advance(1001)
    strictEqual(await readChallenge(scene), null)
  })
}
