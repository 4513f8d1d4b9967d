import type { Server } from 'node:http'
import express, { type Express } from 'express'
import session from 'express-session'
import { createTwoFactor, type TwoFactor, type TwoFactorOptions, type User } from 'express-two-factor'
import { memoryAuthenticators, memoryStore } from 'express-two-factor/memory'
import { movableClock, type VirtualPhone, virtualPhone } from 'express-two-factor/testing'
import passport from 'passport'
import { Strategy as LocalStrategy } from 'passport-local'

export const PASSWORD = 'correct horse battery staple'
export const KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7 + 3)).toString('base64')

export interface TestUser extends User {
  isGone?: boolean
}

/** A small app as its developers would write it, with everything the tests need to reach. */
export interface TestApp {
  app: Express
  twoFactor: TwoFactor
  clock: ReturnType<typeof movableClock>
  phone: VirtualPhone
  users: Map<string, TestUser>
  sessions: session.MemoryStore
  server?: Server
}

/** Mounts the package in a Passport app with users `ada` and `bob`, whose password is {@link PASSWORD}. */
export function createTestApp(
  overrides: Partial<TwoFactorOptions> = {},
  sessions: session.MemoryStore = new session.MemoryStore(),
): TestApp {
  const clock = movableClock()
  const phone = virtualPhone()
  const users = new Map<string, TestUser>(
    ['ada', 'bob'].map((name) => [name, { id: `user-${name}`, label: `${name}@example.com` }]),
  )
  const twoFactor = createTwoFactor({
    issuer: 'Acme',
    origin: 'http://localhost',
    keys: [KEY],
    store: memoryStore({ clock }),
    authenticators: memoryAuthenticators(),
    channels: phone.channels,
    countries: ['FR'],
    reauthenticate: (_req, { username, password }) =>
      password === PASSWORD ? (findUser(users, username)?.id ?? null) : null,
    clock,
    ...overrides,
  })
  return { app: mountApp(twoFactor, users, sessions), twoFactor, clock, phone, users, sessions }
}

function findUser(users: Map<string, TestUser>, label: string): TestUser | undefined {
  return [...users.values()].find((user) => user.label === label && !user.isGone)
}

function mountApp(twoFactor: TwoFactor, users: Map<string, TestUser>, store: session.MemoryStore): Express {
  const app = express()
  const auth = new passport.Passport()
  auth.use(
    new LocalStrategy({ usernameField: 'email' }, (email, password, done) => {
      const user = findUser(users, email)
      done(null, user && password === PASSWORD ? (user as Express.User) : false)
    }),
  )
  auth.serializeUser((user, done) => done(null, (user as TestUser).id))
  auth.deserializeUser((id, done) => {
    const user = [...users.values()].find((candidate) => candidate.id === id && !candidate.isGone)
    done(null, (user as Express.User | undefined) ?? false)
  })
  app.use(session({ secret: 'test', resave: false, saveUninitialized: false, store }))
  app.use(auth.session())
  app.post('/login', express.json(), auth.authenticate('local'), twoFactor.signIn(), (_req, res) =>
    res.json({ next: '/' }),
  )
  app.use(twoFactor.router(), twoFactor.gate())
  app.get('/account', (req, res) => res.json({ user: req.user ?? null, twoFactor: req.twoFactor }))
  app.post('/payout', express.json(), twoFactor.stepUp({ maxAgeMs: 60_000, action: payoutAction }), (_req, res) =>
    res.json({ paid: true }),
  )
  app.post('/email', twoFactor.stepUp({ maxAgeMs: 60_000 }), (_req, res) => res.json({ changed: true }))
  return app
}

function payoutAction(req: express.Request): { key: string; text: string } {
  const { amount, to } = req.body as { amount: number; to: string }
  return { key: `payout ${amount} ${to}`, text: `Pay out ${amount} EUR to ${to}` }
}
