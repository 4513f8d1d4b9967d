import { deepEqual, equal, ok } from 'node:assert/strict'
import {
  authenticator,
  type Check,
  enrol,
  NOTHING,
  RACERS,
  race,
  replaceCodes,
  STEP,
  T0,
  versionOf,
  winners,
} from './records'

/** Checks that what was enrolled is read whole. */
export function checkLoad(check: Check): void {
  check('a user never seen → version 0 and nothing else', async (store, userId) => {
    deepEqual(await store.load(userId), NOTHING)
  })
  check('enrolled → load → every field as it was given, oldest first', async (store, userId) => {
    const phone = authenticator('p', {
      factor: 'phone',
      label: `Zoë's "work" 📱; --`,
      preferredMethod: 'voice',
      createdAt: T0 + 1,
      lastUsedAt: T0 + 2,
    })
    const app = authenticator('t', { lastStep: STEP, failures: 3 })
    const newest = authenticator('x', { createdAt: T0 + 3 })
    await enrol(store, userId, newest, phone, app)
    await replaceCodes(store, userId, ['h1', 'h2', 'h3'])
    const { version: _, ...rest } = await store.load(userId)
    deepEqual(rest, { authenticators: [app, phone, newest], recoveryCodes: { remaining: 3, total: 3 } })
  })
  check('loaded, then changed by the caller → load again → as stored', async (store, userId) => {
    await enrol(store, userId, authenticator('t'))
    const [loaded] = (await store.load(userId)).authenticators
    ok(loaded)
    loaded.failures = 99
    deepEqual((await store.load(userId)).authenticators, [authenticator('t')])
  })
}

/** Checks that a change happens whole or not at all, and once per version. */
export function checkChange(check: Check): void {
  check('version 0 of a user never seen → change → true, and another version', async (store, userId) => {
    equal(await store.change(userId, 0, { add: authenticator('t') }), true)
    const { version, authenticators } = await store.load(userId)
    ok(version !== 0)
    deepEqual(authenticators, [authenticator('t')])
  })
  check('version 1 of a user never seen → change → false, nothing stored', async (store, userId) => {
    equal(await store.change(userId, 1, { add: authenticator('t'), recoveryCodes: ['h1'] }), false)
    deepEqual(await store.load(userId), NOTHING)
  })
  check('a version already used → change → false, no part of it happens', async (store, userId) => {
    await enrol(store, userId, authenticator('t'))
    await replaceCodes(store, userId, ['h1'])
    const before = await store.load(userId)
    const change = { add: authenticator('p'), remove: 't', recoveryCodes: ['h2', 'h3'] }
    equal(await store.change(userId, 0, change), false)
    deepEqual(await store.load(userId), before)
  })
  check('one authenticator of two removed → the other stays, recovery codes too', async (store, userId) => {
    await enrol(store, userId, authenticator('t'), authenticator('p'))
    await replaceCodes(store, userId, ['h1'])
    equal(await store.change(userId, await versionOf(store, userId), { remove: 't' }), true)
    const { authenticators, recoveryCodes } = await store.load(userId)
    deepEqual(authenticators, [authenticator('p')])
    deepEqual(recoveryCodes, { remaining: 1, total: 1 })
  })
  check('one replaced by another in one change → only the new one', async (store, userId) => {
    const version = await enrol(store, userId, authenticator('old'))
    equal(await store.change(userId, version, { remove: 'old', add: authenticator('new') }), true)
    deepEqual((await store.load(userId)).authenticators, [authenticator('new')])
  })
  check('removed and added again under its id → as added, its failures and step gone', async (store, userId) => {
    const version = await enrol(store, userId, authenticator('t', { failures: 7, lastStep: STEP }))
    equal(await store.change(userId, version, { remove: 't', add: authenticator('t') }), true)
    deepEqual((await store.load(userId)).authenticators, [authenticator('t')])
  })
  check('an authenticator that is not there removed → true, the others stay', async (store, userId) => {
    const version = await enrol(store, userId, authenticator('t'))
    equal(await store.change(userId, version, { remove: 'x' }), true)
    deepEqual((await store.load(userId)).authenticators, [authenticator('t')])
  })
  check('all removed with an empty set of codes → nothing left but the version', async (store, userId) => {
    await enrol(store, userId, authenticator('t'), authenticator('p'))
    await replaceCodes(store, userId, ['h1', 'h2'])
    const version = await versionOf(store, userId)
    equal(await store.change(userId, version, { remove: 'all', recoveryCodes: [] }), true)
    const after = await store.load(userId)
    deepEqual({ ...after, version: 0 }, NOTHING)
    ok(after.version !== 0 && after.version !== version)
  })
  check('an authenticator added → the recovery codes stay, used ones stay used', async (store, userId) => {
    await replaceCodes(store, userId, ['h1', 'h2'])
    ok(await store.claimRecoveryCode(userId, ['h1'], T0))
    await enrol(store, userId, authenticator('t'))
    deepEqual((await store.load(userId)).recoveryCodes, { remaining: 1, total: 2 })
  })
  check('failures, uses, claims, names and prompts → the version stands still', async (store, userId) => {
    await enrol(store, userId, authenticator('t'))
    await replaceCodes(store, userId, ['h1'])
    const version = await versionOf(store, userId)
    await store.countFailure(userId, 't')
    await store.accept(userId, 't', { at: T0, step: STEP })
    await store.claimRecoveryCode(userId, ['h1'], T0)
    await store.describe(userId, 't', { label: 'Other' })
    await store.markPrompted(userId, T0)
    equal(await store.change(userId, version, { remove: 't' }), true)
  })
  check(`${RACERS} changes of one version at once, user never seen → one happens`, async (store, userId) => {
    const results = await race(RACERS, (at) => store.change(userId, 0, { add: authenticator(`a${at}`) }))
    equal(winners(results), 1)
    deepEqual((await store.load(userId)).authenticators, [authenticator(`a${results.indexOf(true)}`)])
  })
  check(`${RACERS} changes of one version at once, user known → one happens, whole`, async (store, userId) => {
    const version = await enrol(store, userId, authenticator('t'))
    const results = await race(RACERS, (at) =>
      store.change(userId, version, { remove: 'all', add: authenticator(`a${at}`), recoveryCodes: [`h${at}`] }),
    )
    const won = results.indexOf(true)
    equal(winners(results), 1)
    const after = await store.load(userId)
    deepEqual(after.authenticators, [authenticator(`a${won}`)])
    deepEqual(after.recoveryCodes, { remaining: 1, total: 1 })
    equal(await store.claimRecoveryCode(userId, [`h${won}`], T0), true)
  })
  check('first change racing the first prompt → both stand', async (store, userId) => {
    const [changed, prompted] = await Promise.all([
      store.change(userId, 0, { add: authenticator('t') }),
      store.markPrompted(userId, T0),
    ])
    deepEqual([changed, prompted], [true, T0])
    const { firstPromptAt, authenticators } = await store.load(userId)
    deepEqual([firstPromptAt, authenticators], [T0, [authenticator('t')]])
  })
}
