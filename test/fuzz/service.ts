import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import session from 'express-session'
import { createTwoFactor, type PolicyContext, type Requirement, TwoFactorStrategy } from 'express-two-factor'
import { virtualPhone } from 'express-two-factor/testing'
import passport from 'passport'
import { Strategy as LocalStrategy } from 'passport-local'
import { KEY, PASSWORD } from '../support/app'
import type { Ports } from '../support/backends'
import type { Chance } from './chance'

/** Where the router is. */
export const MOUNT = '/two-factor'
/** The service's own. */
export const ORIGIN = 'http://fuzz.example'
/** Signs the session cookies; in no answer ever. */
export const SESSION_SECRET = 'planted-session-secret'

/** Whom the policy asks for a second factor, and how long they may say "not now". */
export type Duty = 'optional' | 'postponable' | 'required'

/** Somebody with an account. */
export interface Account {
  id: string
  email: string
  label: string
  /** Not `phone`, which the package would fill into its form: of what is enrolled, no answer tells more than the end. */
  mobile: string
  duty: Duty
}

/** The service under fuzz, and all that a session of it is brought into a state with. */
export interface FuzzService extends Pick<Ports, 'clock'> {
  app: Express
  accounts: Map<string, Account>
  phone: ReturnType<typeof virtualPhone>
  twoFactor: ReturnType<typeof createTwoFactor>
  /** What came to the app's error handler and was no fault of the request. */
  faults: string[]
  afterEnrolment: 'continue' | 'sign-out'
}

/** What everything below the gate answers, so that a way past the gate shows wherever it leads. */
export function secretOf({ id }: Pick<Account, 'id'>): string {
  return `below-the-gate-of-${id}`
}

/** Mounts the package as an app does, with routes of the app's own before, at and below the gate. */
export function createFuzzService(ports: Ports, chance: Chance): FuzzService {
  const accounts = new Map<string, Account>()
  const phone = virtualPhone({ clock: ports.clock })
  const faults: string[] = []
  const afterEnrolment = chance.pick(['continue', 'continue', 'sign-out'] as const)
  const twoFactor = createTwoFactor({
    issuer: 'Acme',
    origin: ORIGIN,
    keys: [KEY],
    ...ports,
    channels: phone.channels,
    countries: ['FR', 'DE'],
    trustedOrigins: ['https://trusted.example'],
    user: ({ user }) => (user as Account | undefined) ?? null,
    reauthenticate: (_req, { username, password }) => idOf(accounts, username, password),
    policy: (context) => requirementOf(accounts, context),
    afterEnrolment,
    codeDigits: chance.pick([6, 6, 8]),
    lockAuthenticatorFrom: chance.pick([4, 10]),
    randomBytes: (size) => chance.bytes(size),
  })
  const app = mountApp(twoFactor, accounts, chance)
  app.use((error: unknown, _req: Request, res: Response, _next: NextFunction) => answerFault(faults, error, res))
  return { app, accounts, phone, twoFactor, faults, afterEnrolment, clock: ports.clock }
}

function idOf(accounts: Map<string, Account>, email: string, password: string): string | null {
  const account = [...accounts.values()].find((candidate) => candidate.email === email)
  return account && password === PASSWORD ? account.id : null
}

const GRACE_MS = 28 * 24 * 60 * 60_000

function requirementOf(accounts: Map<string, Account>, { user }: PolicyContext): Requirement {
  const duty = accounts.get(user.id)?.duty
  if (duty === undefined || duty === 'optional') return { requirement: 'optional' }
  return { requirement: 'required', graceMs: duty === 'postponable' ? GRACE_MS : 0 }
}

function mountApp(twoFactor: FuzzService['twoFactor'], accounts: Map<string, Account>, chance: Chance): Express {
  const app = express()
  const auth = createPassport(twoFactor, accounts)
  const parsers = [express.json(), express.urlencoded({ extended: true })]
  const genid = () => chance.bytes(18).toString('base64url')
  app.use(refuseNoPath)
  app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false, genid }))
  app.use(auth.session())
  app.post('/login', parsers, auth.authenticate('local'), twoFactor.signIn(), sendDone)
  app.post('/code', parsers, auth.authenticate('two-factor', { keepSessionInfo: true }), sendDone)
  app.get('/assurance', (req, res, next) => {
    twoFactor.assuranceOf(req).then((assurance) => res.json({ assurance }), next)
  })
  app.use(twoFactor.router(), twoFactor.gate({ allow: ['/open'] }))
  app.all('/open', sendDone)
  app.post('/payout', parsers, twoFactor.stepUp({ maxAgeMs: 60_000, action: payoutOf }), sendSecret)
  app.post('/email', twoFactor.stepUp({ maxAgeMs: 60_000 }), sendSecret)
  app.use(sendSecret)
  return app
}

/** `*`, which OPTIONS may ask for, is below no cookie's path: express-session gives it no session, Passport then throws. */
function refuseNoPath(req: Request, res: Response, next: NextFunction): void {
  if (req.path.startsWith('/')) next()
  else res.status(400).json({ code: 'NO_PATH' })
}

function createPassport(twoFactor: FuzzService['twoFactor'], accounts: Map<string, Account>): passport.Authenticator {
  const auth = new passport.Passport()
  auth.use(
    new LocalStrategy({ usernameField: 'email' }, (email, password, done) => {
      const id = typeof email === 'string' ? idOf(accounts, email, password) : null
      done(null, id === null ? false : (accounts.get(id) as Express.User))
    }),
  )
  auth.use(new TwoFactorStrategy(twoFactor))
  auth.serializeUser((user, done) => done(null, (user as Account).id))
  auth.deserializeUser((id, done) => done(null, (accounts.get(String(id)) as Express.User | undefined) ?? false))
  return auth
}

/** As an app does that has read no book: what was posted goes into key and text as it is. */
function payoutOf({ body }: Request): { key: string; text: string } {
  const { amount, to } = (body ?? {}) as { amount?: unknown; to?: unknown }
  const said = JSON.stringify([amount, to])
  return { key: said, text: `Pay out ${said}` }
}

function sendDone(_req: Request, res: Response): void {
  res.json({ done: true })
}

function sendSecret(req: Request, res: Response): void {
  const user = req.user as Account | undefined
  if (user) res.json({ secret: secretOf(user) })
  else res.status(401).json({ code: 'NOBODY' })
}

/** A body that the app's own parser refused is the sender's fault; everything else is found, and told. */
function answerFault(faults: string[], error: unknown, res: Response): void {
  const { status, stack } = error as { status?: number; stack?: string }
  const isSenders = status !== undefined && status >= 400 && status < 500
  if (!isSenders) faults.push(stack ?? String(error))
  if (res.headersSent) res.destroy()
  else res.status(isSenders ? status : 500).json({ code: 'APP_ERROR' })
}
