import Redis from 'ioredis'
import { redisAuthenticators, redisStore } from '../../../lib/adapters/redis'
import { userKeys } from '../../../lib/adapters/redis/keys'
import { movableClock } from '../../../lib/testing/clock'
import { BRAKE, DAY_MS, deviceOf, grantOf, MINUTE_MS, newHash, newId, openChallenge } from './sign-in'

const PREFIX = `lifetime-${newId()}:`
const redis = new Redis(process.env.TEST_REDIS_URL ?? '')
const clock = movableClock()
const store = redisStore(redis, { prefix: PREFIX, clock })

beforeAll(() => redis.ping())
afterAll(() => redis.disconnect())

/** A new grant for a second. */
function brief() {
  return { handle: newId(), grant: grantOf({ expiresAt: clock.now() + 1000 }), expectedEpoch: '' }
}

/** Every key of the prefix, and how long it still has. */
async function ttlsOf(prefix: string): Promise<Record<string, number>> {
  const keys = await redis.keys(`${prefix}*`)
  const ttls = await Promise.all(keys.map((key) => redis.pttl(key)))
  return Object.fromEntries(keys.map((key, at) => [key.slice(prefix.length), ttls[at] ?? 0]))
}

describe('what is kept in Redis', () => {
  it('has an end, whatever was done, but for what users enrolled', async () => {
    const userId = newId()
    const { handle, challenge } = await openChallenge(store, userId)
    await store.takeAttempt(userId, { handle }, [BRAKE])
    await store.countAttempt(newId(), { ...BRAKE, subject: 'password' })
    await store.noteDelivery(userId, { handle }, challenge, { status: 'delivered' })
    await store.refundAttempt(userId, { handle }, [BRAKE])
    await store.takeAttempt(userId, { handle }, [BRAKE])
    const other = await openChallenge(store, userId)
    const device = deviceOf()
    await store.consumeChallenge(userId, { slot: other, challenge: other.challenge, clear: [], device })
    await store.spend([{ budget: 'sms:user', subject: newHash(), points: 5, windowMs: DAY_MS }])
    await redisAuthenticators(redis, { prefix: PREFIX }).markPrompted(userId, clock.now())

    const ttls = await ttlsOf(PREFIX)
    const endless = Object.keys(ttls).filter((key) => !((ttls[key] ?? 0) > 0))
    expect(endless).toEqual([expect.stringMatching(/:authenticators$/)])
    const names = Object.keys(ttls).map((key) => key.replace(/^\{.*\}:/, '').split(':')[0])
    expect(names.sort()).toEqual(['authenticators', 'budget', 'challenge', 'devices', 'grants', 'tallies', 'tallies'])
  })

  it.each([
    ['a revocation', (id: string) => store.revoke(id, { epoch: newId(), devices: 'keep' })],
    ['a revocation that issues', (id: string) => store.revoke(id, { epoch: newId(), devices: 'keep', issue: brief() })],
    ['a grant', (id: string) => store.issueGrant(id, { ...brief(), epoch: '' })],
  ])('keeps the epoch for an hour at least after %s, however short the grants', async (_name, act) => {
    const userId = newId()
    await act(userId)
    expect(await redis.pttl(userKeys(PREFIX, userId).grants)).toBeGreaterThan(60 * MINUTE_MS)
  })

  it('keeps a grant as long as it lasts, whichever way it was issued', async () => {
    const grant = grantOf({ expiresAt: clock.now() + 5 * DAY_MS })
    const userIds = [newId(), newId(), newId()] as const
    await store.revoke(userIds[0], {
      epoch: newId(),
      devices: 'keep',
      issue: { handle: 'h', grant, expectedEpoch: '' },
    })
    const before = grantOf()
    await store.issueGrant(userIds[1], { handle: 'h', grant: before, epoch: '' })
    await store.replaceGrant(userIds[1], 'h', before, grant)
    const slot = await openChallenge(store, userIds[2])
    const issue = { handle: 'h', grant }
    await store.consumeChallenge(userIds[2], { slot, challenge: slot.challenge, issue, clear: [] })
    for (const userId of userIds) {
      expect(await redis.pttl(userKeys(PREFIX, userId).grants)).toBeGreaterThan(4.9 * DAY_MS)
    }
  })

  it('keeps the grants as long as the longest of them', async () => {
    const userId = newId()
    const issue = (days: number) => {
      const grant = grantOf({ expiresAt: clock.now() + days * DAY_MS })
      return store.issueGrant(userId, { handle: newId(), grant, epoch: '' })
    }
    await issue(5)
    await issue(2)
    expect(await redis.pttl(userKeys(PREFIX, userId).grants)).toBeGreaterThan(4.9 * DAY_MS)
  })

  it('keeps a challenge for one lifetime more than it can be answered, whatever happens to it', async () => {
    const userId = newId()
    const { handle, challenge } = await openChallenge(store, userId)
    await store.takeAttempt(userId, { handle }, [])
    await store.refundAttempt(userId, { handle }, [])
    await store.noteDelivery(userId, { handle }, challenge, { status: 'delivered' })
    const ttlMs = await redis.pttl(userKeys(PREFIX, userId).slotOf({ handle }))
    expect(Math.abs(ttlMs - 20 * MINUTE_MS)).toBeLessThan(2000)
  })

  it('sweeps expired grants once a user has more than sixteen', async () => {
    const userId = newId()
    const issue = (handle: string) =>
      store.issueGrant(userId, { handle, grant: grantOf({ expiresAt: clock.now() + MINUTE_MS }), epoch: '' })
    for (let at = 0; at < 30; at += 1) await issue(`old-${at}`)
    clock.advance(MINUTE_MS + 1)
    await issue('new')
    expect(await redis.hkeys(userKeys(PREFIX, userId).grants)).toEqual(['new'])
  })

  it('sweeps expired devices when another is remembered', async () => {
    const userId = newId()
    for (const expiresAt of [clock.now() + MINUTE_MS, clock.now() + 5 * DAY_MS, clock.now() + DAY_MS]) {
      const slot = await openChallenge(store, userId)
      const device = deviceOf({ createdAt: clock.now(), rotatedAt: clock.now(), expiresAt })
      await store.consumeChallenge(userId, { slot, challenge: slot.challenge, clear: [], device })
      clock.advance(2 * MINUTE_MS)
    }
    expect(await redis.hlen(userKeys(PREFIX, userId).devices)).toBe(2)
    expect(await redis.pttl(userKeys(PREFIX, userId).devices)).toBeGreaterThan(4.9 * DAY_MS)
  })
})
