import express from 'express'
import { memoryStore } from 'express-two-factor/memory'
import request from 'supertest'
import { OPERATIONS, WEBHOOKS } from '../document'
import { arrive, breakable, NOBODYS, openService } from '../states'
import { HTML, MOUNT, type Sent, type Walker } from '../walker'

const ASSETS = ['GET /style.css', 'GET /script.js']
const ROUTES = [...OPERATIONS.keys()].filter((route) => ![...ASSETS, ...WEBHOOKS].includes(route))
const POSTS = ROUTES.filter((route) => route.startsWith('POST'))

/** What each route needs for its handler to come to its store. */
const BODIES: Readonly<Record<string, object>> = {
  'POST /challenge/verify': { code: '123456' },
  'POST /reauthenticate': { username: 'ada', password: 'x' },
}

function filled(route: string): Sent {
  return { id: NOBODYS, body: BODIES[route] ?? {} }
}

/** What every route answers alike. */
export function walkEveryRoute(walker: Walker): void {
  describe('nobody signed in', () => {
    it.each(ROUTES)('is sent to sign in by %s', async (route) => {
      const nobody = request.agent(openService().app)
      await walker.refused(nobody, route, '401 ERR_TFA_SIGN_IN_REQUIRED', filled(route))
    })

    it('is what a session is once its grant has ended', async () => {
      const service = openService()
      const ada = await arrive(service)
      await service.twoFactor.invalidate('user-ada')
      for (const route of ROUTES) {
        if (route === 'POST /sign-out') continue
        await walker.refused(ada, route, '401 ERR_TFA_SIGN_IN_REQUIRED', filled(route))
      }
    })
  })

  describe('a POST', () => {
    it.each(POSTS)('from another site is refused by %s', async (route) => {
      const ada = await arrive(openService())
      const headers = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }
      await walker.refused(ada, route, '403 ERR_TFA_CROSS_SITE', { ...filled(route), headers })
    })

    it.each(POSTS)('that cannot be read is refused by %s', async (route) => {
      const ada = await arrive(openService())
      const raw = { type: 'json', text: '{"code":' }
      await walker.refused(ada, route, '400 ERR_TFA_INPUT_INVALID', { id: NOBODYS, raw })
      await walker.json(ada, route, '400 ERR_TFA_INPUT_INVALID', { id: NOBODYS, raw: { type: 'json', text: '[]' } })
    })

    it.each(POSTS)('over 16 kB is refused by %s', async (route) => {
      const ada = await arrive(openService())
      await walker.refused(ada, route, '413 ERR_TFA_BODY_TOO_LARGE', {
        id: NOBODYS,
        body: { code: 'x'.repeat(17_000) },
      })
    })
  })

  describe('another method', () => {
    it.each(ROUTES)('than that of %s is refused', async (route) => {
      const path = (route.split(' ')[1] as string).replace('{id}', NOBODYS)
      const { app } = openService()
      const methods = ROUTES.filter((each) => each.endsWith(` ${route.split(' ')[1]}`)).map(
        (each) => each.split(' ')[0],
      )
      for (const accept of ['*/*', HTML]) {
        for (const method of ['put', 'delete', 'options'] as const) {
          const answer = await request(app)[method](`${MOUNT}${path}`).set('Accept', accept)
          expect([answer.status, answer.headers.allow]).toEqual([405, methods.join(', ')])
          walker.take(route, answer)
        }
      }
    })
  })

  describe('with its store down', () => {
    it.each(ROUTES)('%s is unavailable', async (route) => {
      const { store, breakDown } = breakable(memoryStore())
      const ada = await arrive(openService({ store }))
      breakDown()
      await walker.refused(ada, route, '503 ERR_TFA_STORE_UNAVAILABLE', filled(route))
    })

    it.each(ROUTES)('of sessions, %s is unavailable', async (route) => {
      const app = express().use(openService().twoFactor.router())
      await walker.refused(request.agent(app), route, '503 ERR_TFA_STORE_UNAVAILABLE', filled(route))
    })
  })
}
