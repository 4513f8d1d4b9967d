/**
 * A32, the patient kind. The attacker has accounts, addresses and numbers enough to stay within every budget: each of his
 * premium numbers is asked a code for but once, from an account and an address of its own. No code ever comes back, for
 * nobody is there to read it.
 * Hurt by it: everybody who sends texts to any country where a number can be rented by the thousand.
 * What must happen: where too few codes come back, sends to that country's new numbers stop, an event says so once, and the
 * authenticator app is offered; whoever has a number that once was confirmed notices nothing, nor does any other country.
 */
import type { SendingMethod, TwoFactorEvents } from 'express-two-factor'
import request from 'supertest'
import { createTestApp, type TestApp } from '../support/app'
import { enrolPhone, enrolTotp, reauthenticate, signIn, type TestAgent } from '../support/journeys'
import {
  anotherInstance,
  BACKENDS,
  type Backend,
  burst,
  describeShared,
  holdSession,
  openService,
  type Service,
} from '../support/security'

const MINUTE = 60_000
const ACCOUNTS = 40
const BRAKE = { countries: ['FR', 'BE'], conversionMinimumSends: 10 }

interface Wanted {
  /** Another's; its own otherwise. */
  number?: number
  country?: string
  method?: SendingMethod
}

function openBraked(backend: Backend): Service {
  const service = openService(backend, BRAKE)
  addAccounts(service)
  return service
}

function addAccounts({ users }: Pick<TestApp, 'users'>): void {
  for (let at = 0; at < ACCOUNTS; at += 1) users.set(`u${at}`, { id: `user-u${at}`, label: `u${at}@example.com` })
}

function numbered(at: number, { number = at, country = 'FR', method = 'sms' }: Wanted = {}) {
  const phone = country === 'FR' ? `06 12 34 56 ${10 + number}` : `0470 12 34 ${10 + number}`
  return { factor: 'phone', country, phone, method }
}

async function freshAgent({ app }: Pick<TestApp, 'app'>, at: number): Promise<TestAgent> {
  const agent = request.agent(app)
  await signIn(agent, `u${at}`)
  await reauthenticate(agent, `u${at}`).expect(200)
  return agent
}

async function begin(service: Pick<TestApp, 'app'>, at: number, wanted: Wanted = {}) {
  return (await freshAgent(service, at)).post('/two-factor/authenticators').send(numbered(at, wanted))
}

/** An account whose number is its own: the code comes back. */
async function confirm(service: Service, at: number, wanted: Wanted = {}): Promise<void> {
  const agent = await freshAgent(service, at)
  const { body } = await agent.post('/two-factor/authenticators').send(numbered(at, wanted)).expect(201)
  const code = service.phone.codeFor()
  await agent.post(`/two-factor/authenticators/${body.enrolmentId}/confirm`).send({ code }).expect(201)
}

/** So many accounts ask a code for a number of their own; nobody types it. */
async function pump(service: Service, count: number, wanted: Wanted = {}): Promise<void> {
  const answers = await burst(count, (at) => begin(service, at, wanted))
  expect(answers.map(({ status }) => status)).toEqual(Array(count).fill(201))
  await settle(service)
}

/** Codes have had the time to come back. Counts are written behind the answer: the last of them is waited for. */
async function settle(service: Service): Promise<void> {
  await service.twoFactor.sending.report(new Date(service.clock.now() - MINUTE))
  service.clock.advance(8 * MINUTE)
}

function stopsOf({ twoFactor }: Pick<TestApp, 'twoFactor'>): TwoFactorEvents['sends.stopped'][] {
  const stops: TwoFactorEvents['sends.stopped'][] = []
  twoFactor.on('sends.stopped', (stop) => stops.push(stop))
  return stops
}

describe.each(BACKENDS)('a country whose codes never come back, on %s', (backend) => {
  it('is sent no more, the app is offered, and one event says so though ten hear it at once', async () => {
    const service = openBraked(backend)
    const stops = stopsOf(service)
    await pump(service, 10)
    const sent = service.phone.messages.length
    const answers = await burst(10, (at) => begin(service, 20 + at))
    for (const { status, body, headers } of answers) {
      expect([status, body.code, body.factors]).toEqual([429, 'ERR_TFA_SENDS_STOPPED', ['totp']])
      expect(Number(headers['retry-after'])).toBeGreaterThan(50 * 60)
    }
    expect(service.phone.messages).toHaveLength(sent)
    expect(stops).toEqual([{ country: 'FR', method: 'sms', sent: 10, verified: 0, until: expect.any(Date) }])
    const agent = await freshAgent(service, 35)
    await agent.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
  })

  it('is one country and one method: other countries, and calls, go on', async () => {
    const service = openBraked(backend)
    await pump(service, 10)
    expect((await begin(service, 20)).status).toBe(429)
    expect((await begin(service, 21, { country: 'BE' })).status).toBe(201)
    expect((await begin(service, 22, { method: 'voice' })).status).toBe(201)
  })

  it('still signs in whoever has a number there, and takes back a number that was once confirmed', async () => {
    const service = openBraked(backend)
    const { agent } = await enrolPhone(service, 'ada')
    await reauthenticate(agent, 'ada').expect(200)
    await agent.post('/two-factor/disable').expect(204)
    await confirm(service, 39)
    await pump(service, 10)
    const sent = service.phone.messages.length
    await holdSession(service, 'u39')
    expect(service.phone.messages).toHaveLength(sent + 1)
    await enrolPhone(service, 'ada')
    expect((await begin(service, 20)).status).toBe(429)
    // Nobody finds out by asking whether a number is somebody's.
    expect((await begin(service, 20, { number: 39 })).status).toBe(429)
  })

  it('is open again after the window, and is judged anew', async () => {
    const service = openBraked(backend)
    const stops = stopsOf(service)
    await pump(service, 10)
    expect((await begin(service, 20)).status).toBe(429)
    service.clock.advance(61 * MINUTE)
    expect((await begin(service, 21)).status).toBe(201)
    await pump(service, 10)
    expect((await begin(service, 22)).status).toBe(429)
    expect(stops.map(({ sent }) => sent)).toEqual([10, 11])
  })

  it('is not stopped by a few accounts: of each, three unread codes count', async () => {
    const service = openBraked(backend)
    for (const at of [0, 1, 2])
      for (const number of [0, 10, 20, 30, 31]) await begin(service, at, { number: number + at })
    await settle(service)
    expect(service.phone.messages).toHaveLength(15)
    expect((await begin(service, 39)).status).toBe(201)
  })

  it('is stopped though one number of his is confirmed over and over: it counts once', async () => {
    const service = openBraked(backend)
    for (let at = 20; at < 25; at += 1) await confirm(service, at, { number: 0 })
    await burst(10, (at) => begin(service, at, { number: 1 + at }))
    await settle(service)
    expect((await begin(service, 30)).status).toBe(429)
  })

  it('is not stopped by codes that its confirmed numbers leave unread', async () => {
    const service = openBraked(backend)
    await confirm(service, 39)
    for (let at = 0; at < 12; at += 1) {
      expect((await begin(service, at, { number: 39 })).status).toBe(at < 4 ? 201 : 429)
    }
    for (let at = 20; at < 28; at += 1) await begin(service, at)
    await settle(service)
    expect((await begin(service, 30)).status).toBe(201)
  })

  it('does not begin an enrolment either: nothing is left to resend, and nothing counts as begun', async () => {
    const service = openBraked(backend)
    await pump(service, 10)
    const agent = await freshAgent(service, 20)
    for (let at = 0; at < 25; at += 1) {
      const { body } = await agent.post('/two-factor/authenticators').send(numbered(20)).expect(429)
      expect(body.code).toBe('ERR_TFA_SENDS_STOPPED')
    }
    await agent.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
  })

  it('sends nothing for the enrolments that were begun before', async () => {
    const service = openBraked(backend)
    const early = await freshAgent(service, 30)
    const { body } = await early.post('/two-factor/authenticators').send(numbered(30)).expect(201)
    await pump(service, 9)
    const sent = service.phone.messages.length
    const { status } = await early.post(`/two-factor/authenticators/${body.enrolmentId}/resend`)
    expect([status, service.phone.messages.length]).toEqual([429, sent])
  })
})

describe.each(BACKENDS)('a country of people, on %s', (backend) => {
  it('goes on while a quarter of the codes comes back', async () => {
    const service = openBraked(backend)
    for (const at of [0, 1, 2]) await confirm(service, at)
    await burst(9, (at) => begin(service, 10 + at))
    await settle(service)
    expect((await begin(service, 30)).status).toBe(201)
  })

  it('goes on when very many ask at once: their codes are still on the way', async () => {
    const service = openBraked(backend)
    await burst(20, (at) => begin(service, at))
    service.clock.advance(MINUTE)
    expect((await begin(service, 30)).status).toBe(201)
  })

  it('goes on when codes were not even accepted: nobody earned by them', async () => {
    const service = openBraked(backend)
    for (let at = 0; at < 12; at += 1) service.phone.failNext({ status: 'failed', reason: 'unreachable' })
    await burst(12, (at) => begin(service, at))
    await settle(service)
    expect((await begin(service, 30)).status).toBe(201)
  })

  it('goes on where the brake is off', async () => {
    const service = openService(backend, { ...BRAKE, conversionMinimumPercent: 0 })
    addAccounts(service)
    await pump(service, 12)
    expect((await begin(service, 30)).status).toBe(201)
  })
})

describeShared('what was counted, on %s', (backend) => {
  it('outlives a restart of the app, and one process hears of the other', async () => {
    const service = openBraked(backend)
    const stops = stopsOf(service)
    await pump(service, 10)
    const restarted = createTestApp({ ...anotherInstance(service), ...BRAKE })
    addAccounts(restarted)
    expect((await begin(restarted, 20)).status).toBe(429)
    expect((await begin(service, 21)).status).toBe(429)
    expect(stops).toEqual([])
    expect(restarted.phone.messages).toEqual([])
  })
})

describe('who is asked the app anyway', () => {
  it('enrols it while sends are stopped, and is signed in by it', async () => {
    const service = openBraked('memory')
    await pump(service, 10)
    const { setupKey } = await enrolTotp(service, 'u20')
    expect(setupKey).toMatch(/^[A-Z2-7]{32}$/)
  })
})
