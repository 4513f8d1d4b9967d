import { type Request, type RequestHandler, type Response, Router } from 'express'
import type { TwoFactor } from 'express-two-factor'
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { accountPage } from './account-page'
import type { Html } from './html'
import type { Problem } from './layout'
import { answer, sendProblem, textOf, userOf, wantsPage } from './respond'
import { endSession } from './sign-in'
import { type Payout, readEmail, readNewPassword, readPayout } from './typed'
import type { SampleUser, Users } from './users'

declare module 'express-session' {
  interface SessionData {
    /** A payout that waits for its second factor, to fill the form with. */
    payoutDraft?: Payout
  }
}

const MINUTE_MS = 60 * 1000

/** Wrong current passwords of one user, per process: whoever took a session must not guess here what sign-in is slow to tell. */
const guesses = new RateLimiterMemory({ points: 10, duration: (15 * MINUTE_MS) / 1000 })

/** The account and what is sensitive about it. Everything here is behind the gate. */
export function accountRoutes(twoFactor: TwoFactor, users: Users): Router {
  const router = Router()
  router.use('/account', requireUser)
  router.get('/account', (req, res) => answer(req, res, { json: describeAccount(req), page: showAccount(req) }))
  // What was sent is checked first: a form with a mistake must not cost a code.
  router.post('/account/email', checkEmail, twoFactor.stepUp({ maxAgeMs: 5 * MINUTE_MS }), (req, res) =>
    changeEmail(users, req, res),
  )
  router.post(
    '/account/payout',
    checkPayout,
    twoFactor.stepUp({ maxAgeMs: 5 * MINUTE_MS, action: payoutAction }),
    payOut,
  )
  router.post('/account/password', (req, res) => changePassword(twoFactor, users, req, res))
  return router
}

/** Nobody signed in: a page goes to sign in, a client is told. */
export const requireUser: RequestHandler = (req, res, next) => {
  if (userOf(req)) next()
  else if (wantsPage(req)) res.redirect(303, '/login')
  else sendProblem(req, res, { status: 401, title: 'Sign in first' })
}

function signedIn(req: Request): SampleUser {
  return userOf(req) as SampleUser
}

function describeAccount(req: Request) {
  const { id, email, role } = signedIn(req)
  return { id, email, role, twoFactor: req.twoFactor }
}

function showAccount(req: Request, problem?: Problem): Html {
  const draft = req.session.payoutDraft
  return accountPage({
    user: signedIn(req),
    assurance: req.twoFactor?.assurance ?? 'password',
    done: req.query.done,
    ...(problem ? { problem } : {}),
    ...(draft ? { draft } : {}),
  })
}

function refuse(req: Request, res: Response, problem: Problem): void {
  sendProblem(req, res, problem, showAccount(req, problem))
}

const checkEmail: RequestHandler = (req, res, next) => {
  if (readEmail(req)) next()
  else refuse(req, res, { status: 400, title: 'This is not an e-mail address', field: 'email' })
}

async function changeEmail(users: Users, req: Request, res: Response): Promise<void> {
  const { id } = signedIn(req)
  const email = readEmail(req) as string
  if (await users.setEmail(id, email)) answer(req, res, { json: { id, email }, page: { to: '/account?done=email' } })
  else refuse(req, res, { status: 409, title: 'This e-mail address is registered already', field: 'email' })
}

const checkPayout: RequestHandler = (req, res, next) => {
  const payout = readPayout(req)
  if (payout === 'amount') return refuse(req, res, { status: 400, title: 'This is not an amount', field: 'amount' })
  if (payout === 'to') return refuse(req, res, { status: 400, title: 'This is not an account number', field: 'to' })
  if (wantsPage(req)) req.session.payoutDraft = payout
  next()
}

/** Binds the second factor to this amount and this receiver: changed afterwards, it is asked for again. */
function payoutAction(req: Request): { key: string; text: string } {
  const { amount, to } = readPayout(req) as Payout
  return { key: `payout ${amount} ${to}`, text: `Pay out ${amount} EUR to ${to}` }
}

/** Where a real service would move the money. */
function payOut(req: Request, res: Response): void {
  const { amount, to } = readPayout(req) as Payout
  delete req.session.payoutDraft
  answer(req, res, { json: { amount: Number(amount), to }, page: { to: '/account?done=payout' } })
}

async function countGuess(id: string, res: Response): Promise<boolean> {
  try {
    await guesses.consume(id)
    return true
  } catch (refusal) {
    res.setHeader('Retry-After', Math.ceil((refusal as RateLimiterRes).msBeforeNext / 1000))
    return false
  }
}

async function changePassword(twoFactor: TwoFactor, users: Users, req: Request, res: Response): Promise<void> {
  const { id } = signedIn(req)
  const password = readNewPassword(req)
  if (!password) {
    return refuse(req, res, { status: 400, title: 'The password must have 8 to 256 characters', field: 'password' })
  }
  if (!(await countGuess(id, res))) {
    return refuse(req, res, { status: 429, title: 'Too many wrong passwords. Try again later', field: 'current' })
  }
  if (!(await users.hasPassword(id, textOf(req, 'current')))) {
    return refuse(req, res, { status: 401, title: 'The current password is wrong', field: 'current' })
  }
  await guesses.delete(id)
  // Before, so that nothing changes while the store is down; after, for a sign-in that raced with the old password.
  await twoFactor.invalidate(id)
  await users.setPassword(id, password)
  await twoFactor.invalidate(id)
  await endSession(req, res)
  answer(req, res, { page: { to: '/login' } })
}
