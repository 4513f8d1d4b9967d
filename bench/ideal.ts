/**
 * What a careful expert would write by hand for one app and no other: the same promises to its users (one-time codes
 * kept as keyed hashes, attempts counted before they are judged, steps claimed once, secrets sealed, budgets of sends,
 * a new session id), with nothing configurable and every decision of Redis' in one script of one trip.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import express, { type NextFunction, type Request, type Response } from 'express'
import type Redis from 'ioredis'
import { createBaseApp, newName, newPhone, type Prepared, prepareMany, type Subject, writeSession } from './base'

const [SEALING, HASHING] = [randomBytes(32), randomBytes(32)]

/** KEYS: challenge, user. ARGV: hash of the code, or the step that matched (empty: none). */
const VERIFY = `
local left, hash = unpack(redis.call('HMGET', KEYS[1], 'left', 'hash'))
if not left then return 'none' end
if tonumber(left) < 1 then return 'exhausted' end
local failures, step = unpack(redis.call('HMGET', KEYS[2], 'failures', 'step'))
if tonumber(failures or 0) >= 20 then return 'locked' end
local isRight = hash == ARGV[1]
if not hash then isRight = ARGV[1] ~= '' and tonumber(ARGV[1]) > tonumber(step or -1) end
if not isRight then
  redis.call('HINCRBY', KEYS[1], 'left', -1)
  redis.call('HINCRBY', KEYS[2], 'failures', 1)
  return 'wrong'
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[2], 'failures', 0, 'step', hash and (step or -1) or ARGV[1])
return 'right'`

/** KEYS: challenge, user. ARGV: hash of the code, window and most sends of two budgets. */
const OPEN = `
for at = 2, 4, 2 do
  local key = KEYS[2] .. ':sends:' .. at
  local sends = redis.call('INCR', key)
  if sends == 1 then redis.call('PEXPIRE', key, ARGV[at]) end
  if sends > tonumber(ARGV[at + 1]) then return 'budget' end
end
redis.call('HSET', KEYS[1], 'left', 5, 'hash', ARGV[1])
redis.call('PEXPIRE', KEYS[1], 600000)
return 'opened'`

interface Account {
  id: string
  /** A TOTP secret or a phone number, sealed. */
  sealed: Buffer
}

type Kind = 'totp' | 'sms'

/** Makes the hand-written app. `carry` takes no time: what is measured is everything around it. */
export async function createIdeal(redis: Redis, kind: Kind): Promise<Subject> {
  const accounts = new Map<string, Account>()
  const [verifySha, openSha] = await Promise.all(
    [VERIFY, OPEN].map((text) => redis.script('LOAD', text) as Promise<string>),
  )
  const app = createBaseApp(redis)
  const parse = express.json({ limit: '16kb' })
  const reads = (handle: (req: Request, res: Response) => Promise<void>) =>
    [parse, (req: Request, res: Response, next: NextFunction) => handle(req, res).catch(next)] as const
  app.post('/verify', ...reads((req, res) => verify(redis, verifySha as string, accounts, kind, req, res)))
  app.post('/login', ...reads((req, res) => signIn(redis, openSha as string, accounts, req, res)))
  return { app, redis, prepare: (count) => prepareMany(count, () => prepareOne(redis, accounts, kind)) }
}

async function verify(
  redis: Redis,
  sha: string,
  accounts: ReadonlyMap<string, Account>,
  kind: Kind,
  req: Request,
  res: Response,
): Promise<void> {
  const { userId = '' } = req.session
  const account = accounts.get(userId)
  const { code } = req.body as { code: unknown }
  if (!account || typeof code !== 'string' || !/^[0-9]{6}$/.test(code)) return void res.status(400).end()
  const proof = kind === 'totp' ? matchStep(open(account), code) : hashOf(userId, code)
  const outcome = await redis.evalsha(sha, 2, `challenge:{${userId}}`, `user:{${userId}}`, proof)
  if (outcome !== 'right') return void res.status(401).json({ outcome })
  await regenerate(req, userId)
  Object.assign(req.session, { verifiedAt: Date.now() })
  res.setHeader('Cache-Control', 'no-store')
  res.json({ outcome })
}

async function signIn(
  redis: Redis,
  sha: string,
  accounts: ReadonlyMap<string, Account>,
  req: Request,
  res: Response,
): Promise<void> {
  const { userId } = req.body as { userId: string }
  const account = accounts.get(userId)
  if (!account) return void res.status(401).end()
  const code = String(randomInt(1_000_000)).padStart(6, '0')
  const to = open(account).toString()
  const keys = [`challenge:{${userId}}`, `user:{${userId}}`]
  const outcome = await redis.evalsha(sha, 2, ...keys, hashOf(userId, code), 600_000, 5, 86_400_000, 20)
  if (outcome === 'opened') await carry(to, `${code} is your code.`)
  await regenerate(req, userId)
  res.setHeader('Cache-Control', 'no-store')
  res.json({ next: '/challenge' })
}

async function carry(_to: string, _text: string): Promise<void> {}

/** A session that the browser has not heard of yet needs no new id. */
async function regenerate(req: Request, userId: string): Promise<void> {
  if (req.headers.cookie !== undefined) {
    await new Promise<void>((resolve, reject) => {
      req.session.regenerate((error) => (error ? reject(error) : resolve()))
    })
  }
  req.session.userId = userId
}

function seal({ id }: Pick<Account, 'id'>, secret: Buffer): Buffer {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', SEALING, iv).setAAD(Buffer.from(id))
  return Buffer.concat([iv, cipher.update(secret), cipher.final(), cipher.getAuthTag()])
}

function open({ id, sealed }: Account): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', SEALING, sealed.subarray(0, 12)).setAAD(Buffer.from(id))
  decipher.setAuthTag(sealed.subarray(-16))
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()])
}

function hashOf(userId: string, code: string): string {
  return createHmac('sha256', HASHING).update(`${userId} ${code}`).digest('base64url').slice(0, 22)
}

/** @returns the matching step of three, all of them computed; empty for none */
function matchStep(secret: Buffer, code: string): string {
  const typed = Buffer.from(code)
  const now = Math.floor(Date.now() / 30_000)
  let matched = ''
  for (const step of [now - 1, now, now + 1]) if (timingSafeEqual(typed, hotp(secret, step))) matched = String(step)
  return matched
}

function hotp(secret: Buffer, step: number): Buffer {
  const counter = Buffer.alloc(8)
  counter.writeUInt32BE(step, 4)
  const digest = createHmac('sha1', secret).update(counter).digest()
  const number = digest.readUInt32BE((digest[19] as number) & 15) & 0x7fffffff
  return Buffer.from(String(number % 1_000_000).padStart(6, '0'))
}

async function prepareOne(redis: Redis, accounts: Map<string, Account>, kind: Kind): Promise<Prepared> {
  const userId = newName()
  const secret = kind === 'totp' ? randomBytes(20) : Buffer.from(newPhone())
  accounts.set(userId, { id: userId, sealed: seal({ id: userId }, secret) })
  const code = '012345'
  const fields = kind === 'totp' ? { left: 5 } : { left: 5, hash: hashOf(userId, code) }
  const [cookie] = await Promise.all([
    writeSession(redis, { userId }),
    redis.hset(`challenge:{${userId}}`, fields),
    redis.pexpire(`challenge:{${userId}}`, 600_000),
  ])
  if (kind === 'totp') return { userId, cookie, totpSecret: secret.toString('hex') }
  return { userId, cookie, body: JSON.stringify({ code }) }
}
