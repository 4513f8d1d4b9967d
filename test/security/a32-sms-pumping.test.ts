/**
 * A32. The attacker earns on each text to a number of his, or wants a victim's phone to ring all night: he asks for codes
 * again and again, at enrolment, sign-in and resend, in new sessions, in parallel, to one number and to many.
 * Hurt by it: everybody who sends texts ("artificially inflated traffic").
 * What must happen: five texts per number and per user in ten minutes, twenty a day, calls apart; in parallel exactly as
 * many; none to a country that is not listed; and the count outlives a restart of the app. Where the service says so, as
 * many per address, per calling code and in all, and whoever has a confirmed number is not the one to suffer for it.
 */
import type { BudgetScope } from 'express-two-factor'
import request from 'supertest'
import { createTestApp } from '../support/app'
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
  statusesOf,
} from '../support/security'

const numbered = (at: number) => ({
  factor: 'phone',
  country: 'FR',
  phone: `06 12 34 56 ${String(10 + at)}`,
  method: 'sms',
})

async function freshAgent(service: Service, name: string): Promise<TestAgent> {
  const agent = request.agent(service.app)
  await signIn(agent, name)
  await reauthenticate(agent, name).expect(200)
  return agent
}

/** A service with many accounts, whose budget is of one scope: three texts in ten minutes. */
function openBounded(backend: Backend, per: BudgetScope): Service {
  const service = openService(backend, {
    countries: ['FR', 'BE'],
    sendBudgets: [
      { points: 3, windowMs: 600_000, per },
      { points: 100, windowMs: 600_000 },
    ],
  })
  service.app.set('trust proxy', true)
  for (let at = 0; at < 9; at += 1) service.users.set(`u${at}`, { id: `user-u${at}`, label: `u${at}@example.com` })
  return service
}

/** One account enrols one number, from one address; what the service answered. */
async function enrolFrom(service: Service, at: number, address: string, country = 'FR'): Promise<number> {
  const agent = await freshAgent(service, `u${at}`)
  const phone = country === 'FR' ? numbered(at) : { ...numbered(at), country, phone: `0470 12 34 5${at}` }
  return (await agent.post('/two-factor/authenticators').set('X-Forwarded-For', address).send(phone)).status
}

describe.each(BACKENDS)('texts to many numbers from many accounts, on %s', (backend) => {
  it('from one address are as many as its budget; another address has its own', async () => {
    const service = openBounded(backend, 'address')
    const statuses = []
    for (let at = 0; at < 5; at += 1) statuses.push(await enrolFrom(service, at, '192.0.2.1'))
    expect(statuses).toEqual([201, 201, 201, 429, 429])
    expect(await enrolFrom(service, 5, '192.0.2.2')).toBe(201)
  })

  it('from one network of IPv6 are as many as of one address: the rest of it is for free', async () => {
    const service = openBounded(backend, 'address')
    const statuses = []
    for (let at = 0; at < 5; at += 1) statuses.push(await enrolFrom(service, at, `2001:db8:0:1:${at}::1`))
    expect(statuses).toEqual([201, 201, 201, 429, 429])
    expect(await enrolFrom(service, 5, '2001:db8:0:2::1')).toBe(201)
  })

  it('with one calling code are as many as its budget; another code has its own', async () => {
    const service = openBounded(backend, 'country')
    const statuses = []
    for (let at = 0; at < 5; at += 1) statuses.push(await enrolFrom(service, at, `192.0.2.${at}`))
    expect(statuses).toEqual([201, 201, 201, 429, 429])
    expect(await enrolFrom(service, 5, '192.0.2.9', 'BE')).toBe(201)
  })

  it('are as many as the budget in all; who has confirmed a number still gets a code to it', async () => {
    const service = openBounded(backend, 'all')
    await enrolPhone(service, 'ada')
    const statuses = []
    for (let at = 0; at < 4; at += 1) statuses.push(await enrolFrom(service, at, `192.0.2.${at}`, at % 2 ? 'BE' : 'FR'))
    expect(statuses).toEqual([201, 201, 429, 429])
    const sent = service.phone.messages.length
    await holdSession(service)
    expect(service.phone.messages).toHaveLength(sent + 1)
  })
})

describe.each(BACKENDS)('texts, on %s', (backend) => {
  it('to many numbers from one account: five leave, in a row or all at once', async () => {
    const service = openService(backend)
    const mallory = await freshAgent(service, 'bob')
    const answers = await burst(12, (at) => mallory.post('/two-factor/authenticators').send(numbered(at)))
    expect(statusesOf(answers)[201] ?? 0).toBeLessThanOrEqual(5)
    for (let at = 20; at < 26; at += 1) {
      const { body, headers } = await mallory.post('/two-factor/authenticators').send(numbered(at)).expect(429)
      expect(body.code).toBe('ERR_TFA_BUDGET_EXHAUSTED')
      expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    }
    // From the twentieth on, begun and not confirmed, beginning itself is locked.
    for (let at = 26; at < 30; at += 1) {
      await mallory.post('/two-factor/authenticators').send(numbered(at)).expect(429)
    }
    expect(service.phone.messages).toHaveLength(5)
  })

  it('to one number from two accounts: five leave', async () => {
    const service = openService(backend)
    const [one, two] = [await freshAgent(service, 'ada'), await freshAgent(service, 'bob')]
    for (let at = 0; at < 4; at += 1) {
      for (const agent of [one, two]) await agent.post('/two-factor/authenticators').send(numbered(0))
    }
    expect(service.phone.messages).toHaveLength(5)
  })

  it('at sign-in, in as many sessions as one likes: five leave, the enrolment counted; calls are apart', async () => {
    const service = openService(backend)
    await enrolPhone(service, 'ada')
    const thieves = await Promise.all(Array.from({ length: 8 }, () => holdSession(service)))
    expect(service.phone.messages).toHaveLength(5)
    const last = await thieves[0]?.get('/two-factor/challenge').expect(200)
    expect(last?.body.methods).toContainEqual(expect.objectContaining({ method: 'recovery-code' }))
    for (const thief of thieves) await thief.post('/two-factor/challenge').send({ method: 'voice' })
    expect(service.phone.messages).toHaveLength(10)
  })

  it('asked for twenty times at once in one session: one leaves', async () => {
    const service = openService(backend)
    await enrolPhone(service, 'ada')
    const ada = await holdSession(service)
    const sent = service.phone.messages.length
    service.clock.advance(30_000)
    await burst(20, () => ada.post('/two-factor/challenge/resend'))
    expect(service.phone.messages).toHaveLength(sent + 1)
  })
})

describeShared('the count of texts, on %s', (backend) => {
  it('outlives a restart of the app', async () => {
    const service = openService(backend)
    const mallory = await freshAgent(service, 'bob')
    for (let at = 0; at < 5; at += 1) await mallory.post('/two-factor/authenticators').send(numbered(at)).expect(201)
    const restarted = createTestApp(anotherInstance(service))
    const again = request.agent(restarted.app)
    await signIn(again, 'bob')
    await reauthenticate(again, 'bob').expect(200)
    await again.post('/two-factor/authenticators').send(numbered(9)).expect(429)
    expect(restarted.phone.messages).toEqual([])
  })
})

// On a clock that is moved; a Redis counts by its own.
describe('the count of texts of a day', () => {
  it('is twenty, however they are spread', async () => {
    const service = openService()
    for (let at = 0; at < 30; at += 1) {
      const mallory = await freshAgent(service, 'bob')
      await mallory.post('/two-factor/authenticators').send(numbered(at))
      service.clock.advance(2 * 60_000 + 1)
    }
    expect(service.phone.messages).toHaveLength(20)
  })
})

describe('a country that is not listed', () => {
  it('is sent nothing, whether chosen or typed', async () => {
    const service = openService()
    const { agent } = await enrolTotp(service, 'ada')
    await reauthenticate(agent, 'ada').expect(200)
    for (const [country, phone] of [
      ['GB', '07400 123456'],
      ['FR', '+44 7400 123456'],
      ['FR', '0044 7400 123456'],
      ['LV', '+371 21 234 567'],
      ['FR', '+1 268 464 1234'],
    ]) {
      const { status } = await agent
        .post('/two-factor/authenticators')
        .send({ factor: 'phone', country, phone, method: 'sms' })
      expect([phone, status]).toEqual([phone, 422])
    }
    expect(service.phone.messages).toEqual([])
  })
})
