/**
 * A session cookie in a shared cache: an answer marked `public` that carries a user's session cookie may be kept by a
 * proxy or a CDN (RFC 9111 §7.3), and be handed to the next who asks for the style sheet.
 */
import express from 'express'
import session from 'express-session'
import passport from 'passport'
import request from 'supertest'
import { PASSWORD } from '../../support/app'
import { codeFor, enrolTotp } from '../../support/journeys'
import { openService } from '../../support/security'

describe('the style sheet and the script, which any cache may keep', () => {
  it.each(['/two-factor/style.css', '/two-factor/script.js'])(
    "%s carries nobody's session cookie (rolling sessions)",
    async (path) => {
      const service = openService()
      const { setupKey } = await enrolTotp(service, 'ada')
      const auth = new passport.Passport()
      auth.serializeUser((user, done) => done(null, (user as unknown as { id: string }).id))
      auth.deserializeUser((id, done) => done(null, { id } as never))
      const app = express()
      app.use(
        session({ secret: 'x', resave: false, saveUninitialized: false, rolling: true, cookie: { maxAge: 1_800_000 } }),
        auth.session(),
      )
      app.post(
        '/login',
        (req, _res, next) => req.logIn({ id: 'user-ada' } as never, next),
        service.twoFactor.signIn(),
        (_req, res) => void res.json({}),
      )
      app.use(service.twoFactor.router(), service.twoFactor.gate())
      app.get('/account', (req, res) => void res.json(req.twoFactor))
      const victim = request.agent(app)
      await victim.post('/login').send({ password: PASSWORD })
      service.clock.advance(30_000)
      await victim
        .post('/two-factor/challenge/verify')
        .send({ code: codeFor(service, setupKey) })
        .expect(200)
      const answer = await victim.get(path).expect(200)
      const cached = {
        control: answer.headers['cache-control'],
        cookie: (answer.headers['set-cookie'] as unknown as string[] | undefined)?.[0]?.split(';')[0] ?? '',
      }
      expect(/public/.test(String(cached.control)) && cached.cookie !== '').toBe(false)
    },
  )
})
