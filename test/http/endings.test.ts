import request from 'supertest'
import { createTestApp, type TestApp } from '../support/app'
import { codeFor, cookiesOf, enrolPhone, enrolTotp, reauthenticate, signIn, type TestAgent } from '../support/journeys'

/** A user with an app, signed in twice, on a remembered device, with a challenge and an enrolment pending elsewhere. */
async function settle() {
  const service = createTestApp()
  const { setupKey, authenticatorId } = await enrolTotp(service, 'ada')
  const [here, there, held] = [request.agent(service.app), request.agent(service.app), request.agent(service.app)]
  for (const agent of [here, there]) {
    await signIn(agent, 'ada')
    service.clock.advance(30_000)
    await verify(service, agent, setupKey, true)
  }
  await reauthenticate(there, 'ada').expect(200)
  const pending = await there.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
  await signIn(held, 'ada')
  service.clock.advance(30_000)
  return { service, setupKey, authenticatorId, here, there, held, pending: pending.body }
}

type Scene = Awaited<ReturnType<typeof settle>>

function verify(service: TestApp, agent: TestAgent, setupKey: string, remember = false): request.Test {
  return agent.post('/two-factor/challenge/verify').send({ code: codeFor(service, setupKey), remember })
}

/** Everything of the scene that an event may end, and whether it still lives. */
async function livesAfter({ service, here, there, held, pending }: Scene) {
  const living = {
    here: (await here.get('/two-factor')).status === 200,
    there: (await there.get('/two-factor')).status === 200,
    devices: (await service.twoFactor.devices.list('user-ada')).length,
    challenge: (await held.get('/two-factor/challenge')).status === 200,
  }
  // Last, for an enrolment that is confirmed ends the others.
  const code = codeFor(service, pending.setupKey)
  const confirmed = await there.post(`/two-factor/authenticators/${pending.enrolmentId}/confirm`).send({ code })
  return { ...living, enrolment: confirmed.status === 201 }
}

type Living = Awaited<ReturnType<typeof livesAfter>>

const ALL: Living = { here: true, there: true, devices: 2, challenge: true, enrolment: true }
const HERE_ALONE: Living = { here: true, there: false, devices: 0, challenge: false, enrolment: false }
const NONE: Living = { ...HERE_ALONE, here: false }

const fresh = async ({ here }: Scene) => void (await reauthenticate(here, 'ada').expect(200))

const EVENTS: readonly [string, (scene: Scene) => Promise<unknown>, Living][] = [
  ['nothing', async () => {}, ALL],
  ['sign-out', ({ here }) => here.post('/two-factor/sign-out').expect(204), { ...ALL, here: false }],
  ['password changed', ({ service }) => service.twoFactor.invalidate('user-ada'), NONE],
  [
    'authenticator added',
    async (scene) => {
      await fresh(scene)
      const begun = await scene.here.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
      const code = codeFor(scene.service, begun.body.setupKey)
      await scene.here.post(`/two-factor/authenticators/${begun.body.enrolmentId}/confirm`).send({ code }).expect(201)
    },
    { ...HERE_ALONE, devices: 2 },
  ],
  [
    'authenticator removed',
    async (scene) => {
      await fresh(scene)
      await scene.here.post(`/two-factor/authenticators/${scene.authenticatorId}/remove`).expect(204)
    },
    HERE_ALONE,
  ],
  [
    'new recovery codes',
    async (scene) => {
      await fresh(scene)
      await scene.here.post('/two-factor/recovery-codes').expect(201)
    },
    HERE_ALONE,
  ],
  [
    'disable',
    async (scene) => {
      await fresh(scene)
      await scene.here.post('/two-factor/disable').expect(204)
    },
    HERE_ALONE,
  ],
  [
    'admin reset',
    ({ service }) => service.twoFactor.admin.reset('user-ada', { actor: 'support', reason: 'lost phone' }),
    NONE,
  ],
  [
    'rename',
    ({ here, authenticatorId }) =>
      here.post(`/two-factor/authenticators/${authenticatorId}/update`).send({ label: 'Blue' }).expect(200),
    ALL,
  ],
  [
    'a device forgotten',
    async ({ service, here }) => {
      const [device] = await service.twoFactor.devices.list('user-ada')
      await here.post(`/two-factor/devices/${device?.id}/forget`).expect(204)
    },
    { ...ALL, devices: 1 },
  ],
]

describe('what ends what', () => {
  it.each(EVENTS)('%s', async (_name, act, expected) => {
    const scene = await settle()
    await act(scene)
    expect(await livesAfter(scene)).toEqual(expected)
  })
})

describe('a change', () => {
  it('gives this session a new id, and the cookie from before is worth nothing', async () => {
    const service = createTestApp()
    const { agent } = await enrolTotp(service, 'ada')
    await reauthenticate(agent, 'ada').expect(200)
    const before = cookiesOf(agent)
    await request(service.app).get('/two-factor').set('Cookie', before).expect(200)
    const replaced = await agent.post('/two-factor/recovery-codes').expect(201)
    expect(String(replaced.headers['set-cookie'])).toContain('connect.sid=')
    await request(service.app).get('/two-factor').set('Cookie', before).expect(401)
    await agent.get('/two-factor').expect(200)
  })

  it('of number: the new phone is confirmed, and then the old one leaves with the devices and other sessions', async () => {
    const service = createTestApp()
    const { agent, authenticatorId } = await enrolPhone(service, 'ada')
    const other = request.agent(service.app)
    await signIn(other, 'ada')
    await other.post('/two-factor/challenge/verify').send({ code: service.phone.codeFor(), remember: true }).expect(200)
    await reauthenticate(agent, 'ada').expect(200)
    const wanted = { factor: 'phone', country: 'FR', phone: '06 98 76 54 32', method: 'sms', replaces: authenticatorId }
    await agent
      .post('/two-factor/authenticators')
      .send({ ...wanted, replaces: 'A'.repeat(22) })
      .expect(404)
    const begun = await agent.post('/two-factor/authenticators').send(wanted).expect(201)
    const before = await agent.get('/two-factor').expect(200)
    expect(before.body.authenticators).toMatchObject([{ id: authenticatorId }])
    const code = service.phone.codeFor()
    await agent.post(`/two-factor/authenticators/${begun.body.enrolmentId}/confirm`).send({ code }).expect(201)
    const after = await agent.get('/two-factor').expect(200)
    expect(after.body.authenticators).toMatchObject([{ destination: expect.stringMatching(/32$/) }])
    expect(after.body).toMatchObject({ devices: [], recoveryCodes: { remaining: 10 } })
    await other.get('/two-factor').expect(401)
    await signIn(request.agent(service.app), 'ada').expect(200, { next: '/two-factor/challenge' })
    expect(service.phone.last()?.to).toBe('+33698765432')
  })
})
