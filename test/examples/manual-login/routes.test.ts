import request from 'supertest'
import { type SampleHere, startHere } from '../running'
import { nextCode, PASSWORD, register, registerWithApp, signIn, signInAdmin } from './visitors'

let sample: SampleHere

beforeAll(async () => {
  sample = await startHere()
}, 30_000)
afterAll(() => sample.close())

const IBAN = 'FR7630006000011234567890189'

describe('POST /register', () => {
  it('makes an account, and signs nobody in', async () => {
    const agent = request.agent(sample.url)
    const account = { email: 'Grace@Example.com', password: PASSWORD }
    const { body } = await agent.post('/register').send(account).expect(201)
    expect(body).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), email: 'grace@example.com' })
    await agent.get('/account').expect(401)
  })

  it('refuses an address that is registered, in any case', async () => {
    const { email } = await register(sample)
    const again = { email: email.toUpperCase(), password: PASSWORD }
    const { body, headers } = await request(sample.url).post('/register').send(again).expect(409)
    expect(headers['content-type']).toContain('application/problem+json')
    expect(body).toMatchObject({ status: 409, field: 'email' })
  })

  it.each([
    ['no address', 'email', { password: PASSWORD }],
    ['no address in its place', 'email', { email: 'nobody', password: PASSWORD }],
    ['an address with a line break', 'email', { email: 'a@b\r\nc.example', password: PASSWORD }],
    ['an object for an address', 'email', { email: { toString: 1 }, password: PASSWORD }],
    ['a password of 7 characters', 'password', { email: 'short@example.com', password: '1234567' }],
    ['a password of 257 characters', 'password', { email: 'long@example.com', password: 'x'.repeat(257) }],
  ])('refuses %s', async (_what, field, account) => {
    const { body } = await request(sample.url).post('/register').send(account).expect(400)
    expect(body).toMatchObject({ field })
  })
})

describe('POST /login', () => {
  it('says where to go on: home, or the challenge once there is a factor', async () => {
    const { email } = await register(sample)
    const plain = { email: ` ${email.toUpperCase()}`, password: PASSWORD }
    await request(sample.url).post('/login').send(plain).expect(200, { next: '/' })
    const enrolled = await registerWithApp(sample)
    const account = { email: enrolled.email, password: PASSWORD }
    await request(sample.url).post('/login').send(account).expect(200, { next: '/two-factor/challenge' })
  })

  it.each([
    ['a wrong password', { email: 'ada@example.com', password: 'wrong' }],
    ['an address nobody has', { email: 'nobody@example.com', password: PASSWORD }],
    ['no password', { email: 'ada@example.com' }],
    ['lists', { email: ['ada@example.com'], password: [PASSWORD] }],
    ['a NUL', { email: 'ada@example.com\0', password: PASSWORD }],
  ])('answers 401 to %s', async (_what, account) => {
    await request(sample.url)
      .post('/login')
      .send(account)
      .expect(401)
      .expect('content-type', /problem\+json/)
  })

  it('answers a body that is no JSON with 400', async () => {
    await request(sample.url).post('/login').type('json').send('{').expect(400)
  })

  it('signs a demo account in', async () => {
    const [, email, password] = /^account (\S+) "(.+)" \(admin\)$/m.exec(sample.accounts.join('\n')) ?? []
    await request(sample.url).post('/login').send({ email, password }).expect(200, { next: '/' })
  })
})

describe('a post that another site made the browser send', () => {
  it.each([
    ['Sec-Fetch-Site', 'cross-site'],
    ['Sec-Fetch-Site', 'same-site'],
    ['Origin', 'https://evil.example'],
    ['Origin', 'null'],
  ])('is refused by its %s: %s', async (name, value) => {
    const account = { email: 'planted@example.com', password: PASSWORD }
    await request(sample.url).post('/register').set(name, value).send(account).expect(403)
    await request(sample.url).post('/login').send(account).expect(401)
  })

  it('is let through from its own pages', async () => {
    const { email } = await register(sample)
    const { port } = new URL(sample.url)
    const account = { email, password: PASSWORD }
    await request(sample.url).post('/login').set('Origin', `http://localhost:${port}`).send(account).expect(200)
    await request(sample.url).post('/login').set('Sec-Fetch-Site', 'same-origin').send(account).expect(200)
  })
})

describe('the account', () => {
  it('sends a browser that nobody is signed in with to sign in, and tells a client', async () => {
    await request(sample.url).get('/account').set('Accept', 'text/html').expect(303).expect('Location', '/login')
    await request(sample.url)
      .get('/account')
      .expect(401)
      .expect('content-type', /problem\+json/)
  })

  it('is held until the second factor is verified', async () => {
    const { id, email, setupKey } = await registerWithApp(sample)
    const agent = await signIn(sample, email)
    const held = await agent.get('/account').expect(401)
    expect(held.body).toMatchObject({ code: 'ERR_TFA_REQUIRED' })
    await agent
      .post('/two-factor/challenge/verify')
      .send({ code: nextCode(sample, setupKey) })
      .expect(200)
    const { body } = await agent.get('/account').expect(200)
    expect(body).toMatchObject({ id, email, role: 'user', twoFactor: { assurance: 'second-factor' } })
  })

  it('changes its e-mail address: signed in by the new one from then on', async () => {
    const { id, email } = await register(sample)
    const agent = await signIn(sample, email)
    await agent
      .post('/account/email')
      .send({ email: `New-${email}` })
      .expect(200, { id, email: `new-${email}` })
    await signIn(sample, `new-${email}`)
    await request(sample.url).post('/login').send({ email, password: PASSWORD }).expect(401)
  })

  it('refuses an e-mail address that is none, or another user’s', async () => {
    const agent = await signIn(sample, (await register(sample)).email)
    await agent.post('/account/email').send({ email: 'none' }).expect(400)
    await agent.post('/account/email').send({ email: 'ada@example.com' }).expect(409)
  })

  it('asks for the second factor again before the e-mail address changes, once it is five minutes old', async () => {
    const { agent, email, setupKey } = await registerWithApp(sample)
    sample.clock.advance(6 * 60_000)
    const asked = await agent
      .post('/account/email')
      .send({ email: `next-${email}` })
      .expect(401)
    expect(asked.body).toMatchObject({ code: 'ERR_TFA_STEP_UP_REQUIRED' })
    await agent.post('/two-factor/challenge').expect(201)
    await agent
      .post('/two-factor/challenge/verify')
      .send({ code: nextCode(sample, setupKey) })
      .expect(200)
    await agent
      .post('/account/email')
      .send({ email: `next-${email}` })
      .expect(200)
  })
})

describe('POST /account/payout', () => {
  it('asks for a code for this amount and this receiver: neither can be changed afterwards, nor is it good twice', async () => {
    const { agent, setupKey } = await registerWithApp(sample)
    const payout = { amount: 250, to: IBAN }
    const asked = await agent.post('/account/payout').send(payout).expect(401)
    expect(asked.body).toMatchObject({ code: 'ERR_TFA_STEP_UP_REQUIRED' })
    const challenge = await agent.post('/two-factor/challenge').expect(201)
    expect(challenge.body).toMatchObject({ purpose: 'step-up', action: `Pay out 250 EUR to ${IBAN}` })
    await agent
      .post('/two-factor/challenge/verify')
      .send({ code: nextCode(sample, setupKey) })
      .expect(200)
    await agent
      .post('/account/payout')
      .send({ ...payout, amount: 2500 })
      .expect(401)
    await agent.post('/two-factor/challenge').expect(201)
    await agent
      .post('/two-factor/challenge/verify')
      .send({ code: nextCode(sample, setupKey) })
      .expect(200)
    await agent.post('/account/payout').send(payout).expect(401)
  })

  it('pays once the code was given, spelled any way, and asks again for the next', async () => {
    const { agent, setupKey } = await registerWithApp(sample)
    await agent.post('/account/payout').send({ amount: '99.9', to: IBAN }).expect(401)
    await agent.post('/two-factor/challenge').expect(201)
    await agent
      .post('/two-factor/challenge/verify')
      .send({ code: nextCode(sample, setupKey) })
      .expect(200)
    const spelled = { amount: 99.9, to: 'fr76 3000 6000 0112 3456 7890 189' }
    await agent.post('/account/payout').send(spelled).expect(200, { amount: 99.9, to: IBAN })
    await agent.post('/account/payout').send(spelled).expect(401)
  })

  it.each([
    [{ amount: 0, to: IBAN }, 'amount'],
    [{ amount: -5, to: IBAN }, 'amount'],
    [{ amount: '1e3', to: IBAN }, 'amount'],
    [{ amount: 1.005, to: IBAN }, 'amount'],
    [{ to: IBAN }, 'amount'],
    [{ amount: 5, to: 'see https://evil.example' }, 'to'],
    [{ amount: 5, to: 'X'.repeat(35) }, 'to'],
    [{ amount: 5, to: [IBAN] }, 'to'],
  ])('refuses %j before a code is asked for', async (payout, field) => {
    const { agent } = await registerWithApp(sample)
    const { body } = await agent.post('/account/payout').send(payout).expect(400)
    expect(body).toMatchObject({ field })
  })
})

describe('POST /account/password', () => {
  it('signs out everywhere, here too; only the new password signs in', async () => {
    const { email } = await register(sample)
    const [here, there] = [await signIn(sample, email), await signIn(sample, email)]
    const change = { current: PASSWORD, password: 'another password' }
    await here.post('/account/password').send(change).expect(204)
    await here.get('/account').expect(401)
    await there.get('/account').expect(401)
    await request(sample.url).post('/login').send({ email, password: PASSWORD }).expect(401)
    await request(sample.url).post('/login').send({ email, password: 'another password' }).expect(200)
  })

  it('needs the current password, and one long enough', async () => {
    const agent = await signIn(sample, (await register(sample)).email)
    await agent.post('/account/password').send({ current: 'wrong', password: 'another password' }).expect(401)
    await agent.post('/account/password').send({ current: PASSWORD, password: 'short' }).expect(400)
    await agent.get('/account').expect(200)
  })
})

describe('POST /logout', () => {
  it('ends the session for good, even for who kept its cookie', async () => {
    const { email } = await register(sample)
    const { headers } = await request(sample.url).post('/login').send({ email, password: PASSWORD }).expect(200)
    const cookie = String(headers['set-cookie']).split(';')[0] as string
    await request(sample.url).get('/account').set('Cookie', cookie).expect(200)
    await request(sample.url).post('/logout').set('Cookie', cookie).expect(204)
    await request(sample.url).get('/account').set('Cookie', cookie).expect(401)
  })

  it('leads a browser home, and is nothing to somebody not signed in', async () => {
    await request(sample.url).post('/logout').set('Accept', 'text/html').expect(303).expect('Location', '/')
  })
})

describe('the support desk', () => {
  it('is closed to everybody but administrators', async () => {
    const { id, email } = await register(sample)
    const agent = await signIn(sample, email)
    await agent.get('/admin').expect(403)
    await agent.post(`/admin/users/${id}/reset`).send({ reason: 'mine' }).expect(403)
    await request(sample.url).get('/admin').expect(401)
  })

  it('resets the second factor of somebody who lost the phone', async () => {
    const { id, email, agent } = await registerWithApp(sample)
    const admin = await signInAdmin(sample)
    const { body } = await admin.get('/admin').expect(200)
    expect(body.users).toContainEqual({ id, email, role: 'user' })
    await admin.post(`/admin/users/${id}/reset`).send({ reason: 'lost phone, seen in person' }).expect(204)
    await agent.get('/account').expect(401)
    await request(sample.url).post('/login').send({ email, password: PASSWORD }).expect(200, { next: '/' })
  })

  it('wants a reason, and a user there is', async () => {
    const admin = await signInAdmin(sample)
    const { id } = await register(sample)
    await admin.post(`/admin/users/${id}/reset`).send({}).expect(400)
    await admin.post('/admin/users/00000000-0000-4000-8000-000000000000/reset').send({ reason: 'gone' }).expect(404)
    await admin.post('/admin/users/1/reset').send({ reason: 'no such id' }).expect(404)
  })
})

describe('the phone', () => {
  it('shows what arrived, newest first, and each code on the terminal in one line', async () => {
    const { email } = await register(sample)
    const agent = await signIn(sample, email)
    await agent.post('/two-factor/reauthenticate').send({ username: email, password: PASSWORD }).expect(200)
    for (const phone of ['06 12 34 56 78', '06 12 34 56 79']) {
      const enrolment = { factor: 'phone', country: 'FR', phone, method: 'sms' }
      await agent.post('/two-factor/authenticators').send(enrolment).expect(201)
    }
    const { body } = await request(sample.url).get('/phone').expect(200)
    const [newest, before] = body.messages as { to: string; code: string; method: string }[]
    expect(newest).toMatchObject({ to: '+33612345679', method: 'sms', code: expect.stringMatching(/^\d{6}$/) })
    expect(before).toMatchObject({ to: '+33612345678' })
    expect(sample.lines).toContain(`code ${newest?.code} for +33612345679 (sms)`)
    const page = await request(sample.url).get('/phone').set('Accept', 'text/html').expect(200)
    expect(page.text).toContain(newest?.code)
  })
})

describe('pages', () => {
  it.each(['/', '/login', '/register'])('%s runs no script, is not framed, kept or cached', async (path) => {
    const { headers } = await request(sample.url).get(path).set('Accept', 'text/html').expect(200)
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['referrer-policy']).toBe('same-origin')
  })

  it('show a wrong sign-in in place, with what was typed escaped', async () => {
    const typed = { email: '"><script>', password: 'wrong' }
    const post = request(sample.url).post('/login').type('form').set('Accept', 'text/html')
    const { text } = await post.send(typed).expect(401)
    expect(text).toContain('role="alert"')
    expect(text).toContain('value="&quot;&gt;&lt;script&gt;"')
  })

  it('answer a post that succeeds with 303', async () => {
    const account = { email: 'page@example.com', password: PASSWORD }
    const post = (path: string) => request(sample.url).post(path).type('form').set('Accept', 'text/html').send(account)
    await post('/register').expect(303).expect('Location', '/login')
    await post('/login').expect(303).expect('Location', '/')
  })

  it('say that there is nothing where there is nothing', async () => {
    await request(sample.url)
      .get('/nothing')
      .expect(404)
      .expect('content-type', /problem\+json/)
    await request(sample.url)
      .get('/nothing')
      .set('Accept', 'text/html')
      .expect(404)
      .expect('content-type', /text\/html/)
  })
})
