import { deepEqual, equal } from 'node:assert/strict'
import { authenticator, type Check, enrol, RACERS, race, replaceCodes, STEP, T0, versionOf, winners } from './records'

/** Checks that a code works once. */
export function checkAccept(check: Check): void {
  check('a later step → true: step claimed, failures 0, use noted', async (store, userId) => {
    await enrol(store, userId, authenticator('t', { lastStep: STEP, failures: 4 }))
    equal(await store.accept(userId, 't', { at: T0 + 5, step: STEP + 1 }), true)
    deepEqual((await store.load(userId)).authenticators, [
      authenticator('t', { lastStep: STEP + 1, lastUsedAt: T0 + 5 }),
    ])
  })
  check('the step accepted before, or an earlier one → false, nothing noted', async (store, userId) => {
    const before = authenticator('t', { lastStep: STEP, failures: 4 })
    await enrol(store, userId, before)
    equal(await store.accept(userId, 't', { at: T0 + 5, step: STEP, sealed: 'other' }), false)
    equal(await store.accept(userId, 't', { at: T0 + 5, step: STEP - 1 }), false)
    deepEqual((await store.load(userId)).authenticators, [before])
  })
  check('step 0 on a fresh authenticator → true', async (store, userId) => {
    await enrol(store, userId, authenticator('t'))
    equal(await store.accept(userId, 't', { at: T0, step: 0 }), true)
    equal(await store.accept(userId, 't', { at: T0, step: 0 }), false)
  })
  check('no step, as for a phone → true each time, the step stays', async (store, userId) => {
    await enrol(store, userId, authenticator('p', { factor: 'phone', preferredMethod: 'sms', failures: 1 }))
    equal(await store.accept(userId, 'p', { at: T0 + 1 }), true)
    equal(await store.accept(userId, 'p', { at: T0 + 2 }), true)
    const [phone] = (await store.load(userId)).authenticators
    deepEqual([phone?.lastStep, phone?.failures, phone?.lastUsedAt], [-1, 0, T0 + 2])
  })
  check('the hash of a sent code → true once, then false with nothing noted', async (store, userId) => {
    await enrol(store, userId, authenticator('p', { factor: 'phone', preferredMethod: 'sms', failures: 1 }))
    equal(await store.accept(userId, 'p', { at: T0 + 1, codeHash: 'sent-1' }), true)
    equal(await store.countFailure(userId, 'p'), 1)
    equal(await store.accept(userId, 'p', { at: T0 + 2, codeHash: 'sent-1', sealed: 'other' }), false)
    const [phone] = (await store.load(userId)).authenticators
    deepEqual([phone?.failures, phone?.lastUsedAt, phone?.sealed === 'other'], [1, T0 + 1, false])
    equal(await store.accept(userId, 'p', { at: T0 + 3, codeHash: 'sent' }), true)
  })
  check('the last 32 sent codes → each refused again', async (store, userId) => {
    await enrol(store, userId, authenticator('p', { factor: 'phone', preferredMethod: 'sms' }))
    const hashes = Array.from({ length: 40 }, (_, at) => `sent-${at}`)
    for (const codeHash of hashes) equal(await store.accept(userId, 'p', { at: T0, codeHash }), true)
    for (const codeHash of hashes.slice(-32)) equal(await store.accept(userId, 'p', { at: T0, codeHash }), false)
  })
  check('a secret sealed anew → kept in place of the old', async (store, userId) => {
    await enrol(store, userId, authenticator('t'))
    equal(await store.accept(userId, 't', { at: T0, step: STEP, sealed: 'newer' }), true)
    equal((await store.load(userId)).authenticators[0]?.sealed, 'newer')
  })
  check('an authenticator gone, or never there → false', async (store, userId) => {
    equal(await store.accept(userId, 't', { at: T0 }), false)
    const version = await enrol(store, userId, authenticator('t'))
    await store.change(userId, version, { remove: 't' })
    equal(await store.accept(userId, 't', { at: T0, step: STEP }), false)
    equal(await store.accept(userId, 't\0', { at: T0, step: STEP }), false)
  })
  check(`the same right code ${RACERS} times at once → accepted once`, async (store, userId) => {
    await enrol(store, userId, authenticator('t'))
    equal(winners(await race(RACERS, () => store.accept(userId, 't', { at: T0, step: STEP }))), 1)
  })
  check(`the same sent code ${RACERS} times at once → accepted once`, async (store, userId) => {
    await enrol(store, userId, authenticator('p', { factor: 'phone', preferredMethod: 'sms' }))
    equal(winners(await race(RACERS, () => store.accept(userId, 'p', { at: T0, codeHash: 'sent' }))), 1)
  })
  check('different steps at once → the latest stands', async (store, userId) => {
    await enrol(store, userId, authenticator('t'))
    await race(RACERS, (at) => store.accept(userId, 't', { at: T0, step: STEP + at }))
    equal((await store.load(userId)).authenticators[0]?.lastStep, STEP + RACERS - 1)
  })
}

/** Checks that a recovery code works once, and only while its set stands. */
export function checkClaim(check: Check): void {
  check('an unused code → true once, then false', async (store, userId) => {
    await replaceCodes(store, userId, ['h1', 'h2'])
    equal(await store.claimRecoveryCode(userId, ['h1'], T0), true)
    equal(await store.claimRecoveryCode(userId, ['h1'], T0), false)
    deepEqual((await store.load(userId)).recoveryCodes, { remaining: 1, total: 2 })
  })
  check('the hash of an older key among others → true', async (store, userId) => {
    await replaceCodes(store, userId, ['h1'])
    equal(await store.claimRecoveryCode(userId, ['under-the-newest-key', 'h1'], T0), true)
  })
  check('any other hash, or none → false', async (store, userId) => {
    await replaceCodes(store, userId, ['h1'])
    for (const hashes of [['h2'], [''], ['%'], ['h1\0'], [], ['{h1}']]) {
      equal(await store.claimRecoveryCode(userId, hashes, T0), false)
    }
    equal((await store.load(userId)).recoveryCodes.remaining, 1)
  })
  check('a user without codes → false', async (store, userId) => {
    equal(await store.claimRecoveryCode(userId, ['h1'], T0), false)
  })
  check('a code of a set that was replaced, used or not → false', async (store, userId) => {
    await replaceCodes(store, userId, ['h1', 'h2'])
    await store.claimRecoveryCode(userId, ['h1'], T0)
    await replaceCodes(store, userId, ['h3'])
    equal(await store.claimRecoveryCode(userId, ['h1'], T0), false)
    equal(await store.claimRecoveryCode(userId, ['h2'], T0), false)
    deepEqual((await store.load(userId)).recoveryCodes, { remaining: 1, total: 1 })
  })
  check(`one code ${RACERS} times at once → claimed once`, async (store, userId) => {
    await replaceCodes(store, userId, ['h1', 'h2'])
    equal(winners(await race(RACERS, () => store.claimRecoveryCode(userId, ['h1'], T0))), 1)
    equal((await store.load(userId)).recoveryCodes.remaining, 1)
  })
  check('a new set racing claims of the old → the new set is whole and unused', async (store, userId) => {
    const old = Array.from({ length: 10 }, (_, at) => `old${at}`)
    await replaceCodes(store, userId, old)
    const version = await versionOf(store, userId)
    const [replaced] = await Promise.all([
      store.change(userId, version, { recoveryCodes: ['n1', 'n2'] }),
      ...old.map((hash) => store.claimRecoveryCode(userId, [hash], T0)),
    ])
    equal(replaced, true)
    deepEqual((await store.load(userId)).recoveryCodes, { remaining: 2, total: 2 })
    equal(winners(await race(old.length, (at) => store.claimRecoveryCode(userId, [`old${at}`], T0))), 0)
  })
}

/** Checks that no failure is lost. */
export function checkCountFailure(check: Check): void {
  check('each failure → one more, and a right code starts anew', async (store, userId) => {
    await enrol(store, userId, authenticator('t'), authenticator('p'))
    deepEqual([await store.countFailure(userId, 't'), await store.countFailure(userId, 't')], [1, 2])
    equal(await store.countFailure(userId, 'p'), 1)
    await store.accept(userId, 't', { at: T0, step: STEP })
    equal(await store.countFailure(userId, 't'), 1)
  })
  check('an authenticator gone, or never there → 0', async (store, userId) => {
    equal(await store.countFailure(userId, 't'), 0)
    const version = await enrol(store, userId, authenticator('t'))
    await store.change(userId, version, { remove: 'all' })
    equal(await store.countFailure(userId, 't'), 0)
    deepEqual((await store.load(userId)).authenticators, [])
  })
  check(`${RACERS} failures at once → all counted, no number twice`, async (store, userId) => {
    await enrol(store, userId, authenticator('t'))
    const counts = await race(RACERS, () => store.countFailure(userId, 't'))
    equal(new Set(counts).size, RACERS)
    equal((await store.load(userId)).authenticators[0]?.failures, RACERS)
  })
}
