import { createTwoFactor } from 'express-two-factor'
import { memoryAuthenticators, memoryStore } from 'express-two-factor/memory'
import { type Query, sqlAuthenticators } from 'express-two-factor/sql'
import { vonageSms, vonageVoice } from 'express-two-factor/vonage'
import type { Redis } from 'ioredis'
import type TestAgent from 'supertest/lib/agent'
import { KEY, PASSWORD } from '../../support/app'
import { dumpError } from './dumps'
import type { House } from './house'

const EVERYWHERE = [
  'GET /two-factor',
  'GET /two-factor/challenge',
  'POST /two-factor/challenge',
  'POST /two-factor/challenge/verify',
  'POST /login',
  'GET /account',
] as const

/** A database that can break down; then it rejects as `pg` does, with all that it was asked. */
export function breakableQuery(ask: Query): { query: Query; breakDown(): void; mend(): void } {
  let isDown = false
  return {
    query: async (text, params) => {
      if (!isDown) return ask(text, params)
      throw Object.assign(new Error(`terminating connection: ${text} ${params}`), { code: '57P01', text, params })
    },
    breakDown: () => {
      isDown = true
    },
    mend: () => {
      isDown = false
    },
  }
}

/** Every request once more, while a store is down, or holds what it should not. */
export async function breakDown(house: House, agent: TestAgent): Promise<void> {
  const { redis, prefix, database } = house.backing
  if (database) {
    database.breakDown()
    await askEverywhere(house, agent)
    database.mend()
  }
  if (!redis) return
  await spoil(redis, prefix)
  await askEverywhere(house, agent)
  redis.disconnect()
  await askEverywhere(house, agent)
  await redis.connect()
}

/** Values of the wrong type: Redis refuses each command, and ioredis's error carries its arguments. */
async function spoil(redis: Redis, prefix: string): Promise<void> {
  for (const key of await redis.keys(`${prefix}*:grants`)) await redis.set(key, 'spoilt')
}

async function askEverywhere(house: House, agent: TestAgent): Promise<void> {
  const body = { email: 'ada@example.com', password: PASSWORD, code: '123456', method: 'totp' }
  for (const route of EVERYWHERE) {
    for (const form of ['json', 'page'] as const)
      await house.send(agent, route, route.startsWith('POST') ? body : undefined, form)
  }
  const { admin, devices, enrolment, invalidate } = house.twoFactor
  const calls = [() => admin.status('user-ada'), () => devices.list('user-ada'), () => enrolment.list('user-ada')]
  for (const call of [...calls, () => invalidate('user-ada')]) await hear(house, call)
}

/** Mistakes of the app's developers, each with a secret where it does not belong. */
export async function mistake(house: House): Promise<void> {
  const base = {
    issuer: 'Acme',
    origin: 'http://localhost',
    keys: [KEY],
    store: memoryStore(),
    authenticators: memoryAuthenticators(),
    reauthenticate: () => null,
  }
  const vonage = { applicationId: 'app-1', privateKey: house.privateKey, from: 'Acme' }
  const cut = house.privateKey.split('\n').slice(0, -4).join('\n')
  const mistakes: readonly (() => unknown)[] = [
    () => createTwoFactor({ ...base, keys: [KEY, KEY] }),
    () => createTwoFactor({ ...base, keys: [`AAAA${KEY}`] }),
    () => createTwoFactor({ ...base, keys: KEY as never }),
    () => createTwoFactor({ ...base, policy: { requirement: KEY as never } }),
    () => createTwoFactor({ ...base, origin: `http://ada:${encodeURIComponent(PASSWORD)}@localhost` }),
    () => createTwoFactor({ ...base, issuer: { name: KEY } as never }),
    () => vonageSms({ ...vonage, privateKey: cut }),
    () => vonageSms({ ...vonage, privateKey: cut.replaceAll('-----', '') }),
    () => vonageVoice({ ...vonage, apiHost: `https://ada:${encodeURIComponent(PASSWORD)}@vonage.example` }),
    () => sqlAuthenticators(async () => undefined as never).load('user-ada'),
    () => house.twoFactor.admin.reset('user-ada', { actor: '', reason: KEY }),
    () => house.twoFactor.challenge({} as never),
    () => house.twoFactor.verify({ session: {} } as never, { code: '123456' }),
  ]
  for (const each of mistakes) await hear(house, async () => each())
}

async function hear({ errors }: House, call: () => Promise<unknown>): Promise<void> {
  try {
    await call()
  } catch (error) {
    errors.push(dumpError(error))
  }
}
