/** One process of the service under the soak: forked by fleet.ts, which names the Redis, the prefix and nothing else. */
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { createTwoFactor } from 'express-two-factor'
import { redisAuthenticators, redisStore } from 'express-two-factor/redis'
import { movableClock, virtualPhone } from 'express-two-factor/testing'
import Redis from 'ioredis'
import { KEY, PASSWORD } from '../support/app'
import type { Asked, Told } from './fleet'

const [url, prefix] = process.argv.slice(2) as [string, string]
const clock = movableClock()
const phone = virtualPhone()
const newest = new Map<string, string>()
phone.on('message', ({ to, code }) => newest.set(to, code))

const redis = new Redis(url)
const options = { prefix, clock }
const twoFactor = createTwoFactor({
  issuer: 'Acme',
  origin: 'http://localhost',
  keys: [KEY],
  store: redisStore(redis, options),
  authenticators: redisAuthenticators(redis, options),
  channels: phone.channels,
  countries: ['FR'],
  clock,
  user: ({ session: { userId } }) => (userId === undefined ? null : { id: userId, label: userId }),
  reauthenticate: () => null,
  // One person is sent more codes here than anybody is in a month.
  sendBudgets: [{ points: 1000, windowMs: 60_000 }],
})

declare module 'express-session' {
  interface SessionData {
    userId?: string
  }
}

const app = express()
const store = new RedisStore({ client: redis, prefix: `${prefix}sess:`, ttl: 120 })
app.use(session({ secret: 'soak', resave: false, saveUninitialized: false, store }))
/** What the owner of the phone reads there. */
app.get('/phone/:to', (req, res) => void res.json({ code: newest.get(req.params.to) ?? '' }))
app.post(
  '/login',
  express.json(),
  (req, res, next) => {
    const { email, password } = req.body as { email: string; password: string }
    if (password !== PASSWORD) return void res.status(401).end()
    req.session.userId = `user-${email.split('@')[0]}`
    next()
  },
  twoFactor.signIn(),
  (_req, res) => void res.json({ next: '/' }),
)
app.use(twoFactor.router(), twoFactor.gate())

function tell(told: Told): void {
  process.send?.(told)
}

process.on('message', ({ advanceMs }: Asked) => {
  clock.advance(advanceMs)
  newest.clear()
  if (advanceMs === 0) global.gc?.()
  tell({ rssBytes: process.memoryUsage().rss })
})
process.on('disconnect', () => process.exit(0))

// Idle between two waves, a connection must not end just as the next request is sent on it.
const KEEP_ALIVE_MS = 600_000
const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number }
  tell({ port })
})
server.keepAliveTimeout = KEEP_ALIVE_MS
