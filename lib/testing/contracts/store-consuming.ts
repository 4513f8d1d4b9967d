import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import {
  brakeOf,
  challengeOf,
  deviceOf,
  grantOf,
  newHash,
  newId,
  openChallenge,
  type Play,
  putOf,
  signIn,
} from './store-scenes'

/** What every store does with a right answer: one winner, and all that comes with it at once. */
export function playConsuming(play: Play): void {
  play(
    'a right answer takes challenge and old grant, and leaves the new grant, device and cleared tallies',
    async (scene) => {
      const { store, userId, handle, slot } = scene
      const challenge = await openChallenge(scene)
      await store.takeAttempt(userId, slot, [brakeOf(), brakeOf({ subject: '@authenticator' })])
      await store.countAttempt(userId, brakeOf({ subject: 'password' }))
      const issue = { handle: newId(), grant: grantOf(scene, { assurance: 'second-factor', methods: ['sms'] }) }
      const device = deviceOf(scene)
      const clear = ['user', challenge.authenticatorId]
      strictEqual(await store.consumeChallenge(userId, { slot, challenge, issue, clear, device }), 'consumed')
      strictEqual(await store.readGrant(userId, handle), null)
      const state = await store.readSession(userId, { handle: issue.handle })
      deepStrictEqual(
        { grant: state.grant, tallies: Object.keys(state.tallies) },
        { grant: issue.grant, tallies: ['password'] },
      )
      deepStrictEqual(await store.listDevices(userId), [device])
    },
  )

  play(
    "an enrolment pending in one session is not another session's, nor anybody's after its sign-out",
    async (scene) => {
      const { store, userId, handle } = scene
      const enrolmentId = newId()
      await signIn(scene)
      const other = { ...scene, handle: newId() }
      await signIn(other)
      const put = putOf(
        { ...scene, slot: { handle, enrolmentId } },
        challengeOf({ id: enrolmentId, purpose: 'enrolment' }),
      )
      strictEqual((await store.putChallenge(userId, put)).outcome, 'stored')
      strictEqual((await store.takeAttempt(userId, { handle: other.handle, enrolmentId }, [])).outcome, 'none')
      await store.endSession(userId, handle)
      strictEqual((await store.takeAttempt(userId, { handle: other.handle, enrolmentId }, [])).outcome, 'none')
      strictEqual((await store.takeAttempt(userId, { handle, enrolmentId }, [])).outcome, 'gone')
    },
  )

  play('a right answer without a new grant leaves the grants as they are', async (scene) => {
    const { store, userId, handle, slot } = scene
    const grant = await signIn(scene)
    const challenge = challengeOf()
    await store.putChallenge(userId, putOf(scene, challenge))
    strictEqual(await store.consumeChallenge(userId, { slot, challenge, clear: [] }), 'consumed')
    deepStrictEqual(await store.readGrant(userId, handle), grant)
    strictEqual((await store.readSession(userId, slot)).challenge, null)
  })

  play('a grant may be issued anew under its own handle', async (scene) => {
    const { store, userId, handle, slot } = scene
    const challenge = await openChallenge(scene)
    const issue = { handle, grant: grantOf(scene, { assurance: 'second-factor', methods: ['totp'] }) }
    strictEqual(await store.consumeChallenge(userId, { slot, challenge, issue, clear: [] }), 'consumed')
    deepStrictEqual(await store.readGrant(userId, handle), issue.grant)
  })

  play('an enrolment’s challenge is consumed in its own slot', async (scene) => {
    const { store, userId, handle } = scene
    await openChallenge(scene)
    const slot = { handle, enrolmentId: newId() }
    const challenge = challengeOf({ purpose: 'enrolment', draft: 'sealed draft' })
    await store.putChallenge(userId, putOf({ ...scene, slot }, challenge))
    strictEqual(await store.consumeChallenge(userId, { slot: { handle }, challenge, clear: [] }), 'gone')
    strictEqual(await store.consumeChallenge(userId, { slot, challenge, clear: [] }), 'consumed')
    strictEqual((await store.takeAttempt(userId, slot, [])).outcome, 'none')
  })

  playRaces(play)
  playRefusals(play)
}

function playRaces(play: Play): void {
  play('fifty parallel right answers have one winner', async (scene) => {
    const { store, userId, slot } = scene
    const challenge = await openChallenge(scene)
    const handles = Array.from({ length: 50 }, newId)
    const tries = handles.map((handle) =>
      store.consumeChallenge(userId, { slot, challenge, issue: { handle, grant: grantOf(scene) }, clear: [] }),
    )
    const outcomes = await Promise.all(tries)
    strictEqual(outcomes.filter((outcome) => outcome === 'consumed').length, 1)
    const grants = await Promise.all(handles.map((handle) => store.readGrant(userId, handle)))
    strictEqual(grants.filter(Boolean).length, 1)
  })

  play('a sign-out racing a right answer leaves no grant of the session that signed out', async (scene) => {
    const { store, userId, handle, slot } = scene
    const challenge = await openChallenge(scene)
    await store.endSession(userId, handle)
    const issue = { handle: newId(), grant: grantOf(scene) }
    strictEqual(await store.consumeChallenge(userId, { slot, challenge, issue, clear: [] }), 'gone')
    strictEqual(await store.readGrant(userId, issue.handle), null)
  })
}

function playRefusals(play: Play): void {
  play('a challenge that differs in anything from the one taken is not consumed', async (scene) => {
    const { store, userId, slot } = scene
    const challenge = await openChallenge(scene)
    const { codeHash: _absent, ...codeless } = challenge
    const others = [
      { ...challenge, id: newId() },
      { ...challenge, codeHash: newHash() },
      { ...challenge, purpose: 'step-up' as const },
      { ...challenge, action: { key: 'key', text: 'text' } },
      codeless,
    ]
    for (const other of others) {
      strictEqual(await store.consumeChallenge(userId, { slot, challenge: other, clear: ['user'] }), 'gone')
    }
    strictEqual(await store.consumeChallenge(userId, { slot, challenge, clear: [] }), 'consumed')
  })

  play('the order in which a challenge’s fields were written does not matter', async (scene) => {
    const { store, userId, slot } = scene
    const challenge = await openChallenge(scene, { action: { key: 'key', text: 'text' } })
    const reversed = Object.fromEntries(Object.entries(challenge).reverse()) as unknown as typeof challenge
    const turned = { ...reversed, action: { text: 'text', key: 'key' } }
    strictEqual(await store.consumeChallenge(userId, { slot, challenge: turned, clear: [] }), 'consumed')
  })

  play('a challenge opened before a revocation is stale after it, also for a session granted anew', async (scene) => {
    const { store, userId, handle, slot } = scene
    const challenge = await openChallenge(scene)
    const issue = { handle, grant: grantOf(scene), expectedEpoch: '' }
    await store.revoke(userId, { epoch: newId(), devices: 'keep', issue })
    strictEqual(await store.consumeChallenge(userId, { slot, challenge, clear: [] }), 'stale')
  })

  play('a right answer in a session whose grant has ended is refused', async (scene) => {
    const { store, userId, slot, clock } = scene
    await signIn(scene, { expiresAt: clock.now() + 60_000 })
    const challenge = challengeOf()
    await store.putChallenge(userId, putOf(scene, challenge))
    clock.advance(60_001)
    strictEqual(await store.consumeChallenge(userId, { slot, challenge, clear: [] }), 'gone')
  })

  play('a refused answer clears no tally and remembers no device', async (scene) => {
    const { store, userId, slot } = scene
    const challenge = challengeOf()
    await signIn(scene)
    await store.countAttempt(userId, brakeOf())
    const consume = { slot, challenge, clear: ['user'], device: deviceOf(scene) }
    strictEqual(await store.consumeChallenge(userId, consume), 'gone')
    strictEqual((await store.readSession(userId, slot)).tallies.user?.failures, 1)
    deepStrictEqual(await store.listDevices(userId), [])
  })
}
