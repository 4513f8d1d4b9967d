/**
 * A19, A20. An id becomes part of a key. The thief sends one that names another key, or another user's authenticator or
 * device; or signs up with a user id that does.
 * Hurt by it: Pterodactyl (GHSA-5vfx-8w6m-h3v4: a token of any user's by a crafted key), wagtail-2fa (CVE-2020-5240:
 * another user's device by its id).
 * What must happen: a malformed id is 400 before any store is asked; another user's is 404 and stays; users whose ids
 * look like keys, patterns, prototypes or nothing much are each themselves alone.
 */
import type { Request } from 'express'
import request from 'supertest'
import { codeFor, enrolTotp, reauthenticate } from '../support/journeys'
import { BACKENDS, noteCalls, openBareApp, openService, passHeld, verify } from '../support/security'

const MALFORMED = [
  'x:y',
  '*',
  '{',
  '}',
  '{}',
  '%00',
  '%0d%0aSET',
  '%20',
  '__proto__',
  '..%2f..',
  'a'.repeat(23),
  `${'a'.repeat(21)}%2f`,
  'epoch',
]
const ROUTES = [
  '/authenticators/:id/confirm',
  '/authenticators/:id/resend',
  '/authenticators/:id/update',
  '/authenticators/:id/remove',
  '/devices/:id/forget',
]

describe('a malformed id in the path', () => {
  it.each(ROUTES)('of %s is 400, and no store is asked', async (route) => {
    const calls: string[] = []
    const service = openService()
    const { agent } = await enrolTotp(service, 'ada')
    await reauthenticate(agent, 'ada').expect(200)
    for (const port of [service.store, service.authenticators]) noteCalls(port, calls)
    for (const id of MALFORMED) {
      const { status, body } = await agent.post(`/two-factor${route.replace(':id', id)}`).send({ code: '123456' })
      expect([id, status, body.code]).toEqual([id, 400, 'ERR_TFA_INPUT_INVALID'])
    }
    expect(calls).toEqual([])
    await agent.get('/two-factor/setup?enrolment=x:y').expect(400)
    expect(calls.filter((name) => name !== 'readGrant')).toEqual([])
  })
})

describe('a malformed id elsewhere', () => {
  const BARE = ['x:y', '*', '{', '}', '{}', '\0', '\r\nSET', ' ', '__proto__', '../..', 'a'.repeat(23), 'epoch']

  it('that is empty names nothing: 404 in a path, 400 in an address, and no store is asked', async () => {
    const service = openService()
    const { agent } = await enrolTotp(service, 'ada')
    await reauthenticate(agent, 'ada').expect(200)
    const calls: string[] = []
    for (const port of [service.store, service.authenticators]) noteCalls(port, calls)
    for (const route of ROUTES) {
      await agent
        .post(`/two-factor${route.replace(':id', '')}`)
        .send({ code: '123456' })
        .expect(404)
    }
    expect(calls).toEqual([])
    await agent.get('/two-factor/setup?enrolment=').expect(400)
    expect(calls.filter((name) => name !== 'readGrant')).toEqual([])
  })

  it('in a body is 400: of the authenticator to ask no store is asked, of the phone to replace only the grant', async () => {
    const service = openService()
    const { agent } = await enrolTotp(service, 'ada')
    await reauthenticate(agent, 'ada').expect(200)
    const calls: string[] = []
    for (const port of [service.store, service.authenticators]) noteCalls(port, calls)
    for (const authenticatorId of BARE) {
      const { status, body } = await agent.post('/two-factor/challenge').send({ authenticatorId })
      expect([authenticatorId, status, body.code]).toEqual([authenticatorId, 400, 'ERR_TFA_INPUT_INVALID'])
    }
    expect(calls).toEqual([])
    const phone = { factor: 'phone', country: 'FR', phone: '0612345678', method: 'sms' }
    for (const replaces of BARE) {
      const { status, body } = await agent.post('/two-factor/authenticators').send({ ...phone, replaces })
      expect([replaces, status, body.code]).toEqual([replaces, 400, 'ERR_TFA_INPUT_INVALID'])
    }
    expect(calls.filter((name) => name !== 'readGrant')).toEqual([])
    expect(service.phone.messages).toEqual([])
  })
})

describe.each(BACKENDS)("another user's id, on %s", (backend) => {
  it('of an authenticator, an enrolment or a device is 404, and the thing stays', async () => {
    const service = openService(backend)
    const ada = await enrolTotp(service, 'ada')
    const owner = request.agent(service.app)
    await owner.post('/login').send({ email: 'ada@example.com', password: 'correct horse battery staple' })
    service.clock.advance(30_000)
    const remember = { code: codeFor(service, ada.setupKey), remember: true }
    await owner.post('/two-factor/challenge/verify').send(remember).expect(200)
    const deviceId = (await owner.get('/two-factor').expect(200)).body.devices[0].id
    await reauthenticate(owner, 'ada').expect(200)
    const pending = (await owner.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)).body

    const { agent: bob } = await enrolTotp(service, 'bob')
    await reauthenticate(bob, 'bob').expect(200)
    await bob.post(`/two-factor/authenticators/${ada.authenticatorId}/update`).send({ label: 'x' }).expect(404)
    await bob.post(`/two-factor/authenticators/${ada.authenticatorId}/remove`).expect(404)
    await bob.post(`/two-factor/devices/${deviceId}/forget`).expect(404)
    const code = codeFor(service, pending.setupKey)
    await bob.post(`/two-factor/authenticators/${pending.enrolmentId}/confirm`).send({ code }).expect(404)
    await bob.post(`/two-factor/authenticators/${pending.enrolmentId}/resend`).expect(404)
    const phone = { factor: 'phone', country: 'FR', phone: '0612345678', method: 'sms' }
    await bob
      .post('/two-factor/authenticators')
      .send({ ...phone, replaces: ada.authenticatorId })
      .expect(404)
    expect(await service.twoFactor.devices.forget('user-bob', deviceId)).toBe(false)
    await bob.get(`/two-factor/setup?enrolment=${pending.enrolmentId}`).expect(404)
    await bob.post('/two-factor/challenge').send({ authenticatorId: ada.authenticatorId }).expect(404)

    const settings = (await owner.get('/two-factor').expect(200)).body
    expect(settings.authenticators).toMatchObject([{ id: ada.authenticatorId, label: '' }])
    expect(settings.devices).toMatchObject([{ id: deviceId }])
  })
})

function userIdOf(req: Request): string | undefined {
  return (req.session as { userId?: string }).userId
}

const USER_IDS = [
  'x:y',
  'x',
  'y',
  '*',
  '{',
  '}',
  '{}',
  '}a',
  '\0',
  'a\r\nb',
  ' ',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'é',
  'e\u0301',
  'A',
  'a',
  '0',
  '-1',
  'user-ada:grants',
  '😀',
  '\ud83d',
  '\ude00',
  'x'.repeat(4000),
]

describe.each(BACKENDS)('users with ids of any shape, on %s', (backend) => {
  it('are each themselves: what one enrols holds nobody else, and nobody else verifies it', async () => {
    const service = openService(backend)
    const { app } = openBareApp(service, {
      twoFactor: {
        user: (req) => (userIdOf(req) === undefined ? null : { id: userIdOf(req) as string, label: 'somebody' }),
        reauthenticate: (req) => userIdOf(req) ?? null,
      },
      beforeSignIn(req, _res, next) {
        Object.assign(req.session, { userId: (req.body as { id: string }).id })
        next()
      },
    })
    const login = async (id: string) => {
      const agent = request.agent(app)
      const { body } = await agent
        .post('/login')
        .send({ email: 'x', password: 'correct horse battery staple', id })
        .expect(200)
      return { agent, next: body.next as string }
    }
    for (const id of USER_IDS) {
      const { agent, next } = await login(id)
      expect([id, next]).toEqual([id, '/'])
      await reauthenticate(agent, 'x').expect(200)
      const { body } = await agent.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
      const code = codeFor(service, body.setupKey)
      await agent.post(`/two-factor/authenticators/${body.enrolmentId}/confirm`).send({ code }).expect(201)
      const again = await login(id)
      expect([id, again.next]).toEqual([id, '/two-factor/challenge'])
      if (USER_IDS.indexOf(id) % 6 === 0) await passHeld(service, again.agent, body.setupKey).expect(200)
      else await verify(again.agent, code).expect(401)
    }
  })
})
