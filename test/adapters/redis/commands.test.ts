import Redis from 'ioredis'
import { redisAuthenticators, redisStore } from '../../../lib/adapters/redis'
import { userKeys } from '../../../lib/adapters/redis/keys'
import { type RedisServer, startRedis } from '../../support/redis-server'
import { BRAKE, newId, openChallenge } from './sign-in'

let server: RedisServer
let redis: Redis

beforeAll(async () => {
  server = await startRedis()
  redis = new Redis(server.url)
  await redis.ping()
})
afterAll(async () => {
  redis?.disconnect()
  await server?.stop()
})

/** The commands that Redis ran during some work, scripts' own left out: name → how often. */
async function commandsOf(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const counted = new Map<string, number>()
  const monitor = await redis.monitor()
  monitor.on('monitor', (_time: string, [name = '']: string[], source: string) => {
    if (source !== 'lua') counted.set(name.toLowerCase(), (counted.get(name.toLowerCase()) ?? 0) + 1)
  })
  await work()
  const seen = new Promise<void>((resolve) => {
    monitor.on('monitor', (_time: string, [name]: string[]) => name?.toLowerCase() === 'echo' && resolve())
  })
  await redis.echo('the end')
  await seen
  monitor.disconnect()
  counted.delete('echo')
  return Object.fromEntries(counted)
}

describe('a call', () => {
  it('of the gate is exactly one HGET', async () => {
    const store = redisStore(redis)
    const { handle } = await openChallenge(store, '7')
    expect(await commandsOf(() => store.readGrant('7', handle))).toEqual({ hget: 1 })
  })

  it('that reads a session, counts an attempt or consumes a challenge is exactly one script', async () => {
    const store = redisStore(redis)
    const slot = await openChallenge(store, '8')
    const { challenge } = slot
    await store.takeAttempt('8', slot, [BRAKE])
    await store.consumeChallenge('8', { slot: { handle: newId() }, challenge, clear: [] })
    expect(await commandsOf(() => store.readSession('8', slot))).toEqual({ evalsha: 1 })
    expect(await commandsOf(() => store.takeAttempt('8', slot, [BRAKE]))).toEqual({ evalsha: 1 })
    expect(await commandsOf(() => store.consumeChallenge('8', { slot, challenge, clear: [] }))).toEqual({ evalsha: 1 })
  })

  it('that loads what a user enrolled is exactly one HGETALL', async () => {
    const authenticators = redisAuthenticators(redis)
    expect(await commandsOf(() => authenticators.load('7'))).toEqual({ hgetall: 1 })
  })
})

describe('a server without our scripts', () => {
  it('is given a script once, by the call that misses it, and keeps it', async () => {
    const store = redisStore(redis)
    const { handle } = await openChallenge(store, '9')
    await redis.script('FLUSH')
    expect(await commandsOf(() => store.takeAttempt('9', { handle }, [BRAKE]))).toEqual({ evalsha: 1, eval: 1 })
    expect(await commandsOf(() => store.takeAttempt('9', { handle }, [BRAKE]))).toEqual({ evalsha: 1 })
    const { challenge } = await store.readSession('9', { handle })
    expect(challenge?.attemptsLeft).toBe(3)
  })

  it('answers fifty calls at once after its scripts were flushed, each counted once', async () => {
    const store = redisStore(redis)
    await redis.script('FLUSH')
    const count = () => store.countAttempt('10', { ...BRAKE, lockFrom: 1000 })
    await Promise.all(Array.from({ length: 50 }, count))
    const { tallies } = await store.readSession('10', { handle: newId() })
    expect(tallies.user?.failures).toBe(50)
  })

  it('is not asked a second time when a script failed for another reason', async () => {
    const store = redisStore(redis)
    await redis.set(userKeys('tfa:', '11').grants, 'not a hash')
    const commands = await commandsOf(async () => {
      await expect(store.readSession('11', { handle: newId() })).rejects.toMatchObject({
        code: 'ERR_TFA_STORE_UNAVAILABLE',
      })
    })
    expect(commands).toEqual({ evalsha: 1 })
  })
})
