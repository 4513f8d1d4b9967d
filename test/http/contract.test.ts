import request from 'supertest'
import { createTestApp } from '../support/app'
import { codeFor, enrolPhone, enrolTotp, passWithTotp, reauthenticate, signIn, wrongCodeFor } from '../support/journeys'

const ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const HTML = 'text/html,application/xhtml+xml;q=0.9'

describe('nobody signed in', () => {
  it.each(['/', '/challenge', '/setup'])('GET %s is answered 401, and as a page sent to sign in', async (path) => {
    const { app } = createTestApp()
    const refused = await request(app).get(`/two-factor${path}`).expect(401)
    expect(refused.headers['content-type']).toContain('application/problem+json')
    expect(refused.body).toMatchObject({ status: 401, code: 'ERR_TFA_SIGN_IN_REQUIRED' })
    await request(app).get(`/two-factor${path}`).set('Accept', HTML).expect(303).expect('Location', '/login')
  })

  it.each(['/challenge/verify', '/authenticators', '/disable', '/sign-out', `/devices/${ID}/forget`])(
    'POST %s is answered 401',
    async (path) => {
      const { app } = createTestApp()
      await request(app).post(`/two-factor${path}`).send({}).expect(401)
    },
  )
})

describe('methods and paths', () => {
  it.each(['get', 'put', 'patch', 'delete', 'head'] as const)(
    '%s on a POST-only path is 405 with Allow, and evaluates nothing',
    async (method) => {
      const service = createTestApp()
      const { setupKey } = await enrolTotp(service, 'ada')
      const ada = request.agent(service.app)
      await signIn(ada, 'ada')
      service.clock.advance(30_000)
      const refused = await ada[method](`/two-factor/challenge/verify?code=${codeFor(service, setupKey)}`).expect(405)
      expect(refused.headers.allow).toBe('POST')
      await ada.get('/account').expect(401)
    },
  )

  it('an unknown path under the mount is 404', async () => {
    const { app } = createTestApp()
    const { body } = await request(app).get('/two-factor/nothing').expect(404)
    expect(body.code).toBe('ERR_TFA_NOT_FOUND')
  })
})

describe('cross-site check', () => {
  const post = async (headers: Record<string, string>) => {
    const { app } = createTestApp({ trustedOrigins: ['https://partner.example'] })
    const ada = request.agent(app)
    await signIn(ada, 'ada')
    return ada.post('/two-factor/sign-out').set(headers)
  }

  it.each([
    [{ 'Sec-Fetch-Site': 'same-origin' }, 204],
    [{ 'Sec-Fetch-Site': 'none' }, 204],
    [{ 'Sec-Fetch-Site': 'cross-site' }, 403],
    [{ 'Sec-Fetch-Site': 'same-site', Origin: 'http://localhost' }, 403],
    [{ 'Sec-Fetch-Site': 'cross-site', Origin: 'https://partner.example' }, 204],
    [{ Origin: 'http://localhost' }, 204],
    [{ Origin: 'https://partner.example' }, 204],
    [{ Origin: 'https://evil.example' }, 403],
    [{ Origin: 'null' }, 403],
    [{}, 204],
  ])('%j is answered %i', async (headers, status) => {
    const answer = await post(headers as Record<string, string>)
    expect(answer.status).toBe(status)
    if (status === 403) expect(answer.body.code).toBe('ERR_TFA_CROSS_SITE')
  })
})

describe('a held session', () => {
  const held = async () => {
    const service = createTestApp()
    const enrolled = await enrolTotp(service, 'ada')
    const ada = request.agent(service.app)
    await signIn(ada, 'ada')
    service.clock.advance(30_000)
    return { service, ada, ...enrolled }
  }

  it('is refused the settings with 401, and factor changes with 403 naming both parts', async () => {
    const { ada } = await held()
    expect((await ada.get('/two-factor').expect(401)).body.code).toBe('ERR_TFA_REQUIRED')
    expect((await ada.get('/two-factor/setup').expect(401)).body.code).toBe('ERR_TFA_REQUIRED')
    for (const path of ['/authenticators', `/authenticators/${ID}/remove`, '/recovery-codes']) {
      const { body } = await ada.post(`/two-factor${path}`).send({ factor: 'totp' }).expect(403)
      expect(body).toMatchObject({ code: 'ERR_TFA_REAUTHENTICATION_REQUIRED', missing: ['password', 'second-factor'] })
    }
  })

  it('sees its challenge', async () => {
    const { ada, authenticatorId } = await held()
    const { body } = await ada.get('/two-factor/challenge').expect(200)
    expect(body).toEqual({
      id: expect.stringMatching(/^[\w-]{22}$/),
      purpose: 'sign-in',
      method: 'totp',
      methods: [
        { method: 'totp', authenticatorId },
        { method: 'recovery-code', authenticatorId: 'recovery-codes' },
      ],
      expiresAt: expect.stringMatching(/Z$/),
      attemptsLeft: 5,
    })
  })

  it('counts a wrong code and not a malformed one', async () => {
    const { ada, service, setupKey } = await held()
    for (const code of ['', '1', '12345', 'abcdef', '１２３４５６', null, 123456, ['123456'], { toString: 1 }]) {
      const { body } = await ada.post('/two-factor/challenge/verify').send({ code }).expect(400)
      expect(body.code).toBe('ERR_TFA_INPUT_INVALID')
    }
    const { body } = await ada
      .post('/two-factor/challenge/verify')
      .send({ code: wrongCodeFor(service, setupKey) })
      .expect(401)
    expect(body).toMatchObject({ code: 'ERR_TFA_CODE_INCORRECT', attemptsLeft: 4 })
  })

  it('has used up its attempts after five, and may then open another challenge', async () => {
    const { ada, service, setupKey } = await held()
    const verify = (code: string) => ada.post('/two-factor/challenge/verify').send({ code })
    for (let attempt = 0; attempt < 5; attempt += 1) await verify(wrongCodeFor(service, setupKey)).expect(401)
    const refused = await verify(codeFor(service, setupKey)).expect(429)
    expect(refused.body.code).toBe('ERR_TFA_ATTEMPTS_EXHAUSTED')
    const opened = await ada.post('/two-factor/challenge').send({}).expect(201)
    expect(opened.body.attemptsLeft).toBe(5)
    await verify(codeFor(service, setupKey)).expect(200)
  })

  it('finds its challenge expired after ten minutes', async () => {
    const { ada, service, setupKey } = await held()
    service.clock.advance(10 * 60_000)
    const { body } = await ada
      .post('/two-factor/challenge/verify')
      .send({ code: codeFor(service, setupKey) })
      .expect(401)
    expect(body.code).toBe('ERR_TFA_CHALLENGE_EXPIRED')
  })

  it('is locked from the tenth failure, and by recovery code gets in all the same', async () => {
    const { ada, service, setupKey, recoveryCodes } = await held()
    for (let attempt = 0; attempt < 10; attempt += 1) {
      if (attempt === 5) await ada.post('/two-factor/challenge').send({}).expect(201)
      await ada
        .post('/two-factor/challenge/verify')
        .send({ code: wrongCodeFor(service, setupKey) })
        .expect(401)
    }
    const locked = await ada.post('/two-factor/challenge').send({ method: 'totp' }).expect(429)
    expect(locked.body).toMatchObject({
      code: 'ERR_TFA_LOCKED',
      methods: [{ method: 'recovery-code', authenticatorId: 'recovery-codes' }],
    })
    expect(Number(locked.headers['retry-after'])).toBeGreaterThan(25)
    await ada.post('/two-factor/challenge').send({ method: 'recovery-code' }).expect(201)
    await ada.post('/two-factor/challenge/verify').send({ code: recoveryCodes[0] }).expect(200)
    await ada.get('/account').expect(200)
  })

  it('is refused a body over 16 kB with 413, and answered 404 for a malformed code where nothing is asked', async () => {
    const { ada, service } = await held()
    await ada
      .post('/two-factor/challenge/verify')
      .send({ code: 'x'.repeat(20_000) })
      .expect(413)
    service.clock.advance(60 * 60_000)
    const { body } = await ada.post('/two-factor/challenge/verify').send({ code: 'x' }).expect(404)
    expect(body.code).toBe('ERR_TFA_NO_CHALLENGE')
  })

  it('as a page is sent to the challenge, and after it to the page it asked for', async () => {
    const { ada, service, setupKey } = await held()
    await ada.get('/account?tab=2').set('Accept', HTML).expect(303).expect('Location', '/two-factor/challenge')
    const page = await ada.get('/two-factor/challenge').set('Accept', HTML).expect(200)
    expect(page.text).toContain('autocomplete="one-time-code"')
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(page.headers['cache-control']).toBe('no-store')
    const wrong = { code: wrongCodeFor(service, setupKey) }
    const refused = await ada
      .post('/two-factor/challenge/verify')
      .type('form')
      .set('Accept', HTML)
      .send(wrong)
      .expect(401)
    expect(refused.text).toContain('role="alert"')
    const right = { code: codeFor(service, setupKey) }
    await ada
      .post('/two-factor/challenge/verify')
      .type('form')
      .set('Accept', HTML)
      .send(right)
      .expect(303)
      .expect('Location', '/account?tab=2')
  })
})

describe('a passed session', () => {
  it('reads its security settings', async () => {
    const service = createTestApp()
    const { agent, authenticatorId } = await enrolTotp(service, 'ada')
    const { body } = await agent.get('/two-factor').expect(200)
    expect(body).toEqual({
      enabled: true,
      requirement: { mode: 'optional', postponable: false },
      authenticators: [
        {
          id: authenticatorId,
          factor: 'totp',
          label: '',
          methods: ['totp'],
          preferredMethod: 'totp',
          createdAt: expect.any(String),
          lastUsedAt: expect.any(String),
        },
      ],
      recoveryCodes: { remaining: 10, total: 10 },
      devices: [],
    })
  })

  it('has no challenge until it asks for one, which is a step-up', async () => {
    const service = createTestApp()
    const { agent } = await enrolPhone(service, 'ada')
    expect((await agent.get('/two-factor/challenge').expect(404)).body.code).toBe('ERR_TFA_NO_CHALLENGE')
    const { body } = await agent.post('/two-factor/challenge').send({}).expect(201)
    expect(body).toMatchObject({
      purpose: 'step-up',
      method: 'sms',
      delivery: { status: 'sent' },
      destination: expect.stringMatching(/^\+33 .*78$/),
    })
    expect(JSON.stringify(body)).not.toContain('612345678')
    const soon = await agent.post('/two-factor/challenge/resend').expect(429)
    expect(soon.body.code).toBe('ERR_TFA_COOLDOWN')
    expect(Number(soon.headers['retry-after'])).toBeGreaterThan(25)
    service.clock.advance(30_000)
    await agent.post('/two-factor/challenge/resend').expect(202)
  })

  it('needs the password again for a change of factors, once per change', async () => {
    const service = createTestApp()
    const { agent, setupKey } = await enrolTotp(service, 'ada')
    const refused = await agent.post('/two-factor/recovery-codes').expect(403)
    expect(refused.body).toMatchObject({ code: 'ERR_TFA_REAUTHENTICATION_REQUIRED', missing: ['password'] })
    const again = await reauthenticate(agent, 'ada').expect(200)
    expect(again.body).toEqual({ validUntil: expect.any(String), missing: [] })
    const { body } = await agent.post('/two-factor/recovery-codes').expect(201)
    expect(body.recoveryCodes).toHaveLength(10)
    const after = await agent.post('/two-factor/recovery-codes').expect(403)
    expect(after.body.missing).toEqual(['password', 'second-factor'])
    await reauthenticate(agent, 'ada').expect(200)
    await agent.post('/two-factor/challenge').send({}).expect(201)
    service.clock.advance(30_000)
    await agent
      .post('/two-factor/challenge/verify')
      .send({ code: codeFor(service, setupKey) })
      .expect(200)
    await agent.post('/two-factor/recovery-codes').expect(201)
  })

  it("takes no other user's password for its own", async () => {
    const service = createTestApp()
    const { agent } = await enrolTotp(service, 'ada')
    const { body } = await reauthenticate(agent, 'bob').expect(401)
    expect(body.code).toBe('ERR_TFA_CREDENTIALS_INCORRECT')
  })

  it('turns the second factor off', async () => {
    const service = createTestApp()
    const { agent } = await enrolTotp(service, 'ada')
    await agent.post('/two-factor/disable').expect(403)
    await reauthenticate(agent, 'ada').expect(200)
    await agent.post('/two-factor/disable').expect(204)
    const { body } = await agent.get('/account').expect(200)
    expect(body.twoFactor.assurance).toBe('password')
    const again = request.agent(service.app)
    await signIn(again, 'ada').expect(200, { next: '/' })
  })

  it('renames, prefers, and removes an authenticator; an id that is not its own is 404, a malformed one 400', async () => {
    const service = createTestApp()
    const { agent, authenticatorId } = await enrolPhone(service, 'ada')
    const words = { label: 'Blue phone', preferredMethod: 'voice' }
    const { body } = await agent.post(`/two-factor/authenticators/${authenticatorId}/update`).send(words).expect(200)
    expect(body).toMatchObject({ ...words, methods: ['voice', 'sms'] })
    await agent.post(`/two-factor/authenticators/${ID}/update`).send(words).expect(404)
    await agent.post('/two-factor/authenticators/x:y/update').send(words).expect(400)
    await reauthenticate(agent, 'ada').expect(200)
    await agent.post(`/two-factor/authenticators/${ID}/remove`).expect(404)
    await agent.post(`/two-factor/authenticators/${authenticatorId}/remove`).expect(204)
    expect((await agent.get('/two-factor').expect(200)).body).toMatchObject({
      enabled: false,
      recoveryCodes: { total: 0 },
    })
  })

  it('signs out, and stays signed out', async () => {
    const service = createTestApp()
    const { agent } = await enrolTotp(service, 'ada')
    await agent.post('/two-factor/sign-out').expect(204)
    await agent.get('/two-factor').expect(401)
  })
})

describe('a remembered device', () => {
  it('skips the challenge at sign-in, but not at a step-up, until it is forgotten', async () => {
    const service = createTestApp()
    const { setupKey } = await enrolTotp(service, 'ada')
    const ada = request.agent(service.app)
    await signIn(ada, 'ada')
    service.clock.advance(30_000)
    const verified = await ada
      .post('/two-factor/challenge/verify')
      .send({ code: codeFor(service, setupKey), remember: true })
      .expect(200)
    expect(String(verified.headers['set-cookie'])).toMatch(/two-factor-device-[\w-]{8}=[^;]+;.*HttpOnly.*SameSite=Lax/)
    await ada.post('/two-factor/sign-out').expect(204)
    await signIn(ada, 'ada').expect(200, { next: '/' })
    const { body } = await ada.get('/account').expect(200)
    expect(body.twoFactor.assurance).toBe('remembered-device')
    await ada.post('/email').expect(401)
    const settings = await ada.get('/two-factor').expect(200)
    expect(settings.body.devices).toMatchObject([{ current: true }])
    await ada.post(`/two-factor/devices/${settings.body.devices[0].id}/forget`).expect(204)
    await ada.post('/two-factor/sign-out').expect(204)
    await signIn(ada, 'ada').expect(200, { next: '/two-factor/challenge' })
  })
})

describe('a step-up', () => {
  it('is for one action, once', async () => {
    const service = createTestApp()
    const { agent, setupKey } = await enrolTotp(service, 'ada')
    const payout = (amount: number) => agent.post('/payout').send({ amount, to: 'FR76' })
    const refused = await payout(250).expect(401)
    expect(refused.body).toMatchObject({ code: 'ERR_TFA_STEP_UP_REQUIRED', location: '/two-factor/challenge' })
    expect(refused.headers['www-authenticate']).toContain('max_age="60"')
    const { body } = await agent.post('/two-factor/challenge').send({}).expect(201)
    expect(body).toMatchObject({ purpose: 'step-up', action: 'Pay out 250 EUR to FR76' })
    service.clock.advance(30_000)
    await agent
      .post('/two-factor/challenge/verify')
      .send({ code: codeFor(service, setupKey) })
      .expect(200)
    await payout(2500).expect(401)
    await payout(250).expect(200)
    await payout(250).expect(401)
  })

  it('by age is passed with a young second factor and asked again with an old one', async () => {
    const service = createTestApp()
    const { setupKey } = await enrolTotp(service, 'ada')
    const ada = await passWithTotp(service, 'ada', setupKey)
    await ada.post('/email').expect(200)
    service.clock.advance(60_000)
    await ada.post('/email').expect(401)
  })
})

describe('a required second factor', () => {
  const DAY = 24 * 60 * 60_000
  const required = { requirement: 'required', graceMs: 28 * DAY } as const

  it('prompts after sign-in, and "not now" is good for that session within the grace period', async () => {
    const service = createTestApp({ policy: required })
    const ada = request.agent(service.app)
    await signIn(ada, 'ada').expect(200, { next: '/two-factor/setup' })
    const prompted = await ada.get('/account').expect(403)
    expect(prompted.body).toMatchObject({
      code: 'ERR_TFA_ENROLMENT_REQUIRED',
      location: '/two-factor/setup',
      postponable: true,
    })
    const { body } = await ada.post('/two-factor/setup/postpone').expect(200)
    expect(body).toEqual({ daysLeft: 28, returnTo: '/' })
    await ada.get('/account').expect(200)
    await signIn(request.agent(service.app), 'ada').expect(200, { next: '/two-factor/setup' })
    service.clock.advance(28 * DAY)
    const late = request.agent(service.app)
    await signIn(late, 'ada')
    const refused = await late.post('/two-factor/setup/postpone').expect(403)
    expect(refused.body).toMatchObject({ code: 'ERR_TFA_ENROLMENT_REQUIRED', postponable: false })
  })

  it('is asked of whom the policy function names, and of nobody else', async () => {
    const service = createTestApp({
      policy: async ({ user }) => ({ requirement: user.id === 'user-ada' ? 'required' : 'optional' }),
    })
    await signIn(request.agent(service.app), 'ada').expect(200, { next: '/two-factor/setup' })
    await signIn(request.agent(service.app), 'bob').expect(200, { next: '/' })
  })

  it("is put off by support for one user's next sign-in", async () => {
    const service = createTestApp({ policy: { requirement: 'required' } })
    const ada = request.agent(service.app)
    await signIn(ada, 'ada').expect(200, { next: '/two-factor/setup' })
    await ada.post('/two-factor/setup/postpone').expect(403)
    const until = new Date(service.clock.now() + 3 * DAY)
    await service.twoFactor.admin.extendGrace('user-ada', until, { actor: 'support', reason: 'new phone on its way' })
    const again = request.agent(service.app)
    await signIn(again, 'ada').expect(200, { next: '/two-factor/setup' })
    const { body } = await again.post('/two-factor/setup/postpone').expect(200)
    expect(body.daysLeft).toBe(3)
  })

  it('cannot be turned off, nor its last authenticator removed', async () => {
    const service = createTestApp({ policy: required })
    const { agent, authenticatorId } = await enrolTotp(service, 'ada')
    expect((await agent.post('/two-factor/disable').expect(403)).body.code).toBe('ERR_TFA_REQUIRED_BY_POLICY')
    await reauthenticate(agent, 'ada').expect(200)
    const { body } = await agent.post(`/two-factor/authenticators/${authenticatorId}/remove`).expect(409)
    expect(body.code).toBe('ERR_TFA_LAST_AUTHENTICATOR')
    expect((await agent.post('/two-factor/setup/postpone').expect(409)).body.code).toBe('ERR_TFA_NOT_PROMPTED')
  })
})
