import { memoryAuthenticators, memoryStore } from '../../../lib/adapters/memory'
import type { Authenticator, Challenge, Device, Grant, Store } from '../../../lib/ports'

const SLOT = { handle: 'h' }
const NOW = Date.now()

function grantOf(): Grant {
  return { assurance: 'password', methods: ['sms'], issuedAt: NOW, expiresAt: NOW + 3_600_000, hasFactor: false }
}

function challengeOf(): Challenge {
  const action = { key: 'k', text: 'Pay 10' }
  return { id: 'c', purpose: 'step-up', epoch: '', method: 'sms', authenticatorId: 'a', action }
}

function deviceOf(): Device {
  const times = { rotatedAt: NOW, createdAt: NOW, lastUsedAt: NOW, expiresAt: NOW + 3_600_000 }
  return { id: 'd', name: 'Firefox', tokenHash: 't', ...times }
}

/** Overwrites every part of a record, as a careless caller would. */
function spoil(record: object): void {
  for (const [name, value] of Object.entries(record)) {
    if (typeof value === 'object' && value !== null) spoil(value)
    else Reflect.set(record, name, 'spoilt')
  }
}

async function openChallenge(store: Store, challenge: Challenge): Promise<void> {
  await store.issueGrant('user', { handle: 'h', grant: grantOf(), epoch: '' })
  const send = { method: 'sms', cooldownMs: 1000 } as const
  const put = { slot: SLOT, challenge, expectedId: '', mode: 'open', attempts: 5, ttlMs: 60_000, send } as const
  const outcome = await store.putChallenge('user', put)
  spoil(outcome)
}

describe('records of the in-process adapters, handed in or out and then spoilt', () => {
  it('a grant → the store keeps its own', async () => {
    const store = memoryStore()
    const grant = grantOf()
    await store.issueGrant('user', { handle: 'h', grant, epoch: '' })
    spoil(grant)
    for (let reading = 0; reading < 2; reading += 1) {
      const read = await store.readGrant('user', 'h')
      const session = await store.readSession('user', SLOT)
      expect([read, session.grant]).toEqual([grantOf(), grantOf()])
      spoil(read ?? {})
      spoil(session.grant ?? {})
    }
  })

  it('a grant that replaces another → the store keeps its own', async () => {
    const store = memoryStore()
    await store.issueGrant('user', { handle: 'h', grant: grantOf(), epoch: '' })
    const after: Grant = { ...grantOf(), postponed: true }
    await store.replaceGrant('user', 'h', grantOf(), after)
    spoil(after)
    expect(await store.readGrant('user', 'h')).toEqual({ ...grantOf(), postponed: true })
  })

  it('a grant issued by a revocation → the store keeps its own', async () => {
    const store = memoryStore()
    const grant = grantOf()
    await store.revoke('user', { epoch: 'e', devices: 'keep', issue: { handle: 'h', grant, expectedEpoch: '' } })
    spoil(grant)
    expect(await store.readGrant('user', 'h')).toEqual(grantOf())
  })

  it('a challenge and a delivery → the store keeps its own', async () => {
    const store = memoryStore()
    const challenge = challengeOf()
    const delivery = { status: 'delivered' } as const
    await openChallenge(store, challenge)
    spoil(challenge)
    await store.noteDelivery('user', SLOT, challengeOf(), delivery)
    spoil(delivery)
    for (let reading = 0; reading < 2; reading += 1) {
      const taken = await store.takeAttempt('user', SLOT, [])
      if (taken.outcome !== 'taken') throw new Error(`expected an attempt, got ${taken.outcome}`)
      expect(taken.stored.challenge).toEqual(challengeOf())
      expect(taken.stored.delivery).toEqual({ status: 'delivered' })
      expect(taken.grant).toEqual(grantOf())
      spoil(taken)
      spoil((await store.readSession('user', SLOT)).challenge ?? {})
    }
  })

  it('a grant and a device given with a right answer → the store keeps its own', async () => {
    const store = memoryStore()
    await openChallenge(store, challengeOf())
    const issue = { handle: 'new', grant: grantOf() }
    const device = deviceOf()
    await store.consumeChallenge('user', { slot: SLOT, challenge: challengeOf(), issue, clear: [], device })
    spoil(issue.grant)
    spoil(device)
    expect(await store.readGrant('user', 'new')).toEqual(grantOf())
    for (const listed of await store.listDevices('user')) spoil(listed)
    expect(await store.listDevices('user')).toEqual([deviceOf()])
  })

  it('a tally read → the store keeps its own', async () => {
    const store = memoryStore()
    const brake = { subject: 'user', lockFrom: 9, firstLockMs: 1, longestLockMs: 1 }
    await store.countAttempt('user', brake)
    spoil((await store.readSession('user', SLOT)).tallies)
    expect((await store.readSession('user', SLOT)).tallies).toEqual({ user: { failures: 1, lockedUntil: 0 } })
  })

  it('an authenticator → the store keeps its own', async () => {
    const store = memoryAuthenticators()
    const made = (): Authenticator => ({
      id: 'a',
      factor: 'totp',
      label: 'Phone',
      sealed: 's',
      preferredMethod: 'totp',
      createdAt: NOW,
      lastStep: -1,
      failures: 0,
    })
    const add = made()
    await store.change('user', 0, { add })
    spoil(add)
    spoil(await store.load('user'))
    expect((await store.load('user')).authenticators).toEqual([made()])
  })
})
