/**
 * What the same expert found in the stores: by filling them, by racing them, and by answering them in another order.
 */
import { TwoFactorError } from 'express-two-factor'
import request from 'supertest'
import { createTestApp, PASSWORD } from '../support/app'
import { codeFor, enrolTotp, reauthenticate, signIn } from '../support/journeys'
import { BACKENDS, cookiesSetBy, holdSession, latch, openService, passHeld, type Service } from '../support/security'

const LOGIN = { email: 'ada@example.com', password: PASSWORD }
const BEGUN_AT_MOST = 20

/** The app on the same records, with ports that stop or fail where a test says so. */
function hooked({ store, authenticators, clock }: Service, ports: object) {
  return createTestApp({ store, authenticators, clock, ...ports })
}

describe.each(BACKENDS)('one session that begins enrolments over and over, on %s', (backend) => {
  it('is told to wait after twenty, and by a confirmed one begins to count anew', async () => {
    const service = openService(backend)
    const ada = request.agent(service.app)
    await signIn(ada, 'ada')
    await reauthenticate(ada, 'ada')
    const begin = () => ada.post('/two-factor/authenticators').send({ factor: 'totp' })
    let last = { enrolmentId: '', setupKey: '' }
    for (let at = 0; at < BEGUN_AT_MOST; at += 1) last = (await begin().expect(201)).body
    const refused = await begin().expect(429)
    expect([refused.body.code, refused.headers['retry-after']]).toEqual(['ERR_TFA_LOCKED', '30'])
    const code = codeFor(service, last.setupKey)
    await ada.post(`/two-factor/authenticators/${last.enrolmentId}/confirm`).send({ code }).expect(201)
    expect(await service.twoFactor.admin.status('user-ada')).toMatchObject({ locks: {} })
  })
})

describe.each(BACKENDS)('the password alone, a hundred times over, on %s', (backend) => {
  it('ends no session that has passed the second factor', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    const ada = await holdSession(service)
    await passHeld(service, ada, setupKey).expect(200)
    service.clock.advance(60_000)
    for (let at = 0; at < 101; at += 1) await signIn(request.agent(service.app), 'ada').expect(200)
    await ada.get('/account').expect(200)
  })
})

describe.each(BACKENDS)('an enrolment whose second revocation fails, on %s', (backend) => {
  it('leaves no session with the facts from before it, once the store is back', async () => {
    const service = openService(backend)
    let revocations = 0
    const revoke: typeof service.store.revoke = async (...args) => {
      revocations += 1
      if (revocations === 2) throw new TwoFactorError('ERR_TFA_STORE_UNAVAILABLE')
      return service.store.revoke(...args)
    }
    const [hasRead, mayGoOn] = [latch(), latch()]
    const slowLoad: typeof service.authenticators.load = async (userId) => {
      const enrolled = await service.authenticators.load(userId)
      hasRead.open()
      await mayGoOn.opened
      return enrolled
    }
    const racing = hooked(service, { authenticators: { ...service.authenticators, load: slowLoad } })
    const thief = request.agent(racing.app)
    const change: typeof service.authenticators.change = async (...args) => {
      const login = signIn(thief, 'ada').then(({ status }) => status)
      await hasRead.opened
      const isChanged = await service.authenticators.change(...args)
      mayGoOn.open()
      await login
      return isChanged
    }
    const failing = { store: { ...service.store, revoke }, authenticators: { ...service.authenticators, change } }
    const { app } = hooked(service, failing)
    const ada = request.agent(app)
    await signIn(ada, 'ada')
    await reauthenticate(ada, 'ada').expect(200)
    const { body } = await ada.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
    const code = codeFor(service, body.setupKey)
    await ada.post(`/two-factor/authenticators/${body.enrolmentId}/confirm`).send({ code }).expect(503)
    await expect(untilHeld(() => thief.get('/account'))).resolves.toBe(401)
  })
})

/** Asks until the answer is 401, for three seconds at most. */
async function untilHeld(ask: () => request.Test): Promise<number> {
  const until = Date.now() + 3000
  let { status } = await ask()
  while (status !== 401 && Date.now() < until) status = (await ask()).status
  return status
}

describe('(A14) a store that answers two calls of one user in another order', () => {
  it('gives a device that was revoked in between no grant', async () => {
    const service = openService()
    const { setupKey } = await enrolTotp(service, 'ada')
    const ada = await holdSession(service)
    service.clock.advance(30_000)
    const code = codeFor(service, setupKey)
    const answer = await ada.post('/two-factor/challenge/verify').send({ code, remember: true }).expect(200)
    const device = cookiesSetBy(answer).find((pair) => pair.startsWith('two-factor-device-')) as string
    let isFirst = true
    const readSession: typeof service.store.readSession = async (...args) => {
      if (isFirst) {
        isFirst = false
        await new Promise(setImmediate)
        await service.twoFactor.invalidate('user-ada')
      }
      return service.store.readSession(...args)
    }
    const { app } = hooked(service, { store: { ...service.store, readSession } })
    const { body } = await request(app).post('/login').set('Cookie', device).send(LOGIN)
    expect(body).toEqual({ next: '/two-factor/challenge' })
  })
})
