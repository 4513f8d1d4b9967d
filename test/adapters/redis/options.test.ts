import Redis from 'ioredis'
import { redisAuthenticators, redisStore } from '../../../lib/adapters/redis'
import type { RedisClient, RedisOptions } from '../../../lib/adapters/redis/options'

const redis = new Redis({ lazyConnect: true })

const MISTAKES: readonly [string, object][] = [
  ['prefix', { prefix: '' }],
  ['prefix', { prefix: 'app{1}:' }],
  ['prefix', { prefix: 'two words' }],
  ['prefix', { prefix: 7 }],
  ['timeoutMs', { timeoutMs: 0 }],
  ['timeoutMs', { timeoutMs: '2000' }],
  ['timeoutMs', { timeoutMs: Number.NaN }],
  ['timeoutMs', { timeoutMs: 60_001 }],
  ['clock', { clock: Date }],
  ['clock', { clock: null }],
  ['clock', { clock: { now: Date.now } }],
  ['keyPrefix', { keyPrefix: 'app:' }],
  ['__proto__', JSON.parse('{ "__proto__": 1 }')],
]

describe.each([
  ['redisStore', redisStore],
  ['redisAuthenticators', redisAuthenticators],
])('%s', (_name, create: (client: RedisClient, options?: RedisOptions) => unknown) => {
  it.each(MISTAKES)('refuses a bad %s and says how to mend it: %j', (name, options) => {
    const detail = expect.stringMatching(new RegExp(`^option \`${name}\`: (must be|is unknown)`))
    expect(() => create(redis, options)).toThrow(
      expect.objectContaining({ code: 'ERR_TFA_CONFIG', fields: { detail } }),
    )
  })

  it.each([undefined, null, 'redis://127.0.0.1', {}])('refuses %j for a client', (client) => {
    const fields = { detail: expect.stringContaining('option `redis`') }
    expect(() => create(client as unknown as Redis)).toThrow(
      expect.objectContaining({ code: 'ERR_TFA_CONFIG', fields }),
    )
  })

  it('is content with a client alone, and with options that are undefined', () => {
    expect(create(redis)).toMatchObject({ isVolatile: false })
    expect(create(redis, { prefix: undefined, clock: undefined } as unknown as RedisOptions)).toBeDefined()
  })
})
