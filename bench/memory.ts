import { redisStore } from 'express-two-factor/redis'
import type Redis from 'ioredis'
import type { Challenge, Device, Grant, Store } from '../lib/ports'
import { newName } from './base'
import type { Row } from './table'

const ITEMS = 10_000
const DEVICES_EACH = 5
const AT_ONCE = 500
const HALF_DAY_MS = 43_200_000
const MONTH_MS = 2_592_000_000

/** What a challenge, a grant and a remembered device take in Redis, by what the server uses in all. */
export async function benchMemory(redis: Redis): Promise<readonly Row[]> {
  await redis.flushall()
  const store = redisStore(redis, { timeoutMs: 20_000 })
  const userIds = Array.from({ length: ITEMS }, newName)
  const owners = userIds.map((_, at) => userIds[at % (ITEMS / DEVICES_EACH)] as string)
  const grants = await growth(redis, userIds, (userId) => issueGrant(store, userId, handleOf(userId)))
  const moreGrants = await growth(redis, userIds, (userId) => issueGrant(store, userId, newName()))
  const devices = await growth(redis, owners, (userId) => remember(store, userId))
  const challenges = await growth(redis, userIds, (userId) => putChallenge(store, userId, handleOf(userId)))
  return [
    toRow('challenge', challenges, 320),
    toRow('grant', grants, 200),
    toRow("user's second grant", moreGrants, 200),
    toRow(`device, ${DEVICES_EACH} each`, devices, 150),
  ]
}

function toRow(item: string, value: number, atMost: number): Row {
  return { work: 'memory in Redis', metric: `B a ${item}`, value, judged: 'value', atMost }
}

/** The one session that a user has at first. */
function handleOf(userId: string): string {
  return [...userId].reverse().join('')
}

async function growth(
  redis: Redis,
  userIds: readonly string[],
  add: (userId: string) => Promise<unknown>,
): Promise<number> {
  const before = await usedBytes(redis)
  for (let at = 0; at < userIds.length; at += AT_ONCE) await Promise.all(userIds.slice(at, at + AT_ONCE).map(add))
  return ((await usedBytes(redis)) - before) / userIds.length
}

async function usedBytes(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1])
}

function issueGrant(store: Store, userId: string, handle: string): Promise<unknown> {
  const now = Date.now()
  const times = { issuedAt: now, verifiedAt: now, expiresAt: now + HALF_DAY_MS }
  const grant: Grant = { assurance: 'second-factor', methods: ['sms'], hasFactor: true, ...times }
  return store.issueGrant(userId, { handle, grant, epoch: '' })
}

async function putChallenge(store: Store, userId: string, handle: string): Promise<Challenge> {
  const ids = { id: newName(), authenticatorId: newName(), codeHash: `k1_abc${newName()}` }
  const challenge: Challenge = { ...ids, purpose: 'sign-in', epoch: '', method: 'sms' }
  const send = { method: 'sms', cooldownMs: 0 } as const
  const put = { challenge, expectedId: '', mode: 'open', attempts: 5, ttlMs: 600_000, send } as const
  const { outcome } = await store.putChallenge(userId, { slot: { handle }, ...put })
  if (outcome !== 'stored') throw new Error(`a challenge was not stored: ${outcome}`)
  return challenge
}

/** Leaves the device alone behind: the challenge that it comes with needs a slot no other is in, and is consumed. */
async function remember(store: Store, userId: string): Promise<void> {
  const handle = handleOf(userId)
  const now = Date.now()
  const times = { rotatedAt: now, createdAt: now, lastUsedAt: now, expiresAt: now + MONTH_MS }
  const device: Device = { id: newName(), name: 'Firefox on Windows', tokenHash: `k1_abc${newName()}`, ...times }
  const challenge = await putChallenge(store, userId, handle)
  const outcome = await store.consumeChallenge(userId, { slot: { handle }, challenge, clear: [], device })
  if (outcome !== 'consumed') throw new Error(`a device was not remembered: ${outcome}`)
}
