import express, { type Express, type RequestHandler } from 'express'
import type { Clock, TwoFactor } from 'express-two-factor'
import helmet from 'helmet'
import { accountRoutes } from './account'
import { adminRoutes } from './admin'
import { answerError } from './errors'
import { homePage } from './pages'
import type { SamplePhone } from './phone'
import { answer, sendProblem, userOf } from './respond'
import { refuseCrossSite } from './same-origin'
import { createPassport, signInRoutes } from './sign-in'
import type { Users } from './users'

/** What the app is made of. */
export interface AppParts {
  origin: string
  sessions: RequestHandler
  twoFactor: TwoFactor
  users: Users
  clock: Pick<Clock, 'now'>
  /** Absent where codes are really sent. */
  phone?: SamplePhone
  /** What Vonage says of messages is taken: there is a secret to check that it is Vonage. */
  takesReceipts: boolean
}

/** Puts the app together; the order of what is mounted is what protects it. */
export function createApp({ origin, sessions, twoFactor, users, clock, phone, takesReceipts }: AppParts): Express {
  const app = express()
  const passport = createPassport(users)
  const isHttps = origin.startsWith('https:')
  // Node speaks http: where the origin is https a proxy ends TLS before it, and its X-Forwarded-Proto is what makes
  // cookies Secure. Elsewhere the header would be anybody's word.
  if (isHttps) app.set('trust proxy', 1)
  app.use(protect(isHttps))
  if (phone) app.use(phone.routes(origin))
  // Before sessions and parsers: Vonage has neither session nor cookies, and its signature is over the body's bytes.
  if (takesReceipts) app.use(twoFactor.webhooks())
  app.use(sessions, passport.session())
  // Before the parsers: the router reads its own bodies, and makes its own cross-site check.
  app.use(twoFactor.router())
  app.use(
    refuseCrossSite(origin),
    express.json({ limit: '16kb' }),
    express.urlencoded({ extended: false, limit: '16kb' }),
  )
  app.use(signInRoutes(passport, twoFactor, users))
  app.use(twoFactor.gate())
  // Everything below is held until the second factor is verified.
  app.get('/', (req, res) => {
    const user = userOf(req)
    const json = { user: user && { id: user.id, email: user.email, role: user.role } }
    answer(req, res, { json, page: homePage({ user, hasPhone: phone !== undefined }) })
  })
  app.use(accountRoutes(twoFactor, users), adminRoutes({ twoFactor, users, clock, takesReceipts }))
  app.use((req, res) => sendProblem(req, res, { status: 404, title: 'There is nothing here' }))
  app.use(answerError)
  return app
}

function protect(isHttps: boolean): RequestHandler[] {
  const headers = helmet({
    // No `no-referrer`, helmet's default: under it a form's own Origin is "null".
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: isHttps,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ['data:'],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
  })
  return [
    headers,
    (_req, res, next) => {
      res.setHeader('Cache-Control', 'no-store')
      next()
    },
  ]
}
