import type { TwoFactorOptions } from 'express-two-factor'
import { redisAuthenticators, redisStore } from 'express-two-factor/redis'
import { movableClock } from 'express-two-factor/testing'
import { Redis } from 'ioredis'
import request from 'supertest'
import { createTestApp } from '../support/app'
import { enrolPhone, reauthenticate, signIn } from '../support/journeys'
import { codesIn, namesIn, tableOf } from './markdown'

const PREFIX = 'docs-redis:'
const TABLE = tableOf('docs/redis.md', 'Key', 'Type', 'What', 'Lifetime')
const redis = new Redis(process.env.TEST_REDIS_URL ?? '')

afterAll(() => redis.disconnect())

/** A life with everything in it: a phone, a remembered device, a pending challenge and enrolment, a wrong code. */
async function live(): Promise<void> {
  const clock = movableClock()
  const adapter = { clock, prefix: PREFIX }
  const wide = (['address', 'country', 'all'] as const).map((per) => ({ per, points: 100, windowMs: 60_000 }))
  const options: Partial<TwoFactorOptions> = {
    sendBudgets: [{ points: 5, windowMs: 600_000 }, ...wide],
    ...{ clock, store: redisStore(redis, adapter), authenticators: redisAuthenticators(redis, adapter) },
  }
  const service = createTestApp(options)
  const { agent } = await enrolPhone(service, 'ada')
  await reauthenticate(agent, 'ada').expect(200)
  await agent.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
  const ada = request.agent(service.app)
  const verify = (code: string | undefined) => ada.post('/two-factor/challenge/verify').send({ code, remember: true })
  await signIn(ada, 'ada')
  await verify(service.phone.codeFor()).expect(200)
  await signIn(request.agent(service.app), 'ada')
  await agent.post('/two-factor/reauthenticate').send({ username: 'ada@example.com', password: 'wrong' }).expect(401)
  const message = {
    userId: 'user-ada',
    slot: { handle: 'h' },
    challengeId: 'c',
    method: 'sms',
    codeHash: 'h',
    country: 'FR',
  } as const
  await options.store?.noteMessage('m-1', message)
  await options.store?.markReceipt('m-1', 'delivered')
}

/** A key as the page writes it: what differs from user to user is in braces or in capitals. */
function describeKey(key: string): string {
  return key
    .replace(PREFIX, 'tfa:')
    .replace(/\{[\w-]{21}\}/, '{…}')
    .replace(/(challenge|successor):[\w-]{22}$/, '$1:HANDLE')
    .replace(/enrolment:[\w-]{22}:[\w-]{22}$/, 'enrolment:HANDLE:ID')
    .replace(/^tfa:message:m-1$/, 'tfa:message:ID')
    .replace(/^tfa:receipt:m-1:delivered$/, 'tfa:receipt:ID:STATUS')
    .replace(/^tfa:sends:\{FR:(?:sms|voice)\}:\d+$/, 'tfa:sends:{COUNTRY:METHOD}:DAY')
    .replace(/^tfa:confirmed:[\w-]+$/, 'tfa:confirmed:HASH')
    .replace(/^tfa:budget:(?:sms|voice):(\w+):\d+:.+$/, 'tfa:budget:METHOD:$1:WINDOW:HASH')
}

it('docs/redis.md has every key that a full life leaves in Redis, with its type, and no other', async () => {
  await live()
  const keys = await redis.keys(`${PREFIX}*`)
  const seen = new Map<string, { type: string; isLasting: boolean }>()
  for (const key of keys) {
    seen.set(describeKey(key), { type: await redis.type(key), isLasting: (await redis.pttl(key)) === -1 })
  }
  expect([...seen.keys()].sort()).toEqual([...namesIn(TABLE)].sort())
  for (const [name, type, , lifetime] of TABLE.rows) {
    expect([name, seen.get(codesIn(name)[0] as string)]).toEqual([name, { type, isLasting: lifetime === 'none' }])
  }
})
