import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import type { Grant } from '../../ports'
import { challengeOf, DAY_MS, epochOf, grantOf, newId, openChallenge, type Play, putOf, signIn } from './store-scenes'

/** What every store does with grants: issued, read, replaced, ended. */
export function playGrants(play: Play): void {
  play('a user never seen has no epoch, grant, challenge or tally', async ({ store, userId, handle, slot, clock }) => {
    strictEqual(await store.readGrant(userId, handle), null)
    const { now, ...rest } = await store.readSession(userId, slot)
    deepStrictEqual(rest, { epoch: '', grant: null, challenge: null, tallies: {} })
    strictEqual(Math.abs(now - clock.now()) < 2000, true)
  })

  play('a grant with every field comes back as it was issued', async (scene) => {
    const { store, userId, handle, slot, clock } = scene
    const now = clock.now()
    const full: Partial<Grant> = {
      assurance: 'second-factor',
      methods: ['totp', 'recovery-code', 'sms', 'voice'],
      verifiedAt: now - 5,
      passwordAt: now - 70_001,
      firstPromptAt: now - 20 * DAY_MS,
      graceUntil: now + 9 * DAY_MS,
      postponed: true,
      actionKey: 'hash "of" an action, ümlaut',
    }
    const grant = await signIn(scene, full)
    deepStrictEqual(await store.readGrant(userId, handle), grant)
    deepStrictEqual((await store.readSession(userId, slot)).grant, grant)
  })

  for (const assurance of ['password', 'remembered-device', 'second-factor'] as const) {
    play(`a bare grant of assurance ${assurance} comes back without the fields it has not`, async (scene) => {
      const grant = await signIn(scene, { assurance, hasFactor: false })
      deepStrictEqual(await scene.store.readGrant(scene.userId, scene.handle), grant)
    })
  }

  play('a grant past its end is none', async (scene) => {
    const { store, userId, handle, slot, clock } = scene
    await signIn(scene, { expiresAt: clock.now() + 60_000 })
    clock.advance(60_001)
    strictEqual(await store.readGrant(userId, handle), null)
    strictEqual((await store.readSession(userId, slot)).grant, null)
  })

  play('a grant is found under its own handle and user only', async (scene) => {
    await signIn(scene)
    strictEqual(await scene.store.readGrant(scene.userId, newId()), null)
    strictEqual(await scene.store.readGrant(newId(), scene.handle), null)
    strictEqual(await scene.store.readGrant(scene.userId, 'epoch'), null)
  })

  play('a grant read under an epoch that has ended is refused as stale', async (scene) => {
    const { store, userId, handle } = scene
    await store.revoke(userId, { epoch: newId(), devices: 'keep' })
    strictEqual(await store.issueGrant(userId, { handle, grant: grantOf(scene), epoch: '' }), 'stale')
    strictEqual(await store.readGrant(userId, handle), null)
  })

  play('forty sessions come and go, and the live ones stay', async (scene) => {
    const { store, userId, clock } = scene
    for (let index = 0; index < 40; index += 1) {
      const grant = grantOf(scene, { expiresAt: clock.now() + 60_000 })
      await store.issueGrant(userId, { handle: `short-${index}`, grant, epoch: '' })
    }
    clock.advance(60_001)
    const grant = await signIn(scene)
    strictEqual(await store.readGrant(userId, 'short-0'), null)
    deepStrictEqual(await store.readGrant(userId, scene.handle), grant)
  })

  play('a user signed in a hundred times keeps the newest sessions, and no more of them', async (scene) => {
    const { store, userId, clock } = scene
    for (let index = 0; index < 105; index += 1) {
      const grant = grantOf(scene, { expiresAt: clock.now() + DAY_MS + index })
      await store.issueGrant(userId, { handle: `session-${index}`, grant, epoch: '' })
    }
    strictEqual(await store.readGrant(userId, 'session-0'), null)
    strictEqual(await store.readGrant(userId, 'session-4'), null)
    for (const index of [5, 104]) strictEqual((await store.readGrant(userId, `session-${index}`)) !== null, true)
  })

  playReplace(play)
  playEndings(play)
}

function playReplace(play: Play): void {
  play('a grant is replaced only while it is the one that was read', async (scene) => {
    const { store, userId, handle } = scene
    const before = await signIn(scene)
    const after: Grant = { ...before, postponed: true }
    strictEqual(await store.replaceGrant(userId, handle, before, after), 'replaced')
    strictEqual(await store.replaceGrant(userId, handle, before, { ...before, hasFactor: false }), 'changed')
    deepStrictEqual(await store.readGrant(userId, handle), after)
  })

  play('a grant that was ended is not replaced', async (scene) => {
    const { store, userId, handle } = scene
    const before = await signIn(scene)
    await store.endSession(userId, handle)
    strictEqual(await store.replaceGrant(userId, handle, before, before), 'changed')
    strictEqual(await store.readGrant(userId, handle), null)
  })

  play('fifty requests that replace one grant in parallel have one winner', async (scene) => {
    const { store, userId, handle } = scene
    const before = await signIn(scene, { actionKey: 'spend me once' })
    const { actionKey: _spent, ...after } = before
    const tries = Array.from({ length: 50 }, () => store.replaceGrant(userId, handle, before, after))
    const outcomes = await Promise.all(tries)
    strictEqual(outcomes.filter((outcome) => outcome === 'replaced').length, 1)
  })
}

function playEndings(play: Play): void {
  play('a sign-out ends the grant and challenge of its session, and no other', async (scene) => {
    const { store, userId, handle, slot } = scene
    await openChallenge(scene)
    const other = { ...scene, handle: newId() }
    const staying = await signIn(other)
    await store.endSession(userId, handle)
    const { grant, challenge } = await store.readSession(userId, slot)
    deepStrictEqual({ grant, challenge }, { grant: null, challenge: null })
    deepStrictEqual(await store.readGrant(userId, other.handle), staying)
  })

  play('a sign-out ends the grant that a right answer has just moved on, and the one after it', async (scene) => {
    const { store, userId, handle, slot } = scene
    const first = await openChallenge(scene)
    const issue = { handle: newId(), grant: grantOf(scene) }
    strictEqual(await store.consumeChallenge(userId, { slot, challenge: first, issue, clear: [] }), 'consumed')
    const holder = { handle: issue.handle, successor: newId() }
    strictEqual(await store.revoke(userId, { epoch: 'second', devices: 'keep', holder }), 'revoked')
    const reissue = { handle: holder.successor, grant: grantOf(scene), expectedEpoch: 'second' }
    strictEqual(await store.revoke(userId, { epoch: 'third', devices: 'keep', issue: reissue }), 'issued')
    await store.endSession(userId, handle)
    strictEqual(await store.readGrant(userId, holder.successor), null)
  })

  play('a sign-out between the two revocations of a change leaves nothing to be issued', async (scene) => {
    const { store, userId, handle } = scene
    await signIn(scene)
    const holder = { handle, successor: newId() }
    strictEqual(await store.revoke(userId, { epoch: 'second', devices: 'keep', holder }), 'revoked')
    await store.endSession(userId, handle)
    const issue = { handle: holder.successor, grant: grantOf(scene), expectedEpoch: 'second' }
    strictEqual(await store.revoke(userId, { epoch: 'third', devices: 'keep', issue }), 'stale')
    strictEqual(await store.readGrant(userId, holder.successor), null)
  })

  play('a revocation ends every grant and challenge, and sets the epoch', async (scene) => {
    const { store, userId, slot } = scene
    await openChallenge(scene)
    strictEqual(await store.revoke(userId, { epoch: 'second', devices: 'keep' }), 'revoked')
    const { epoch, grant, challenge } = await store.readSession(userId, slot)
    deepStrictEqual({ epoch, grant, challenge }, { epoch: 'second', grant: null, challenge: null })
  })

  play('a revocation that issues gives the one new grant when the epoch is the one expected', async (scene) => {
    const { store, userId, handle } = scene
    await signIn(scene)
    const issue = { handle: newId(), grant: grantOf(scene), expectedEpoch: '' }
    strictEqual(await store.revoke(userId, { epoch: newId(), devices: 'keep', issue }), 'issued')
    strictEqual(await store.readGrant(userId, handle), null)
    deepStrictEqual(await store.readGrant(userId, issue.handle), issue.grant)
  })

  play('a revocation that expected another epoch still revokes, and issues nothing', async (scene) => {
    const { store, userId, handle, slot } = scene
    await signIn(scene)
    const issue = { handle: newId(), grant: grantOf(scene), expectedEpoch: 'another' }
    strictEqual(await store.revoke(userId, { epoch: 'second', devices: 'keep', issue }), 'stale')
    strictEqual(await store.readGrant(userId, handle), null)
    strictEqual(await store.readGrant(userId, issue.handle), null)
    strictEqual((await store.readSession(userId, slot)).epoch, 'second')
  })

  play('a revocation asked by a session whose grant has ended does nothing', async (scene) => {
    const { store, userId, handle } = scene
    const staying = await signIn({ ...scene, handle: 'staying' })
    const issue = { handle: newId(), grant: grantOf(scene), expectedEpoch: '' }
    const asked = { epoch: 'second', devices: 'end', holder: { handle, successor: newId() } } as const
    strictEqual(await store.revoke(userId, asked), 'stale')
    strictEqual(await store.revoke(userId, { ...asked, issue }), 'stale')
    deepStrictEqual(await store.readGrant(userId, 'staying'), staying)
    strictEqual(await epochOf(scene), '')
    await signIn(scene)
    strictEqual(await store.revoke(userId, asked), 'revoked')
  })

  play('a challenge of an epoch that has ended is not there for a grant issued after it', async (scene) => {
    const { store, userId, slot } = scene
    const old = await openChallenge(scene)
    await store.revoke(userId, { epoch: newId(), devices: 'keep' })
    await signIn(scene)
    strictEqual((await store.readSession(userId, slot)).challenge, null)
    strictEqual((await store.takeAttempt(userId, slot, [])).outcome, 'none')
    const fresh = challengeOf({ epoch: await epochOf(scene) })
    strictEqual((await store.putChallenge(userId, putOf(scene, old))).outcome, 'stale')
    strictEqual((await store.putChallenge(userId, putOf(scene, fresh))).outcome, 'stored')
  })
}
