import { createHmac, randomBytes } from 'node:crypto'
import { RedisStore } from 'connect-redis'
import express, { type Express } from 'express'
import session from 'express-session'
import Redis from 'ioredis'

declare module 'express-session' {
  interface SessionData {
    userId?: string
  }
}

const SECRET = 'bench'

/** One request to come, made ready beforehand. */
export interface Prepared {
  userId: string
  cookie: string
  /** The body; of a TOTP answer the secret, for its code depends on when it is sent. */
  body?: string
  totpSecret?: string
}

/** A server under test. */
export interface Subject {
  app: Express
  redis: Redis
  /** Makes what the next requests need: users, sessions, secrets, pending challenges. */
  prepare(count: number): Promise<readonly Prepared[]>
}

/** The client that every server under test has, with the deadlines that the documentation asks for. */
export async function connectRedis(port: number): Promise<Redis> {
  const redis = new Redis({ port, commandTimeout: 1000, maxRetriesPerRequest: 1, enableOfflineQueue: false })
  await new Promise((resolve) => redis.once('ready', resolve))
  return redis
}

/** The app before anything of a second factor: Express 5, express-session, connect-redis. */
export function createBaseApp(client: Redis): Express {
  const app = express()
  app.disable('x-powered-by')
  const store = new RedisStore({ client, prefix: 'sess:' })
  app.use(session({ secret: SECRET, resave: false, saveUninitialized: false, store }))
  return app
}

/** Writes a session as express-session does. @returns the browser's cookie */
export async function writeSession(redis: Redis, data: object): Promise<string> {
  const id = randomBytes(24).toString('base64url')
  const cookie = { originalMaxAge: null, expires: null, httpOnly: true, path: '/' }
  await redis.set(`sess:${id}`, JSON.stringify({ cookie, ...data }), 'EX', 86_400)
  const signature = createHmac('sha256', SECRET).update(id).digest('base64').replace(/=+$/, '')
  return `connect.sid=${encodeURIComponent(`s:${id}.${signature}`)}`
}

/** Prepares many, some hundreds at a time: all at once would outlast the client's deadlines. */
export async function prepareMany(count: number, one: () => Promise<Prepared>): Promise<readonly Prepared[]> {
  const made: Prepared[] = []
  while (made.length < count) {
    const some = Math.min(200, count - made.length)
    made.push(...(await Promise.all(Array.from({ length: some }, one))))
  }
  return made
}

export function newName(): string {
  return randomBytes(16).toString('base64url')
}

export function newPhone(): string {
  return `+336${String(randomBytes(4).readUInt32BE() % 100_000_000).padStart(8, '0')}`
}
