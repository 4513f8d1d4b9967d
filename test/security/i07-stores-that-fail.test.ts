/**
 * I7. The attacker takes the store down, or waits until it is: a service that lets pass whom it cannot check is open then,
 * one that waits for ever is down with it, and one that sends before it has written down can be made to send without end.
 * Hurt by it: whoever answers an error of the counter with "not limited"; ioredis by itself waits some eleven seconds.
 * What must happen: 503 within a deadline of its own, wherever the store is needed; nothing is evaluated, nobody gets in,
 * no message leaves without a challenge that is stored; and what was asked meanwhile is not run twice later.
 */
import { memoryAuthenticators } from 'express-two-factor/memory'
import { redisAuthenticators, redisStore } from 'express-two-factor/redis'
import { movableClock } from 'express-two-factor/testing'
import Redis from 'ioredis'
import request, { type Response } from 'supertest'
import { createTestApp } from '../support/app'
import { codeFor, enrolPhone, enrolTotp, reauthenticate, signIn } from '../support/journeys'
import { type RedisServer, startRedis } from '../support/redis-server'
import { holdSession, verify, wrongCodes } from '../support/security'

const DEADLINE_MS = 200
/** A few calls that wait for their end one after the other, on a machine that is busy; the client alone waits for ever. */
const LATEST_MS = 2000

let server: RedisServer
let redis: Redis

beforeEach(async () => {
  server = await startRedis()
  // Without `commandTimeout`: the deadline that holds here is the library's own.
  redis = new Redis(server.url, { maxRetriesPerRequest: 1, enableOfflineQueue: false })
  redis.on('error', () => {})
  await new Promise((resolve) => redis.once('ready', resolve))
})

afterEach(async () => {
  server.process.kill('SIGCONT')
  redis.disconnect()
  await server.stop()
})

type Kept = 'the challenges' | 'the factors'

/** A service whose one store is the Redis that is going to fail; the other one is in memory, and does not. */
function openOn(kept: Kept) {
  const clock = movableClock()
  const options = { clock, timeoutMs: DEADLINE_MS }
  const ports =
    kept === 'the challenges'
      ? { store: redisStore(redis, options), authenticators: memoryAuthenticators() }
      : { authenticators: redisAuthenticators(redis, options) }
  return { ...createTestApp({ clock, ...ports }), clock, store: ports.store }
}

/** What happens to the store, and whether it still answers what reads. */
const FAILURES: readonly [name: string, fail: () => Promise<unknown>, left: 'nothing' | 'reads'][] = [
  ['down', () => server.stop(), 'nothing'],
  ['stalled', async () => server.process.kill('SIGSTOP'), 'nothing'],
  ['read-only', () => redis.replicaof('127.0.0.1', '1'), 'reads'],
  ['out of memory', () => redis.config('SET', 'maxmemory', '1mb'), 'reads'],
]

const UNAVAILABLE = [503, 'ERR_TFA_STORE_UNAVAILABLE']

async function timed(asked: request.Test): Promise<Response> {
  const start = Date.now()
  const answer = await asked
  expect(Date.now() - start).toBeLessThan(LATEST_MS)
  return answer
}

async function expectUnavailable(asked: request.Test): Promise<void> {
  const { status, body } = await timed(asked)
  expect([status, body.code]).toEqual(UNAVAILABLE)
}

describe.each(['the challenges', 'the factors'] as const)('the store of %s', (kept) => {
  it.each(FAILURES)('%s: right codes are answered 503 in time, and nobody gets in', async (_name, fail) => {
    const service = openOn(kept)
    const { setupKey, recoveryCodes } = await enrolTotp(service, 'ada')
    await enrolPhone(service, 'bob')
    const [ada, bob] = [await holdSession(service, 'ada'), await holdSession(service, 'bob')]
    service.clock.advance(30_000)
    await fail()
    await expectUnavailable(verify(ada, codeFor(service, setupKey)))
    await expectUnavailable(verify(ada, recoveryCodes[0]))
    await expectUnavailable(verify(bob, service.phone.codeFor()))
    for (const held of [ada, bob]) expect([401, 503]).toContain((await timed(held.get('/account'))).status)
    const late = request.agent(service.app)
    expect([200, 503]).toContain((await timed(signIn(late, 'ada'))).status)
    expect([401, 503]).toContain((await timed(late.get('/account'))).status)
  })

  // The factors are only read for a send: where they still are, it is the challenges that count.
  const silencing = FAILURES.filter(([, , left]) => left === 'nothing' || kept === 'the challenges')

  it.each(silencing)('%s: no message leaves that is not written down before', async (_name, fail) => {
    const service = openOn(kept)
    await enrolPhone(service, 'bob')
    const [bob, late] = [await holdSession(service, 'bob'), request.agent(service.app)]
    const { agent: ada } = await enrolTotp(service, 'ada')
    await reauthenticate(ada, 'ada').expect(200)
    const messages = service.phone.messages.length
    service.clock.advance(60_000)
    await fail()
    await expectUnavailable(bob.post('/two-factor/challenge').send({ method: 'voice' }))
    await expectUnavailable(bob.post('/two-factor/challenge/resend'))
    await expectUnavailable(signIn(late, 'bob'))
    const phone = { factor: 'phone', country: 'FR', phone: '0698765432', method: 'sms' }
    await expectUnavailable(ada.post('/two-factor/authenticators').send(phone))
    expect(service.phone.messages).toHaveLength(messages)
  })
})

describe('a store that stood still', () => {
  it('has run what was asked meanwhile once at most, and lets the right code in when it goes on', async () => {
    const service = openOn('the challenges')
    const { setupKey } = await enrolTotp(service, 'ada')
    const ada = await holdSession(service)
    service.clock.advance(30_000)
    server.process.kill('SIGSTOP')
    await expectUnavailable(verify(ada, wrongCodes(service, setupKey, 1)[0]))
    server.process.kill('SIGCONT')
    await redis.ping()
    expect((await ada.get('/two-factor/challenge').expect(200)).body.attemptsLeft).toBe(4)
    await verify(ada, codeFor(service, setupKey)).expect(200)
  })
})
