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

async function ttlsOf(prefix: string): Promise<Record<string, number>> {
  const keys = await redis.keys(`${prefix}*`)
  const ttls = await Promise.all(keys.map((key) => redis.pttl(key)))
  return Object.fromEntries(keys.map((key, at) => [key.replace(/^.*\}:|^.*?:/, ''), ttls[at] ?? 0]))
}

describe('what is kept in Redis', () => {
  it('has an end, whatever was done, but for what users enrolled', async () => {
    const userId = newId()
    const { handle, challenge } = await openChallenge(store, userId)
    await store.takeAttempt(userId, { handle }, [BRAKE])
    await store.countAttempt(userId, { ...BRAKE, subject: 'password' })
    await store.noteDelivery(userId, { handle }, challenge, { status: 'delivered' })
    await store.refundAttempt(userId, { handle }, [BRAKE])
    const other = await openChallenge(store, userId)
    const device = deviceOf()
    await store.consumeChallenge(userId, { slot: other, challenge: other.challenge, clear: [], device })
    await store.spend([{ budget: 'sms:user', subject: newHash(), points: 5, windowMs: DAY_MS }])
    await redisAuthenticators(redis, { prefix: PREFIX }).markPrompted(userId, clock.now())

    const { authenticators, ...rest } = await ttlsOf(PREFIX)
    expect(authenticators).toBe(-1)
    expect(Object.keys(rest)).toHaveLength(5)
    expect(Object.values(rest).filter((ttlMs) => ttlMs <= 0)).toEqual([])
  })

  it('keeps the epoch for an hour at least, even with no grant left', async () => {
    const userId = newId()
    await store.revoke(userId, { epoch: newId(), devices: 'keep' })
    await store.issueGrant(userId, { handle: newId(), grant: grantOf({ expiresAt: clock.now() + 1000 }), epoch: '' })
    expect(await redis.pttl(userKeys(PREFIX, userId).grants)).toBeGreaterThan(60 * MINUTE_MS)
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

  it('keeps a challenge for one lifetime more than it can be answered', async () => {
    const userId = newId()
    const { handle } = await openChallenge(store, userId)
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
    for (const expiresAt of [clock.now() + MINUTE_MS, clock.now() + DAY_MS]) {
      const slot = await openChallenge(store, userId)
      const device = deviceOf({ createdAt: clock.now(), rotatedAt: clock.now(), expiresAt })
      await store.consumeChallenge(userId, { slot, challenge: slot.challenge, clear: [], device })
      clock.advance(2 * MINUTE_MS)
    }
    expect(await redis.hlen(userKeys(PREFIX, userId).devices)).toBe(1)
  })
})
