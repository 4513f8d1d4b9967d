import type { Channel } from 'express-two-factor'
import request from 'supertest'
import { createTestApp, type TestApp } from '../support/app'
import { enrolPhone, reauthenticate, signIn } from '../support/journeys'

async function heldByPhone(overrides: Parameters<typeof createTestApp>[0] = {}) {
  const service = createTestApp(overrides)
  const { recoveryCodes } = await enrolPhone(service, 'ada')
  return { service, recoveryCodes, ada: await signInAnew(service) }
}

async function signInAnew(service: TestApp) {
  const ada = request.agent(service.app)
  await signIn(ada, 'ada').expect(200, { next: '/two-factor/challenge' })
  return ada
}

describe('a sign-in by phone', () => {
  it('sends one text, whose code verifies', async () => {
    const { service, ada } = await heldByPhone()
    const texts = service.phone.messages.length
    const { body } = await ada.get('/two-factor/challenge').expect(200)
    expect(body).toMatchObject({ method: 'sms', delivery: { status: 'sent' }, resendAt: expect.any(String) })
    expect(service.phone.messages).toHaveLength(texts)
    await ada.post('/two-factor/challenge/verify').send({ code: service.phone.codeFor() }).expect(200)
  })

  it('switched to a call makes a new code at once, and the old one dies', async () => {
    const { service, ada } = await heldByPhone()
    const old = service.phone.codeFor()
    const { body } = await ada.post('/two-factor/challenge').send({ method: 'voice' }).expect(201)
    expect(body).toMatchObject({ method: 'voice', attemptsLeft: 5 })
    const code = service.phone.codeFor()
    expect(code).not.toBe(old)
    await ada.post('/two-factor/challenge/verify').send({ code: old }).expect(401)
    await ada.post('/two-factor/challenge/verify').send({ code }).expect(200)
  })

  it('sends once when two resends arrive together', async () => {
    const { service, ada } = await heldByPhone()
    service.clock.advance(30_000)
    const texts = service.phone.messages.length
    const answers = await Promise.all([1, 2].map(() => ada.post('/two-factor/challenge/resend')))
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 429])
    expect(service.phone.messages).toHaveLength(texts + 1)
  })

  it('keeps the attempts it has used when the code is sent again', async () => {
    const { service, ada } = await heldByPhone()
    await ada.post('/two-factor/challenge/verify').send({ code: '000000' }).expect(401)
    service.clock.advance(30_000)
    const { body } = await ada.post('/two-factor/challenge/resend').expect(202)
    expect(body.attemptsLeft).toBe(4)
  })
})

describe('a channel that fails', () => {
  it('leaves the sign-in held, with a challenge that says so and another method that works', async () => {
    const service = createTestApp()
    const { recoveryCodes } = await enrolPhone(service, 'ada')
    service.phone.failNext({ status: 'failed', reason: 'unreachable' })
    const ada = await signInAnew(service)
    const { body } = await ada.get('/two-factor/challenge').expect(200)
    expect(body.delivery).toEqual({ status: 'failed', reason: 'unreachable' })
    expect(body).not.toHaveProperty('resendAt')
    service.phone.failNext({ status: 'failed', reason: 'unreachable' })
    const refused = await ada.post('/two-factor/challenge').send({ method: 'sms' }).expect(502)
    expect(refused.body).toMatchObject({
      code: 'ERR_TFA_DELIVERY_FAILED',
      methods: expect.arrayContaining([expect.objectContaining({ method: 'voice' })]),
    })
    await ada.post('/two-factor/challenge').send({ method: 'sms' }).expect(201)
    await ada.post('/two-factor/challenge/verify').send({ code: recoveryCodes[3] }).expect(200)
  })

  it('without a word is "unknown", and the same method waits for its cooldown', async () => {
    const service = createTestApp()
    await enrolPhone(service, 'ada')
    service.phone.failNext({ status: 'unknown' })
    const ada = await signInAnew(service)
    expect((await ada.get('/two-factor/challenge')).body.delivery.status).toBe('unknown')
    await ada.post('/two-factor/challenge').send({ method: 'sms' }).expect(429)
  })

  it.each([
    ['never answers', () => new Promise<never>(() => {})],
    ['throws', () => Promise.reject(new Error('secret'))],
  ])('because it %s ends within the deadline as unknown', async (_how, send) => {
    const broken: Channel = { method: 'voice', send }
    const service = createTestApp()
    const { channels } = service.phone
    const withBroken = createTestApp({ channels: [channels[0] as Channel, broken], sendTimeoutMs: 100 })
    await enrolOn(withBroken, service)
    const ada = await signInAnew(withBroken)
    const { body } = await ada.post('/two-factor/challenge').send({ method: 'voice' }).expect(201)
    expect(body.delivery).toEqual({ status: 'unknown', reason: 'timeout' })
  })
})

/** Enrols on an app whose texts another app's phone receives. */
async function enrolOn(service: TestApp, receiver: TestApp): Promise<void> {
  await enrolPhone({ ...service, phone: receiver.phone }, 'ada')
}

describe('a budget of sends', () => {
  it('used up at sign-in holds all the same, says so, and leaves the other methods', async () => {
    const { service, recoveryCodes } = await heldByPhone()
    for (let sent = 2; sent < 5; sent += 1) await signInAnew(service)
    const texts = service.phone.messages.length
    const ada = await signInAnew(service)
    expect(service.phone.messages).toHaveLength(texts)
    const { body } = await ada.get('/two-factor/challenge').expect(200)
    expect(body.delivery).toEqual({ status: 'failed', reason: 'budget' })
    const refused = await ada.post('/two-factor/challenge').send({ method: 'sms' }).expect(429)
    expect(refused.body).toMatchObject({ code: 'ERR_TFA_BUDGET_EXHAUSTED' })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(60)
    expect(refused.body.methods.map(({ method }: { method: string }) => method)).toEqual(['voice', 'recovery-code'])
    await ada.post('/two-factor/challenge/verify').send({ code: recoveryCodes[0] }).expect(200)
  })

  it('is not charged for a send that the cooldown refused', async () => {
    const { service, ada } = await heldByPhone()
    for (let refused = 0; refused < 10; refused += 1) await ada.post('/two-factor/challenge/resend').expect(429)
    service.clock.advance(30_000)
    await ada.post('/two-factor/challenge/resend').expect(202)
    expect(service.phone.messages).toHaveLength(3)
  })
})

describe('a phone number', () => {
  const begin = async (typed: Record<string, unknown>, service = createTestApp()) => {
    const ada = request.agent(service.app)
    await signIn(ada, 'ada')
    await reauthenticate(ada, 'ada')
    return ada.post('/two-factor/authenticators').send({ factor: 'phone', country: 'FR', method: 'sms', ...typed })
  }

  it.each([
    [{ phone: '06 12 34 56' }, 422, 'ERR_TFA_PHONE_INVALID'],
    [{ phone: '' }, 422, 'ERR_TFA_PHONE_INVALID'],
    [{ phone: '0612345678;ext=1' }, 422, 'ERR_TFA_PHONE_INVALID'],
    [{ phone: '06\r\n12345678' }, 422, 'ERR_TFA_PHONE_INVALID'],
    [{ phone: '٠٦١٢٣٤٥٦٧٨' }, 422, 'ERR_TFA_PHONE_INVALID'],
    [{ phone: '0'.repeat(5000) }, 422, 'ERR_TFA_PHONE_INVALID'],
    [{ phone: '0899 12 34 56' }, 422, 'ERR_TFA_PHONE_NOT_ALLOWED'],
    [{ phone: '+1 202 456 1111' }, 422, 'ERR_TFA_PHONE_NOT_ALLOWED'],
    [{ phone: ['0612345678'] }, 400, 'ERR_TFA_INPUT_INVALID'],
    [{ phone: '0612345678', method: 'pigeon' }, 400, 'ERR_TFA_INPUT_INVALID'],
    [{ phone: '0612345678', factor: 'pigeon' }, 400, 'ERR_TFA_INPUT_INVALID'],
  ])('typed as %j is refused before anything is sent', async (typed, status, code) => {
    const service = createTestApp()
    const { body } = await begin(typed, service)
    expect(body).toMatchObject({ status, code })
    expect(service.phone.messages).toHaveLength(0)
  })

  it.each(['0612345678', '06.12.34.56.78', '+33 6 12 34 56 78', '0033 612345678', '(06) 12-34-56-78'])(
    'typed as %s is texted',
    async (phone) => {
      const service = createTestApp()
      const answer = await begin({ phone }, service)
      expect(answer.status).toBe(201)
      expect(answer.body).toEqual({
        enrolmentId: expect.any(String),
        destination: expect.stringMatching(/^\+33 [^\d]*78$/),
        expiresAt: expect.any(String),
        resendAt: expect.any(String),
      })
      expect(service.phone.last()?.to).toBe('+33612345678')
    },
  )

  it('of a landline is called, and never texted', async () => {
    const service = createTestApp()
    const ada = request.agent(service.app)
    await signIn(ada, 'ada')
    await reauthenticate(ada, 'ada')
    const landline = { factor: 'phone', country: 'FR', phone: '01 42 68 53 00' }
    await ada
      .post('/two-factor/authenticators')
      .send({ ...landline, method: 'sms' })
      .expect(422)
    const begun = await ada
      .post('/two-factor/authenticators')
      .send({ ...landline, method: 'voice' })
      .expect(201)
    await ada.post(`/two-factor/authenticators/${begun.body.enrolmentId}/resend`).send({ method: 'sms' }).expect(422)
    const code = service.phone.codeFor()
    const { body } = await ada
      .post(`/two-factor/authenticators/${begun.body.enrolmentId}/confirm`)
      .send({ code })
      .expect(201)
    expect(body.authenticator).toMatchObject({ methods: ['voice'], preferredMethod: 'voice' })
  })

  it('where no country was named is refused, and the error says what to set', async () => {
    const { body } = await begin({ phone: '0612345678' }, createTestApp({ countries: [] }))
    expect(body).toMatchObject({ code: 'ERR_TFA_PHONE_NOT_ALLOWED', detail: expect.stringContaining('countries') })
  })
})

describe('a code in hand', () => {
  it('is still good when a budget refuses another, and the challenge stays as it was', async () => {
    const { service, ada } = await heldByPhone({ sendBudgets: [{ points: 2, windowMs: 60_000 }] })
    const code = service.phone.codeFor()
    service.clock.advance(30_000)
    const { body } = await ada.post('/two-factor/challenge/resend').expect(429)
    expect(body.code).toBe('ERR_TFA_BUDGET_EXHAUSTED')
    const challenge = await ada.get('/two-factor/challenge').expect(200)
    expect(challenge.body).toMatchObject({ method: 'sms', delivery: { status: 'sent' } })
    await ada.post('/two-factor/challenge/verify').send({ code }).expect(200)
  })

  it('of an enrolment is, too', async () => {
    const service = createTestApp({ sendBudgets: [{ points: 1, windowMs: 60_000 }] })
    const agent = request.agent(service.app)
    await signIn(agent, 'ada')
    await reauthenticate(agent, 'ada').expect(200)
    const phone = { factor: 'phone', country: 'FR', phone: '06 12 34 56 78', method: 'sms' }
    const { body } = await agent.post('/two-factor/authenticators').send(phone).expect(201)
    service.clock.advance(30_000)
    await agent.post(`/two-factor/authenticators/${body.enrolmentId}/resend`).expect(429)
    const code = service.phone.codeFor()
    await agent.post(`/two-factor/authenticators/${body.enrolmentId}/confirm`).send({ code }).expect(201)
  })
})

describe('a country that nobody has', () => {
  it.each(['constructor', '__proto__', 'toString', 'ZZ'])(
    '%s is refused on the page it was typed on',
    async (country) => {
      const service = createTestApp({ countries: ['FR', 'BE'] })
      const agent = request.agent(service.app)
      await signIn(agent, 'ada')
      await reauthenticate(agent, 'ada').expect(200)
      const typed = { factor: 'phone', country, phone: '0612345678' }
      const form = agent.post('/two-factor/authenticators').type('form').set('Accept', 'text/html')
      expect((await form.send(typed).expect(422)).text).toContain('Check the phone number')
    },
  )
})

describe('where some countries’ numbers are reached by calls first', () => {
  it('the form begins with the first of the country it shows, and has those of the others', async () => {
    const service = createTestApp({ countries: ['FR', 'BE'], methodOrder: { FR: ['voice'], BE: ['sms'] } })
    const agent = request.agent(service.app)
    await signIn(agent, 'ada')
    await reauthenticate(agent, 'ada').expect(200)
    for (const [language, first] of [
      ['fr-FR', 'voice'],
      ['fr-BE', 'sms'],
    ] as const) {
      const form = agent
        .get('/two-factor/setup?step=methods')
        .set('Accept', 'text/html')
        .set('Accept-Language', language)
      const methods = [...(await form.expect(200)).text.matchAll(/name="method" value="(\w+)"( checked)?/g)]
      expect(methods.map(([, method, checked]) => [method, checked !== undefined])).toEqual([
        [first, true],
        [first === 'sms' ? 'voice' : 'sms', false],
      ])
    }
  })
})

describe('where a country’s numbers are reached by calls alone', () => {
  it('the page of an enrolment offers no text', async () => {
    const service = createTestApp({ methodOrder: { FR: ['voice'] } })
    const agent = request.agent(service.app)
    await signIn(agent, 'ada')
    await reauthenticate(agent, 'ada').expect(200)
    const setup = await agent.get('/two-factor/setup?step=methods').set('Accept', 'text/html').expect(200)
    expect(setup.text).not.toContain('value="sms"')
    const phone = { factor: 'phone', country: 'FR', phone: '06 12 34 56 78' }
    const texted = { ...phone, method: 'sms' }
    const form = agent.post('/two-factor/authenticators').type('form').set('Accept', 'text/html')
    expect((await form.send(texted).expect(422)).text).toContain('Choose the other.')
    const { body } = await agent.post('/two-factor/authenticators').send(phone).expect(201)
    const page = await agent
      .get(`/two-factor/setup?enrolment=${body.enrolmentId}`)
      .set('Accept', 'text/html')
      .expect(200)
    expect(page.text).toContain('value="voice"')
    expect(page.text).not.toContain('value="sms"')
    await agent.post(`/two-factor/authenticators/${body.enrolmentId}/resend`).send({ method: 'sms' }).expect(422)
  })
})
