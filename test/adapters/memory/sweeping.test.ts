import { memoryStore } from '../../../lib/adapters/memory'
import { Users } from '../../../lib/adapters/memory/users'
import type { Challenge, Grant, Tally } from '../../../lib/ports'
import { movableClock } from '../../../lib/testing/clock'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const grantUntil = (expiresAt: number): Grant => ({
  assurance: 'password',
  methods: [],
  issuedAt: 0,
  expiresAt,
  hasFactor: false,
})

describe('what the in-process store forgets', () => {
  it('ten thousand users come and their grants end → the next writes leave only the users of now', () => {
    const users = new Users()
    for (let at = 0; at < 10_000; at += 1) users.open(`user-${at}`, 0).grants.set('h', grantUntil(HOUR_MS))
    for (let at = 0; at < 10_000; at += 1)
      users.open(`later-${at % 100}`, 2 * HOUR_MS).grants.set('h', grantUntil(9e15))
    expect(users.size).toBe(100)
  })

  it('an endless stream of users with short grants → the table stays within twice those alive', () => {
    const users = new Users()
    for (let at = 0; at < 20_000; at += 1) users.open(`user-${at}`, at).grants.set('h', grantUntil(at + 500))
    expect(users.size).toBeLessThanOrEqual(1000)
  })

  it('a user with a live device beside an expired grant → swept of the grant alone', () => {
    const users = new Users()
    const record = users.open('user', 0)
    record.grants.set('h', grantUntil(HOUR_MS))
    record.devices.set('d', { ...deviceUntil(DAY_MS) })
    for (let at = 0; at < 10; at += 1) users.open('other', 2 * HOUR_MS)
    expect(users.find('user')?.grants.size).toBe(0)
    expect(users.find('user')?.devices.size).toBe(1)
  })

  it('all grants revoked → the epoch outlives every request and challenge of before, then goes too', async () => {
    const clock = movableClock()
    const store = memoryStore({ clock })
    await store.revoke('user', { epoch: 'second', devices: 'end' })
    clock.advance(DAY_MS - 1000)
    await touchOthers(store)
    const stale = { handle: 'h', grant: grantUntil(clock.now() + HOUR_MS), epoch: '' }
    expect(await store.issueGrant('user', stale)).toBe('stale')
    clock.advance(2000)
    await touchOthers(store)
    expect((await store.readSession('user', { handle: 'h' })).epoch).toBe('')
  })

  it('a challenge expired → told so for one more lifetime, then none', async () => {
    const clock = movableClock()
    const store = memoryStore({ clock })
    await store.issueGrant('user', { handle: 'h', grant: grantUntil(clock.now() + DAY_MS), epoch: '' })
    await openChallenge(store, 10 * 60_000)
    const outcomes: string[] = []
    for (let minutes = 0; minutes < 21; minutes += 7) {
      clock.advance(7 * 60_000 + 1)
      outcomes.push((await store.takeAttempt('user', { handle: 'h' }, [])).outcome)
    }
    expect(outcomes).toEqual(['taken', 'expired', 'none'])
  })

  it('failures apart by weeks → in a row all the same; a month after the last → forgotten', async () => {
    const clock = movableClock()
    const store = memoryStore({ clock })
    const brake = { subject: 'user', lockFrom: 100, firstLockMs: 1000, longestLockMs: 1000 }
    const readTallies = async (): Promise<Readonly<Record<string, Tally>>> =>
      (await store.readSession('user', { handle: 'h' })).tallies
    await store.countAttempt('user', brake)
    clock.advance(29 * DAY_MS)
    await store.countAttempt('user', brake)
    clock.advance(29 * DAY_MS)
    expect(await readTallies()).toEqual({ user: { failures: 2, lockedUntil: 0 } })
    clock.advance(2 * DAY_MS)
    await touchOthers(store)
    expect(await readTallies()).toEqual({})
  })

  it('a store in use → no timer of its own keeps the process alive', async () => {
    const countTimers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = countTimers()
    const store = memoryStore()
    await store.spend([{ budget: 'sms', subject: 's', points: 1, windowMs: HOUR_MS }])
    await store.issueGrant('user', { handle: 'h', grant: grantUntil(Date.now() + HOUR_MS), epoch: '' })
    expect(countTimers()).toBe(before)
  })
})

type Store = ReturnType<typeof memoryStore>

async function touchOthers(store: Store): Promise<void> {
  for (let at = 0; at < 10; at += 1) await store.forgetDevices('other')
}

async function openChallenge(store: Store, ttlMs: number): Promise<void> {
  const challenge: Challenge = { id: 'c', purpose: 'sign-in', epoch: '', method: 'totp', authenticatorId: 'a' }
  await store.putChallenge('user', {
    slot: { handle: 'h' },
    challenge,
    expectedId: '',
    mode: 'open',
    attempts: 5,
    ttlMs,
  })
}

function deviceUntil(expiresAt: number) {
  return { id: 'd', name: 'Firefox', tokenHash: 't', rotatedAt: 0, createdAt: 0, lastUsedAt: 0, expiresAt }
}
