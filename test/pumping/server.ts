/** One process of the service under attack: forked by fleet.ts, which names the Redis, Vonage's place and the options. */
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { createTwoFactor } from 'express-two-factor'
import { redisAuthenticators, redisStore } from 'express-two-factor/redis'
import { movableClock } from 'express-two-factor/testing'
import { vonageSms, vonageVoice } from 'express-two-factor/vonage'
import Redis from 'ioredis'
import { KEY, PASSWORD } from '../support/app'
import type { Asked, Orders, Told } from './fleet'

const { redisUrl, prefix, vonage, sending } = JSON.parse(process.argv[2] as string) as Orders
/** The load, the stand-in and the service share two cores: a slow answer is not what is tried. */
const PATIENCE_MS = 30_000

const clock = movableClock()
const redis = new Redis(redisUrl)
const options = { prefix, clock, timeoutMs: PATIENCE_MS }
const account = { ...vonage, from: 'Acme', timeoutMs: PATIENCE_MS }
const twoFactor = createTwoFactor({
  issuer: 'Acme',
  origin: 'http://localhost',
  keys: [KEY],
  store: redisStore(redis, options),
  authenticators: redisAuthenticators(redis, options),
  channels: [vonageSms(account), vonageVoice(account)],
  clock,
  user: ({ session: { userId } }) => (userId === undefined ? null : { id: userId, label: userId }),
  reauthenticate: (_req, { username, password }) => (password === PASSWORD ? idOf(username) : null),
  sendTimeoutMs: PATIENCE_MS,
  ...sending,
})

declare module 'express-session' {
  interface SessionData {
    userId?: string
  }
}

const app = express()
app.set('trust proxy', 'loopback')
const store = new RedisStore({ client: redis, prefix: `${prefix}sess:`, ttl: 3600 })
app.use(session({ secret: 'pumping', resave: false, saveUninitialized: false, store }))
app.post(
  '/login',
  express.json(),
  (req, res, next) => {
    const { email, password } = req.body as { email: string; password: string }
    if (password !== PASSWORD) return void res.status(401).end()
    req.session.userId = idOf(email)
    next()
  },
  twoFactor.signIn(),
  (_req, res) => void res.json({ next: '/' }),
)
app.use(twoFactor.router(), twoFactor.gate())

function idOf(email: string): string {
  return `user-${email.split('@')[0]}`
}

function tell(told: Told): void {
  process.send?.(told)
}

twoFactor.on('sends.stopped', (stopped) => tell({ stopped }))
process.on('message', async (asked: Asked) => {
  if ('advanceMs' in asked) {
    clock.advance(asked.advanceMs)
    return tell({ advancedMs: asked.advanceMs })
  }
  tell({ report: await twoFactor.sending.report(new Date(asked.reportSince)) })
})
process.on('disconnect', () => process.exit(0))

// Idle between two minutes, a connection must not end just as the next request is sent on it.
const KEEP_ALIVE_MS = 600_000
const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number }
  tell({ port })
})
server.keepAliveTimeout = KEEP_ALIVE_MS
