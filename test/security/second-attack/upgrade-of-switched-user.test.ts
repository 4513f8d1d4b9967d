/** A WebSocket's upgrade in a session whose user has become another: there is no response to set the device's cookie on. */
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import express, { type Request } from 'express'
import session from 'express-session'
import { createTwoFactor } from 'express-two-factor'
import request from 'supertest'
import { KEY, PASSWORD } from '../../support/app'
import { codeFor, enrolTotp } from '../../support/journeys'
import { cookiesSetBy, listen, openService, portOf, sessionCookieOf } from '../../support/security'

describe('assuranceOf(req) of an upgrade', () => {
  it('in a session whose user was switched answers null, and keeps the device that the browser remembers', async () => {
    const service = openService()
    const { setupKey } = await enrolTotp(service, 'ada')
    // Ada's browser is remembered.
    const held = sessionCookieOf(
      await request(service.app).post('/login').send({ email: 'ada@example.com', password: PASSWORD }),
    )
    service.clock.advance(30_000)
    const verified = await request(service.app)
      .post('/two-factor/challenge/verify')
      .set('Cookie', held)
      .send({ code: codeFor(service, setupKey), remember: true })
      .expect(200)
    const device = cookiesSetBy(verified).find((pair) => pair.startsWith('two-factor-device')) as string
    expect(device).toBeTruthy()

    const sessions = session({ secret: 'x', resave: false, saveUninitialized: false })
    const app = express()
    app.use(sessions)
    const twoFactor = createTwoFactor({
      issuer: 'Acme',
      origin: 'http://localhost',
      keys: [KEY],
      store: service.store,
      authenticators: service.authenticators,
      clock: service.clock,
      reauthenticate: () => null,
      user: (req: Request) => {
        const id = (req.session as unknown as { who?: string } | undefined)?.who
        return id ? { id, label: id } : null
      },
    })
    // An app that signs in by writing the user into the session, and lets the gate see it first.
    app.post('/as/:who', (req, res) => {
      ;(req.session as unknown as { who?: string }).who = req.params.who
      res.json({})
    })
    app.use(twoFactor.router(), twoFactor.gate())
    app.get('/', (_req, res) => void res.json({}))
    const first = await request(app).post('/as/user-bob')
    const sid = sessionCookieOf(first)
    await request(app).get('/').set('Cookie', sid).expect(200)
    await request(app).post('/as/user-ada').set('Cookie', sid).expect(200)

    const server = await listen(app)
    const outcome = new Promise<unknown>((resolve) => {
      server.on('upgrade', (req: IncomingMessage, socket) => {
        sessions(req as Request, {} as never, () => {
          twoFactor
            .assuranceOf(req as Request)
            .then(resolve, resolve)
            .finally(() => socket.destroy())
        })
      })
    })
    const socket = connect(portOf(server), '127.0.0.1')
    socket.on('error', () => {})
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nCookie: ${sid}; ${device}\r\n\r\n`,
    )
    const answer = await outcome
    // A minute later the browser still has the token it had.
    service.clock.advance(120_000)
    await request(app).get('/').set('Cookie', `${sid}; ${device}`)
    expect(answer).toBeNull()
    expect(await twoFactor.devices.list('user-ada')).toHaveLength(1)
  })
})
