import { memoryStore } from '../../../lib/adapters/memory'
import type { Brake, Challenge, Store } from '../../../lib/ports'
import { movableClock } from '../../../lib/testing/clock'

const SLOT = { handle: 'h' }
const HOUR_MS = 3_600_000

function brakeOf(words: Partial<Brake>): Brake {
  return { subject: 'user', lockFrom: 2, firstLockMs: 60_000, longestLockMs: HOUR_MS, ...words }
}

async function openChallenge(store: Store): Promise<void> {
  const now = Date.now()
  const grant = {
    assurance: 'password',
    methods: [],
    issuedAt: now,
    expiresAt: now + HOUR_MS,
    hasFactor: true,
  } as const
  await store.issueGrant('user', { handle: 'h', grant, epoch: '' })
  const challenge: Challenge = { id: 'c', purpose: 'sign-in', epoch: '', method: 'totp', authenticatorId: 'a' }
  await store.putChallenge('user', { slot: SLOT, challenge, expectedId: '', mode: 'open', attempts: 3, ttlMs: HOUR_MS })
}

describe('tallies in memory', () => {
  it('the second failure locks → it is taken back → one failure, and no lock', async () => {
    const store = memoryStore()
    await openChallenge(store)
    await store.takeAttempt('user', SLOT, [brakeOf({})])
    await store.takeAttempt('user', SLOT, [brakeOf({})])
    expect((await store.takeAttempt('user', SLOT, [brakeOf({})])).outcome).toBe('locked')
    await store.refundAttempt('user', SLOT, [brakeOf({})])
    const { tallies } = await store.readSession('user', SLOT)
    expect(tallies).toEqual({ user: { failures: 1, lockedUntil: 0 } })
    expect((await store.takeAttempt('user', SLOT, [brakeOf({})])).outcome).toBe('taken')
  })

  it('more refunds than attempts → never more attempts than the challenge was opened with', async () => {
    const store = memoryStore()
    await openChallenge(store)
    await store.takeAttempt('user', SLOT, [])
    for (let refund = 0; refund < 4; refund += 1) await store.refundAttempt('user', SLOT, [])
    expect((await store.readSession('user', SLOT)).challenge?.attemptsLeft).toBe(3)
  })

  it('a count without a challenge reaches its cap → locked, however long one waits', async () => {
    const clock = movableClock()
    const store = memoryStore({ clock })
    const brake = brakeOf({ subject: 'password', lockFrom: 9, cap: 2 })
    expect(await store.countAttempt('user', brake)).toEqual({ lockedMs: 0 })
    expect(await store.countAttempt('user', brake)).toEqual({ lockedMs: 0 })
    clock.advance(48 * HOUR_MS)
    expect(await store.countAttempt('user', brake)).toEqual({ lockedMs: HOUR_MS })
  })

  it('a thousand failures without a cap → the lock is the longest, not endless and not none', async () => {
    const clock = movableClock()
    const store = memoryStore({ clock })
    for (let failure = 0; failure < 1100; failure += 1) {
      await store.countAttempt('user', brakeOf({}))
      clock.advance(HOUR_MS)
    }
    await store.countAttempt('user', brakeOf({}))
    expect((await store.countAttempt('user', brakeOf({}))).lockedMs).toBeGreaterThan(HOUR_MS - 2000)
  })
})
