import { type Request, type RequestHandler, type Response, Router } from 'express'
import type { AdminAct, TwoFactor } from 'express-two-factor'
import { requireUser } from './account'
import { readAct } from './act'
import { answer, sendProblem, userOf } from './respond'
import { type BoardParts, releaseSends, sendBoardStyle, showBoard } from './sending-board'
import { type ShownUser, supportPage } from './support-page'
import { readUntil } from './typed'
import type { SampleUser, Users } from './users'

const USER_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** Each one costs a look at both stores. */
const MOST_SHOWN = 20

export interface AdminParts extends BoardParts {
  users: Users
}

/** The support desk, for those who lost their phone or their patience. Everything here is behind the gate. */
export function adminRoutes(parts: AdminParts): Router {
  const { admin } = parts.twoFactor
  const router = Router()
  router.use('/admin', requireUser, requireAdmin)
  router.get('/admin', (req, res) => showUsers(parts, req, res))
  router.get('/admin/sending', (req, res) => showBoard(parts, req, res))
  router.get('/admin/sending.css', sendBoardStyle)
  router.post('/admin/sending/:country/:method/release', (req, res) => releaseSends(parts, req, res))
  router.get('/admin/users/:id', (req, res) => describeUser(parts, req, res))
  router.post('/admin/users/:id/reset', (req, res) => act(parts, req, res, (id, why) => admin.reset(id, why)))
  router.post('/admin/users/:id/unlock', (req, res) => act(parts, req, res, (id, why) => admin.unlock(id, why)))
  router.post('/admin/users/:id/extend-grace', (req, res) => extendGrace(parts, req, res))
  return router
}

const PRINTED = ['admin.reset', 'admin.unlocked', 'admin.grace-extended', 'sends.stopped', 'sends.released'] as const

/** Writes on the terminal what support did and what it should know of, one line each. */
export function printForSupport(twoFactor: TwoFactor, print: (line: string) => void): void {
  for (const name of PRINTED) {
    // As JSON: a reason is free text, and a line break in it must not start a line of its own.
    twoFactor.on(name, (event) => print(`${name} ${JSON.stringify(event)}`))
  }
}

const requireAdmin: RequestHandler = (req, res, next) => {
  if (userOf(req)?.role === 'admin') next()
  else sendProblem(req, res, { status: 403, title: 'Administrators only' })
}

async function showUsers({ twoFactor, users }: AdminParts, req: Request, res: Response): Promise<void> {
  const search = typeof req.query.search === 'string' ? req.query.search.trim().toLowerCase() : ''
  const found = (await users.list()).filter(({ email }) => email.includes(search))
  const shown = await Promise.all(found.slice(0, MOST_SHOWN).map((user) => lookUp(twoFactor, user)))
  const model = { users: shown, search, left: found.length - shown.length, done: req.query.done }
  answer(req, res, { json: { users: found }, page: supportPage({ ...model, signedIn: userOf(req) as SampleUser }) })
}

async function describeUser({ twoFactor, users }: AdminParts, req: Request, res: Response): Promise<void> {
  const user = await findUser(users, req, res)
  if (!user) return
  const shown = await lookUp(twoFactor, user)
  const { status, methods } = shown
  const model = { users: [shown], search: user.email, left: 0 }
  answer(req, res, {
    json: { ...user, status, methods },
    page: supportPage({ ...model, signedIn: userOf(req) as SampleUser }),
  })
}

async function lookUp({ admin, sending }: TwoFactor, user: SampleUser): Promise<ShownUser> {
  const [status, methods] = await Promise.all([admin.status(user.id), sending.explain(user.id)])
  return { user, status, methods }
}

async function findUser(users: Users, req: Request, res: Response): Promise<SampleUser | null> {
  const id = String(req.params.id)
  const user = USER_ID.test(id) ? await users.find(id) : null
  if (!user) sendProblem(req, res, { status: 404, title: 'There is no such user' })
  return user
}

async function act(
  { users }: AdminParts,
  req: Request,
  res: Response,
  perform: (userId: string, why: AdminAct) => Promise<void>,
): Promise<void> {
  const user = await findUser(users, req, res)
  const why = user && readAct(req, res)
  if (!why) return
  await perform(user.id, why)
  answer(req, res, { page: { to: `/admin?done=${req.path.split('/').at(-1)}` } })
}

async function extendGrace(parts: AdminParts, req: Request, res: Response): Promise<void> {
  const until = readUntil(req)
  if (!until || until.getTime() <= parts.clock.now()) {
    return sendProblem(req, res, { status: 400, title: 'Give a date that is still to come', field: 'until' })
  }
  await act(parts, req, res, (id, why) => parts.twoFactor.admin.extendGrace(id, until, why))
}
