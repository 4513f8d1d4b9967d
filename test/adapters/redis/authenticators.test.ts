import Redis from 'ioredis'
import { redisAuthenticators } from '../../../lib/adapters/redis'
import type { Authenticator } from '../../../lib/ports'
import { newId } from './sign-in'

const redis = new Redis(process.env.TEST_REDIS_URL ?? '')
const authenticators = redisAuthenticators(redis, { prefix: `authenticators-${newId()}:` })
afterAll(() => redis.disconnect())

const words = { factor: 'totp', label: 'Phone', sealed: 'sealed', preferredMethod: 'totp' } as const
const app: Authenticator = { id: 'a', ...words, createdAt: 5, lastStep: -1, failures: 0 }

describe('authenticators in Redis', () => {
  it('say when they were last used, also after a wrong code', async () => {
    const userId = newId()
    await authenticators.change(userId, 0, { add: app })
    await authenticators.accept(userId, 'a', { at: 7, step: 3 })
    await authenticators.countFailure(userId, 'a')
    const enrolled = await authenticators.load(userId)
    expect(enrolled.authenticators).toEqual([{ ...app, lastUsedAt: 7, lastStep: 3, failures: 1 }])
  })

  it('keep apart what an id that looks like a field of another holds', async () => {
    const userId = newId()
    await authenticators.change(userId, 0, { add: app })
    await authenticators.change(userId, 1, { add: { ...app, id: 'uses:a', label: 'Other', createdAt: 6 } })
    await authenticators.change(userId, 2, { remove: 'a' })
    const enrolled = await authenticators.load(userId)
    expect(enrolled.authenticators).toEqual([{ ...app, id: 'uses:a', label: 'Other', createdAt: 6 }])
  })
})
