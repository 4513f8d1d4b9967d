import { type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express'
import { type TwoFactor, TwoFactorError } from 'express-two-factor'
import { Passport } from 'passport'
import { Strategy as LocalStrategy } from 'passport-local'
import { loginPage, registerPage } from './pages'
import { answer, sendProblem, textOf } from './respond'
import { SESSION_COOKIE } from './sessions'
import { readEmail, readNewPassword } from './typed'
import type { SampleUser, SignedInUser, Users } from './users'

type SamplePassport = InstanceType<typeof Passport>

/** Sets Passport up: e-mail address and password, and users found again by their id at each request. */
export function createPassport(users: Users): SamplePassport {
  const passport = new Passport()
  passport.use(
    new LocalStrategy({ usernameField: 'email' }, (email, password, done) => {
      findByPassword(users, email, password).then((user) => done(null, user ?? false), done)
    }),
  )
  passport.serializeUser((user, done) => {
    const { id, passwordStamp } = user as SignedInUser
    done(null, `${id} ${passwordStamp}`)
  })
  // A user who was deleted, or whose password was changed meanwhile, is nobody: Passport then forgets whose session it was.
  passport.deserializeUser((marked, done) => {
    const [id = '', passwordStamp = ''] = String(marked).split(' ')
    users.findSignedIn(id, passwordStamp).then((user) => done(null, user ?? false), done)
  })
  return passport
}

/** Finds whose password it is. What was sent in place of text matches nobody. */
export async function findByPassword(users: Users, email: unknown, password: unknown): Promise<SignedInUser | null> {
  const isText = typeof email === 'string' && typeof password === 'string'
  return isText && !email.includes('\0') ? users.findByPassword(email.trim(), password) : null
}

/** Sign in, register, sign out. A rate limiter by address would go before POST /login. */
export function signInRoutes(passport: SamplePassport, twoFactor: TwoFactor, users: Users): Router {
  const router = Router()
  router.get('/login', (req, res) => answer(req, res, { json: { fields: ['email', 'password'] }, page: loginPage() }))
  router.post('/login', checkPassword(passport), twoFactor.signIn(), (req, res) =>
    answer(req, res, { json: { next: '/' }, page: { to: '/' } }),
  )
  router.get('/register', (req, res) =>
    answer(req, res, { json: { fields: ['email', 'password'] }, page: registerPage() }),
  )
  router.post('/register', (req, res) => register(users, req, res))
  router.post('/logout', (req, res) => signOut(twoFactor, req, res))
  return router
}

/** With a callback of its own, for a wrong password to be answered in the form the client asked for. */
function checkPassword(passport: SamplePassport): RequestHandler {
  return (req, res, next) => {
    const decide = (error: unknown, user: SampleUser | false) => {
      if (error) return next(error)
      // Passport gives the session a new id here, so that one planted before is worth nothing.
      if (user) return req.logIn(user, next)
      const problem = { status: 401, title: 'The e-mail address or the password is wrong' }
      sendProblem(req, res, problem, loginPage(problem, textOf(req, 'email')))
    }
    const check: (req: Request, res: Response, next: NextFunction) => void = passport.authenticate('local', decide)
    check(req, res, next)
  }
}

async function register(users: Users, req: Request, res: Response): Promise<void> {
  const email = readEmail(req)
  const password = readNewPassword(req)
  if (!email) return refuseRegistration(req, res, 400, 'email')
  if (!password) return refuseRegistration(req, res, 400, 'password')
  const user = await users.create({ email, password, role: 'user' })
  if (!user) return refuseRegistration(req, res, 409, 'email')
  answer(req, res, { status: 201, json: { id: user.id, email: user.email }, page: { to: '/login' } })
}

const REGISTRATION_PROBLEMS = {
  '400 email': 'This is not an e-mail address',
  '400 password': 'The password must have 8 to 256 characters',
  '409 email': 'This e-mail address is registered already',
} as const

function refuseRegistration(req: Request, res: Response, status: 400 | 409, field: 'email' | 'password'): void {
  const title = REGISTRATION_PROBLEMS[`${status} ${field}` as keyof typeof REGISTRATION_PROBLEMS]
  const problem = { status, title, field }
  sendProblem(req, res, problem, registerPage(problem, textOf(req, 'email')))
}

async function signOut(twoFactor: TwoFactor, req: Request, res: Response): Promise<void> {
  // The grant first: a session that a request in flight saves again then proves nothing.
  await twoFactor.signOut(req)
  await endSession(req, res)
  answer(req, res, { page: { to: '/' } })
}

/** Ends the session of Passport and the session itself. */
export async function endSession(req: Request, res: Response): Promise<void> {
  await called((done) => req.logout(done))
  await called((done) => req.session.destroy(done))
  res.clearCookie(SESSION_COOKIE)
}

function called(call: (done: (error?: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error ? reject(new TwoFactorError('ERR_TFA_STORE_UNAVAILABLE')) : resolve()))
  })
}
