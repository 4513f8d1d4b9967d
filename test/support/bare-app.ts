import express, { type Express, type Request, type RequestHandler } from 'express'
import session from 'express-session'
import { createTwoFactor, type TwoFactor, type TwoFactorOptions } from 'express-two-factor'
import { KEY, PASSWORD } from './app'

interface BareOptions {
  sessions?: session.Store
  session?: Partial<session.SessionOptions>
  twoFactor?: Partial<TwoFactorOptions>
  /** Before `signIn()`: what an app does with its session by itself. */
  beforeSignIn?: RequestHandler
  /** What the gate lets pass by name. */
  allow?: readonly string[]
  /** Routes of the app's own that are not held. */
  aboveGate?: (app: Express, twoFactor: TwoFactor) => void
  /** Routes below the gate. */
  routes?: (app: Express, twoFactor: TwoFactor) => void
}

type BarePorts = Required<Pick<TwoFactorOptions, 'store' | 'authenticators' | 'clock'>>

/** Mounts the package without Passport, as an app does that keeps `userId` in its session by its own hand. */
export function openBareApp(ports: BarePorts, options: BareOptions = {}): { app: Express; twoFactor: TwoFactor } {
  const twoFactor = createTwoFactor({
    issuer: 'Acme',
    origin: 'http://localhost',
    keys: [KEY],
    store: ports.store,
    authenticators: ports.authenticators,
    clock: ports.clock,
    user: readUser,
    reauthenticate: (_req, { username, password }) => (password === PASSWORD ? idOf(username) : null),
    ...options.twoFactor,
  })
  const app = express()
  const base = { secret: 'test', resave: false, saveUninitialized: false }
  app.use(session({ ...base, ...options.session, ...(options.sessions ? { store: options.sessions } : {}) }))
  app.get('/visit', (req, res) => {
    Object.assign(req.session, { visited: true })
    res.json({ id: req.sessionID })
  })
  app.post('/login', express.json(), logIn, options.beforeSignIn ?? passOn, twoFactor.signIn(), (_req, res) =>
    res.json({ next: '/' }),
  )
  options.aboveGate?.(app, twoFactor)
  app.use(twoFactor.router(), twoFactor.gate(options.allow ? { allow: options.allow } : {}))
  app.get('/account', (req, res) => res.json({ twoFactor: req.twoFactor ?? null }))
  options.routes?.(app, twoFactor)
  return { app, twoFactor }
}

const passOn: RequestHandler = (_req, _res, next) => next()

const logIn: RequestHandler = (req, res, next) => {
  const { email, password } = req.body as { email: string; password: string }
  if (password !== PASSWORD) return void res.status(401).end()
  Object.assign(req.session, { userId: idOf(email) })
  next()
}

function idOf(email: string): string {
  return `user-${email.split('@')[0]}`
}

function readUser(req: Request): { id: string; label: string } | null {
  const { userId } = req.session as { userId?: string }
  return userId === undefined ? null : { id: userId, label: userId }
}
