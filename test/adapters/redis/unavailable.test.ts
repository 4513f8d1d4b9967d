import Redis from 'ioredis'
import { redisAuthenticators, redisStore } from '../../../lib/adapters/redis'
import type { AuthenticatorStore, Store } from '../../../lib/ports'
import { freePort, type RedisServer, startRedis } from '../../support/redis-server'
import { BRAKE, challengeOf, deviceOf, grantOf, newHash, newId, openChallenge, putOf } from './sign-in'

const DEADLINE_MS = 60
const SECRET = newHash()

interface Both {
  store: Store
  authenticators: AuthenticatorStore
}

const grant = grantOf({ actionKey: SECRET })
const challenge = challengeOf({ codeHash: SECRET })
const slot = { handle: 'h' }
const charges = [{ budget: 'sms', subject: SECRET, points: 5, windowMs: 60_000 }]
const recognise = { id: 'd', hashes: [SECRET], nextHash: SECRET, overlapMs: 1 }

/** Each call of both ports that asks the server. */
const CALLS: Record<string, (both: Both) => Promise<unknown>> = {
  readGrant: ({ store }) => store.readGrant('u', 'h'),
  readSession: ({ store }) => store.readSession('u', slot),
  issueGrant: ({ store }) => store.issueGrant('u', { handle: 'h', grant, epoch: '' }),
  replaceGrant: ({ store }) => store.replaceGrant('u', 'h', grant, grant),
  endSession: ({ store }) => store.endSession('u', 'h'),
  revoke: ({ store }) => store.revoke('u', { epoch: SECRET, devices: 'end' }),
  putChallenge: ({ store }) => store.putChallenge('u', putOf('h', challenge)),
  takeAttempt: ({ store }) => store.takeAttempt('u', slot, [BRAKE]),
  refundAttempt: ({ store }) => store.refundAttempt('u', slot, [BRAKE]),
  consumeChallenge: ({ store }) => store.consumeChallenge('u', { slot, challenge, clear: [], device: deviceOf() }),
  noteDelivery: ({ store }) => store.noteDelivery('u', slot, challenge, { status: 'sent' }),
  countAttempt: ({ store }) => store.countAttempt('u', BRAKE),
  'clearTallies, all': ({ store }) => store.clearTallies('u'),
  'clearTallies, some': ({ store }) => store.clearTallies('u', ['user']),
  recogniseDevice: ({ store }) => store.recogniseDevice('u', recognise),
  listDevices: ({ store }) => store.listDevices('u'),
  forgetDevice: ({ store }) => store.forgetDevice('u', 'd'),
  forgetDevices: ({ store }) => store.forgetDevices('u'),
  spend: ({ store }) => store.spend(charges),
  noteMessage: ({ store }) =>
    store.noteMessage('m', { userId: 'u', slot, challengeId: 'c', method: 'sms', codeHash: SECRET, country: 'FR' }),
  findMessage: ({ store }) => store.findMessage('m'),
  markReceipt: ({ store }) => store.markReceipt('m', 'delivered'),
  load: ({ authenticators }) => authenticators.load('u'),
  change: ({ authenticators }) => authenticators.change('u', 0, { recoveryCodes: [SECRET] }),
  accept: ({ authenticators }) => authenticators.accept('u', 'a', { at: 1, step: 1, sealed: SECRET }),
  claimRecoveryCode: ({ authenticators }) => authenticators.claimRecoveryCode('u', [SECRET], 1),
  countFailure: ({ authenticators }) => authenticators.countFailure('u', 'a'),
  describe: ({ authenticators }) => authenticators.describe('u', 'a', { label: SECRET }),
  markPrompted: ({ authenticators }) => authenticators.markPrompted('u', 1),
}

function open(redis: Redis, timeoutMs = DEADLINE_MS): Both {
  return { store: redisStore(redis, { timeoutMs }), authenticators: redisAuthenticators(redis, { timeoutMs }) }
}

/** Runs a call that must fail in time, and gives its detail. */
async function failureOf(call: Promise<unknown>): Promise<string> {
  const startedAt = performance.now()
  const error = await call.then(
    () => new Error('the call succeeded'),
    (reason) => reason,
  )
  expect(error).toMatchObject({ name: 'TwoFactorError', code: 'ERR_TFA_STORE_UNAVAILABLE', status: 503 })
  expect(performance.now() - startedAt).toBeLessThan(DEADLINE_MS + 500)
  expect(`${JSON.stringify(error)}${error.stack}`).not.toContain(SECRET)
  expect(error.cause).toBeUndefined()
  return error.fields.detail
}

describe('a server that is down', () => {
  let redis: Redis
  beforeAll(async () => {
    redis = new Redis({ port: await freePort(), retryStrategy: () => 50 })
    redis.on('error', () => {})
  })
  afterAll(() => redis.disconnect())

  it.each(Object.keys(CALLS))(
    'fails %s within the deadline, and its error holds none of what was sent',
    async (name) => {
      await failureOf(CALLS[name]?.(open(redis)) ?? Promise.resolve())
    },
  )

  it('is told at once by a client that does not queue, without the address it could not reach', async () => {
    const eager = new Redis({ port: 1, enableOfflineQueue: false })
    eager.on('error', () => {})
    expect(await failureOf(open(eager).store.readGrant('u', 'h'))).toBe('Redis could not be reached')
    eager.disconnect()
  })
})

describe('a server that stands still', () => {
  let server: RedisServer
  let redis: Redis
  beforeAll(async () => {
    server = await startRedis()
    redis = new Redis(server.url)
    await redis.ping()
    await redisStore(redis).countAttempt('u', { ...BRAKE, subject: 'warm' })
  })
  beforeEach(() => void server.process.kill('SIGSTOP'))
  afterEach(() => void server.process.kill('SIGCONT'))
  afterAll(async () => {
    redis?.disconnect()
    await server?.stop()
  })

  it.each(Object.keys(CALLS))('fails %s within the deadline', async (name) => {
    const detail = await failureOf(CALLS[name]?.(open(redis)) ?? Promise.resolve())
    expect(detail).toBe(`Redis did not answer within ${DEADLINE_MS} ms`)
  })

  it('fails refund, of what it was charged before, within the deadline', async () => {
    server.process.kill('SIGCONT')
    const { store } = open(redis)
    expect(await store.spend(charges)).toEqual({ outcome: 'allowed' })
    server.process.kill('SIGSTOP')
    expect(await failureOf(store.refund(charges))).toBe(`Redis did not answer within ${DEADLINE_MS} ms`)
  })

  it('was asked once: when it goes on, the attempt that timed out is counted one time', async () => {
    const brake = { ...BRAKE, subject: 'once' }
    await failureOf(open(redis).store.countAttempt('u', brake))
    server.process.kill('SIGCONT')
    const { tallies } = await open(redis, 5000).store.readSession('u', slot)
    expect(tallies.once?.failures).toBe(1)
  })

  it('is given no script that nobody waits for any more', async () => {
    server.process.kill('SIGCONT')
    await redis.script('FLUSH')
    server.process.kill('SIGSTOP')
    const brake = { ...BRAKE, subject: 'late' }
    await failureOf(open(redis).store.countAttempt('u', brake))
    server.process.kill('SIGCONT')
    const { tallies } = await open(redis, 5000).store.readSession('u', slot)
    expect(tallies.late).toBeUndefined()
  })
})

describe('a server that refuses', () => {
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

  it('for want of memory fails what writes, and still ends sessions', async () => {
    const { store } = open(redis)
    const userId = newId()
    const { handle } = await openChallenge(store, userId)
    await store.endSession(newId(), newId())
    await redis.config('SET', 'maxmemory', '1')
    expect(await failureOf(store.takeAttempt(userId, { handle }, [BRAKE]))).toBe('Redis answered OOM')
    expect(await failureOf(store.spend(charges))).toBe('Redis answered OOM')
    expect(await store.readGrant(userId, handle)).not.toBeNull()
    await store.endSession(userId, handle)
    expect(await store.readGrant(userId, handle)).toBeNull()
    await redis.config('SET', 'maxmemory', '0')
  })

  it('because it is a replica fails what writes', async () => {
    const { store } = open(redis)
    await redis.replicaof('127.0.0.1', server.port === 1 ? 2 : 1)
    expect(await failureOf(store.issueGrant('u', { handle: 'h', grant, epoch: '' }))).toBe('Redis answered READONLY')
    await redis.replicaof('NO', 'ONE')
  })
})
