import { type Request, type RequestHandler, type Response, Router } from 'express'
import type { TwoFactor } from 'express-two-factor'
import { requireUser } from './account'
import { adminPage } from './pages'
import { answer, sendProblem, textOf, userOf } from './respond'
import type { SampleUser, Users } from './users'

const USER_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The support desk: who there is, and a reset for those who lost their phone. Everything here is behind the gate. */
export function adminRoutes(twoFactor: TwoFactor, users: Users): Router {
  const router = Router()
  router.use('/admin', requireUser, requireAdmin)
  router.get('/admin', async (req, res) => {
    const list = await users.list()
    answer(req, res, { json: { users: list }, page: adminPage(list, userOf(req) as SampleUser) })
  })
  router.post('/admin/users/:id/reset', (req, res) => reset(twoFactor, users, req, res))
  return router
}

const requireAdmin: RequestHandler = (req, res, next) => {
  if (userOf(req)?.role === 'admin') next()
  else sendProblem(req, res, { status: 403, title: 'Administrators only' })
}

async function reset(twoFactor: TwoFactor, users: Users, req: Request, res: Response): Promise<void> {
  const id = String(req.params.id)
  const user = USER_ID.test(id) ? await users.find(id) : null
  if (!user) return sendProblem(req, res, { status: 404, title: 'There is no such user' })
  const reason = textOf(req, 'reason').trim()
  if (reason === '' || reason.length > 500) {
    return sendProblem(req, res, { status: 400, title: 'Give a reason of up to 500 characters', field: 'reason' })
  }
  await twoFactor.admin.reset(user.id, { actor: (userOf(req) as SampleUser).id, reason })
  answer(req, res, { page: { to: '/admin' } })
}
