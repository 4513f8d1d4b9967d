import request from 'supertest'
import type TestAgent from 'supertest/lib/agent'
import { type SampleHere, startHere } from '../running'
import { adminOf, nextCode, register, registerWithApp, signIn } from './visitors'

const DAY_MS = 24 * 60 * 60 * 1000

let sample: SampleHere
let admin: TestAgent
let adminsKey: string

beforeAll(async () => {
  sample = await startHere({ TWO_FACTOR_REQUIREMENT: 'required', TWO_FACTOR_GRACE_DAYS: '28' })
  admin = request.agent(sample.url)
  const { email, password } = await givePassword()
  await admin.post('/two-factor/reauthenticate').send({ username: email, password }).expect(200)
  const begun = await admin.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
  adminsKey = begun.body.setupKey
  await admin
    .post(`/two-factor/authenticators/${begun.body.enrolmentId}/confirm`)
    .send({ code: nextCode(sample, adminsKey) })
    .expect(201)
}, 30_000)
afterAll(() => sample.close())

async function givePassword() {
  const { email, password } = adminOf(sample)
  await admin.post('/login').send({ email, password }).expect(200)
  return { email, password }
}

/** The desk's own grant ends after half a day, like everybody's. */
async function signInAdmin(): Promise<void> {
  await givePassword()
  const code = nextCode(sample, adminsKey)
  await admin.post('/two-factor/challenge/verify').send({ code }).expect(200)
}

function inDays(days: number): string {
  return new Date(sample.clock.now() + days * DAY_MS).toISOString().slice(0, 10)
}

describe('what support sees of a user', () => {
  it('is how the second factor stands, and never what it is made of', async () => {
    const { id, email, setupKey } = await registerWithApp(sample)
    const { body } = await admin.get(`/admin/users/${id}`).expect(200)
    expect(body).toMatchObject({
      id,
      email,
      status: {
        authenticators: [{ factor: 'totp' }],
        recoveryCodes: { remaining: 10, total: 10 },
        devices: [],
        locks: {},
        firstPromptAt: expect.any(String),
      },
    })
    const page = await admin.get(`/admin?search=${email}`).set('Accept', 'text/html').expect(200)
    for (const shown of [email, 'Second factor on', '10 of 10 recovery codes left', 'First asked to enrol on']) {
      expect(page.text).toContain(shown)
    }
    expect(JSON.stringify(body) + page.text).not.toContain(setupKey)
  })

  it('is found by a part of the e-mail address, escaped where it is shown again', async () => {
    const { email } = await register(sample)
    const other = await register(sample)
    const page = await admin
      .get(`/admin?search=${email.split('@')[0]}%40`)
      .set('Accept', 'text/html')
      .expect(200)
    expect(page.text).toContain(email)
    expect(page.text).not.toContain(other.email)
    const none = await admin.get('/admin?search=%3Cscript%3E').set('Accept', 'text/html').expect(200)
    expect(none.text).toContain('Nobody is found.')
    expect(none.text).toContain('value="&lt;script&gt;"')
  })
})

describe('what support does for a user', () => {
  it('lifts the lock of somebody who typed too many wrong codes, and the code works at once', async () => {
    const { id, email, setupKey } = await registerWithApp(sample)
    const agent = await lockOut(email)
    const locked = await admin.get(`/admin/users/${id}`).expect(200)
    expect(Object.keys(locked.body.status.locks)).not.toEqual([])
    const page = await admin.get(`/admin/users/${id}`).set('Accept', 'text/html').expect(200)
    expect(page.text).toContain('Locked until')

    await admin.post(`/admin/users/${id}/unlock`).send({ reason: 'called us' }).expect(204)
    const unlocked = await admin.get(`/admin/users/${id}`).expect(200)
    expect(unlocked.body.status.locks).toEqual({})
    await agent.post('/two-factor/challenge').expect(201)
    await agent
      .post('/two-factor/challenge/verify')
      .send({ code: nextCode(sample, setupKey) })
      .expect(200)
  })

  it('gives more days of “not now” after the grace period, to the end of the day named', async () => {
    const { id, email } = await register(sample)
    await postpone(email, 200)
    sample.clock.advance(29 * DAY_MS)
    await postpone(email, 403)
    await signInAdmin()
    await admin
      .post(`/admin/users/${id}/extend-grace`)
      .send({ until: inDays(2), reason: 'on leave' })
      .expect(204)
    sample.clock.advance(2 * DAY_MS)
    await postpone(email, 200)
    sample.clock.advance(DAY_MS)
    await postpone(email, 403)
    await signInAdmin()
  })

  it('is written on the terminal with who did it and why, one line each', async () => {
    const { id } = await register(sample)
    await admin.post(`/admin/users/${id}/reset`).send({ reason: 'lost phone\nadmin.reset {}' }).expect(204)
    await admin.post(`/admin/users/${id}/unlock`).send({ reason: 'asked' }).expect(204)
    await admin
      .post(`/admin/users/${id}/extend-grace`)
      .send({ until: inDays(3), reason: 'ill' })
      .expect(204)
    const lines = sample.lines.filter((line) => line.includes(id))
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['admin.reset', 'admin.unlocked', 'admin.grace-extended'])
    expect(lines[0]).toContain('"reason":"lost phone\\nadmin.reset {}"')
    expect(lines[2]).toContain('"until":"')
  })

  it.each([
    ['unlock', {}, 'reason'],
    ['unlock', { reason: 'x'.repeat(501) }, 'reason'],
    ['extend-grace', { reason: 'ill' }, 'until'],
    ['extend-grace', { reason: 'ill', until: 'soon' }, 'until'],
    ['extend-grace', { reason: 'ill', until: '2027-13-40' }, 'until'],
    ['extend-grace', { reason: 'ill', until: '2020-01-01' }, 'until'],
    ['extend-grace', { until: '2099-01-01' }, 'reason'],
  ])('needs what it asks for: %s %j', async (act, body, field) => {
    const { id } = await register(sample)
    const answer = await admin.post(`/admin/users/${id}/${act}`).send(body).expect(400)
    expect(answer.body).toMatchObject({ field })
  })

  it('is for administrators only, and for users there are', async () => {
    const { id, email } = await register(sample)
    const agent = await signIn(sample, email)
    await agent.post('/two-factor/setup/postpone').expect(200)
    const other = '00000000-0000-4000-8000-000000000000'
    for (const act of ['reset', 'unlock', 'extend-grace']) {
      const body = { until: inDays(3), reason: 'mine' }
      await agent.post(`/admin/users/${id}/${act}`).send(body).expect(403)
      await admin.post(`/admin/users/${other}/${act}`).send(body).expect(404)
    }
    await agent.get(`/admin/users/${id}`).expect(403)
    await admin.get(`/admin/users/${other}`).expect(404)
  })

  async function lockOut(email: string): Promise<TestAgent> {
    const agent = await signIn(sample, email)
    for (let guesses = 0; guesses < 10; guesses += 1) {
      if (guesses === 5) await agent.post('/two-factor/challenge').expect(201)
      await agent.post('/two-factor/challenge/verify').send({ code: '000000' })
    }
    return agent
  }

  async function postpone(email: string, status: number): Promise<void> {
    const agent = await signIn(sample, email)
    await agent.post('/two-factor/setup/postpone').expect(status)
  }
})
