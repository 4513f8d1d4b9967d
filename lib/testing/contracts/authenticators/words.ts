import { deepEqual, equal } from 'node:assert/strict'
import { authenticator, type Check, enrol, NOTHING, RACERS, race, T0, versionOf } from './records'

/** Checks names and preferred methods. */
export function checkDescribe(check: Check): void {
  check('label and preferred method → both, or the one given', async (store, userId) => {
    const phone = authenticator('p', { factor: 'phone', preferredMethod: 'sms', failures: 2 })
    await enrol(store, userId, phone)
    equal(await store.describe(userId, 'p', { label: 'Work' }), true)
    equal(await store.describe(userId, 'p', { preferredMethod: 'voice' }), true)
    deepEqual((await store.load(userId)).authenticators, [{ ...phone, label: 'Work', preferredMethod: 'voice' }])
    equal(await store.describe(userId, 'p', { label: '', preferredMethod: 'sms' }), true)
    deepEqual((await store.load(userId)).authenticators, [{ ...phone, label: '' }])
  })
  check('no words → true and nothing changes', async (store, userId) => {
    await enrol(store, userId, authenticator('t'))
    equal(await store.describe(userId, 't', {}), true)
    deepEqual((await store.load(userId)).authenticators, [authenticator('t')])
  })
  check('no such authenticator → false, none appears', async (store, userId) => {
    equal(await store.describe(userId, 't', { label: 'Work' }), false)
    deepEqual(await store.load(userId), NOTHING)
  })
}

/** Checks that an extension is kept, beside everything else. */
export function checkExtendGrace(check: Check): void {
  check('extended twice → the newest date stands, and nothing else has changed', async (store, userId) => {
    await store.markPrompted(userId, T0)
    await store.extendGrace(userId, T0 + 10)
    await store.extendGrace(userId, T0 + 5)
    deepEqual(await store.load(userId), { ...NOTHING, firstPromptAt: T0, graceUntil: T0 + 5 })
  })
  check('extended before anything, then enrolled and all removed → the date stands', async (store, userId) => {
    await store.extendGrace(userId, T0 + 5)
    equal(await store.change(userId, 0, { add: authenticator('t'), recoveryCodes: ['h1'] }), true)
    equal(await store.change(userId, await versionOf(store, userId), { remove: 'all', recoveryCodes: [] }), true)
    equal((await store.load(userId)).graceUntil, T0 + 5)
  })
}

/** Checks that the first prompt is noted once and for good. */
export function checkMarkPrompted(check: Check): void {
  check('prompted twice → the first date stands', async (store, userId) => {
    equal(await store.markPrompted(userId, T0), T0)
    equal(await store.markPrompted(userId, T0 + 5), T0)
    equal(await store.markPrompted(userId, T0 - 5), T0)
    deepEqual(await store.load(userId), { ...NOTHING, firstPromptAt: T0 })
  })
  check('prompted, enrolled, all removed, enrolled again → the date stands', async (store, userId) => {
    await store.markPrompted(userId, T0)
    equal(await store.change(userId, 0, { add: authenticator('t'), recoveryCodes: ['h1'] }), true)
    const version = await versionOf(store, userId)
    equal(await store.change(userId, version, { remove: 'all', recoveryCodes: [] }), true)
    equal(await store.markPrompted(userId, T0 + 9), T0)
    await enrol(store, userId, authenticator('p'))
    equal((await store.load(userId)).firstPromptAt, T0)
  })
  check('enrolled before any prompt → prompted → the date is noted', async (store, userId) => {
    await enrol(store, userId, authenticator('t'))
    equal(await store.markPrompted(userId, T0), T0)
    equal((await store.load(userId)).firstPromptAt, T0)
  })
  check(`prompted ${RACERS} times at once → all are told one date`, async (store, userId) => {
    const dates = await race(RACERS, (at) => store.markPrompted(userId, T0 + at))
    equal(new Set(dates).size, 1)
    equal((await store.load(userId)).firstPromptAt, dates[0])
  })
}
