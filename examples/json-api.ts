/**
 * A JSON API whose sign-in has routes of its own: the package's calls and its Passport strategy do the work.
 * Factors are enrolled through the package's router, which speaks JSON too.
 */
import { randomBytes } from 'node:crypto'
import express, { type ErrorRequestHandler, type Request, type Response } from 'express'
import session from 'express-session'
import { createTwoFactor, TwoFactorError, TwoFactorStrategy } from 'express-two-factor'
import { memoryAuthenticators, memoryStore } from 'express-two-factor/memory'
import { virtualPhone } from 'express-two-factor/testing'
import passport from 'passport'
import { Strategy as LocalStrategy } from 'passport-local'

interface User {
  id: string
  email: string
}

const { PORT = '3000' } = process.env
const MINUTE_MS = 60 * 1000
const ADA: User = { id: 'user-1', email: 'ada@example.com' }

/** Where a real service looks a hash up. */
function findByPassword(email: string, password: string): User | null {
  return email === ADA.email && password === 'correct horse battery staple' ? ADA : null
}

const phone = virtualPhone()
phone.on('message', ({ to, code }) => console.log(`code ${code} for ${to}`))

const twoFactor = createTwoFactor({
  issuer: 'Acme',
  origin: `http://localhost:${PORT}`,
  keys: [randomBytes(32).toString('base64')],
  store: memoryStore(),
  authenticators: memoryAuthenticators(),
  channels: phone.channels,
  countries: ['FR'],
  reauthenticate: (_req, { username, password }) => findByPassword(username, password)?.id ?? null,
})

passport.use(
  new LocalStrategy({ usernameField: 'email' }, (email, password, done) => {
    done(null, findByPassword(email, password) ?? false)
  }),
)
passport.use(new TwoFactorStrategy(twoFactor))
passport.serializeUser((user, done) => done(null, (user as User).id))
passport.deserializeUser((id, done) => done(null, id === ADA.id ? ADA : false))

const app = express()
app.use(session({ secret: randomBytes(32).toString('hex'), resave: false, saveUninitialized: false }))
app.use(passport.session(), twoFactor.router(), express.json())

// The password. Where a second factor is due, `next` is not `/`.
app.post('/session', passport.authenticate('local'), twoFactor.signIn(), (_req, res) => {
  res.json({ next: '/' })
})
// Opens the challenge, or sends a code again, or by another method: { "method": "sms" }.
app.post('/session/challenge', async (req, res) => {
  const { method } = (req.body ?? {}) as { method?: 'totp' | 'sms' | 'voice' }
  res.status(201).json(await twoFactor.challenge(req, method === undefined ? {} : { method }))
})
// The code. Without `keepSessionInfo` Passport would drop what has been proved along with the old session.
app.post('/session/code', passport.authenticate('two-factor', { keepSessionInfo: true }), (req, res) => {
  res.json({ user: req.user })
})

app.use(twoFactor.gate())
app.get('/orders', (req, res) => {
  if (req.user) res.json({ orders: [] })
  else res.status(401).json({ code: 'SIGN_IN_FIRST' })
})
// Answers 401 ERR_TFA_STEP_UP_REQUIRED until the code for this very order was given to POST /confirmation.
app.post('/orders', twoFactor.stepUp({ maxAgeMs: 5 * MINUTE_MS, action: orderAction }), (req, res) => {
  res.status(201).json({ ordered: itemOf(req) })
})
app.post('/confirmation', confirm)

/** The item comes from a list: what is shown with the code is never text of the client's. */
function itemOf(req: Request): string {
  const { item } = (req.body ?? {}) as { item?: unknown }
  return item === 'guitar' ? 'guitar' : 'piano'
}

function orderAction(req: Request) {
  const item = itemOf(req)
  return { key: `order ${item}`, text: `Order a ${item}` }
}

async function confirm(req: Request, res: Response): Promise<void> {
  const { code } = (req.body ?? {}) as { code?: unknown }
  const { assurance } = await twoFactor.verify(req, { code })
  res.json({ assurance })
}

const answerError: ErrorRequestHandler = (error, _req, res, next) => {
  if (!(error instanceof TwoFactorError)) return next(error)
  res.status(error.status).json({ code: error.code, ...error.fields })
}
app.use(answerError)

app.listen(Number(PORT), '127.0.0.1', () => console.log(`listening http://127.0.0.1:${PORT}`))
