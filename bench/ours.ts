import { randomBytes } from 'node:crypto'
import express from 'express'
import { createTwoFactor, type TwoFactor } from 'express-two-factor'
import { memoryAuthenticators } from 'express-two-factor/memory'
import { redisAuthenticators, redisStore } from 'express-two-factor/redis'
import type Redis from 'ioredis'
import { encodeBase32 } from '../lib/core/base32'
import { codeParts } from '../lib/core/put-challenge'
import { phoneSecret } from '../lib/core/sealed'
import { createKeyRing, type KeyRing } from '../lib/core/secrets'
import type { Authenticator, AuthenticatorStore, Challenge, Channel, Grant, Store } from '../lib/ports'
import { createBaseApp, newName, newPhone, type Prepared, prepareMany, type Subject, writeSession } from './base'

const KEY = randomBytes(32)
const TEN_MINUTES_MS = 600_000
const HALF_DAY_MS = 43_200_000

/** What one server under test is made of. */
interface Parts {
  redis: Redis
  keys: KeyRing
  store: Store
  authenticators: AuthenticatorStore
  twoFactor: TwoFactor
}

/** What a session has before the requests that are measured. */
export type Scene = 'totp' | 'sms' | 'verified' | 'opted-out'

/** Makes the app with the package mounted as its documentation says. */
export function createOurs(redis: Redis, durable: 'redis' | 'memory', scene: Scene): Subject {
  const store = redisStore(redis)
  const authenticators = durable === 'redis' ? redisAuthenticators(redis) : memoryAuthenticators()
  const twoFactor = mount(store, authenticators)
  const parts = { redis, keys: createKeyRing([KEY], randomBytes), store, authenticators, twoFactor }
  const app = createBaseApp(redis)
  app.post(
    '/login',
    express.json(),
    (req, _res, next) => {
      req.session.userId = (req.body as { userId: string }).userId
      next()
    },
    twoFactor.signIn(),
    (_req, res) => void res.json({ next: '/' }),
  )
  app.use(twoFactor.router(), twoFactor.gate())
  app.get('/account', (_req, res) => void res.json({ account: 'yours' }))
  return { app, redis, prepare: (count) => prepareMany(count, () => prepareOne(parts, scene)) }
}

function mount(store: Store, authenticators: AuthenticatorStore): TwoFactor {
  return createTwoFactor({
    issuer: 'Acme',
    origin: 'https://acme.example',
    keys: [KEY.toString('base64')],
    store,
    authenticators,
    channels: [instantSms],
    countries: ['FR'],
    user: ({ session: { userId } }) => (userId === undefined ? null : { id: userId, label: 'ada@example.com' }),
    reauthenticate: () => null,
    allowVolatileStore: true,
  })
}

/** Takes no time: what is measured is everything around it. */
const instantSms: Channel = { method: 'sms', send: async () => ({ status: 'sent', messageId: '1' }) }

async function prepareOne(parts: Parts, scene: Scene): Promise<Prepared> {
  const [userId, handle] = [newName(), newName()]
  const secret = randomBytes(20)
  const authenticator = composeAuthenticator(parts, userId, scene, secret)
  if (scene !== 'opted-out') await parts.authenticators.change(userId, 0, { add: authenticator })
  await parts.store.issueGrant(userId, { handle, grant: grantOf(scene), epoch: '' })
  const cookie = await writeSession(parts.redis, { userId, twoFactor: { handle, userId } })
  if (scene === 'verified' || scene === 'opted-out') return { userId, cookie }
  const code = '012345'
  await putChallenge(parts, userId, handle, scene, authenticator, code)
  if (scene === 'totp') return { userId, cookie, totpSecret: secret.toString('hex') }
  return { userId, cookie, body: JSON.stringify({ code }) }
}

function composeAuthenticator({ keys }: Parts, userId: string, scene: Scene, secret: Buffer): Authenticator {
  const id = newName()
  const factor = scene === 'sms' ? 'phone' : 'totp'
  const plain =
    scene === 'sms'
      ? phoneSecret({ e164: newPhone(), callingCode: '33', country: 'FR', methods: ['sms', 'voice'] })
      : encodeBase32(secret)
  const sealed = keys.seal(plain, ['authenticator', userId, id])
  const preferredMethod = scene === 'sms' ? 'sms' : 'totp'
  return { id, factor, label: 'Phone', sealed, preferredMethod, createdAt: Date.now(), lastStep: -1, failures: 0 }
}

function grantOf(scene: Scene): Grant {
  const now = Date.now()
  const base = { issuedAt: now, expiresAt: now + HALF_DAY_MS, hasFactor: scene !== 'opted-out' }
  if (scene === 'verified') return { ...base, assurance: 'second-factor', methods: ['totp'], verifiedAt: now }
  return { ...base, assurance: 'password', methods: [] }
}

async function putChallenge(
  { keys, store }: Parts,
  userId: string,
  handle: string,
  method: 'totp' | 'sms',
  authenticator: Authenticator,
  code: string,
): Promise<void> {
  const id = newName()
  const challenge: Challenge = {
    id,
    purpose: 'sign-in',
    epoch: '',
    method,
    authenticatorId: authenticator.id,
    ...(method === 'sms' ? { codeHash: keys.hash(codeParts(id, code)) } : {}),
  }
  const place = {
    slot: { handle },
    challenge,
    expectedId: '',
    mode: 'open',
    attempts: 5,
    ttlMs: TEN_MINUTES_MS,
  } as const
  await store.putChallenge(userId, method === 'sms' ? { ...place, send: { method, cooldownMs: 30_000 } } : place)
}
