import { startVonageStandIn, type VonageStandIn } from 'express-two-factor/testing'
import request from 'supertest'
import { makeKeys } from '../../adapters/vonage/support'
import { SIGNATURE_SECRET, signWebhook } from '../../support/vonage-webhooks'
import { type SampleHere, startHere } from '../running'
import {
  adminOf,
  beginPhone,
  PASSWORD,
  pumpTexts,
  register,
  registerToEnrol,
  registerWithApp,
  registerWithPhone,
  sentCode,
  signIn,
  signInAdmin,
} from './visitors'

const MINUTE_MS = 60 * 1000
const DAY_MS = 24 * 60 * MINUTE_MS
const COOLDOWN_MS = 30_000
const NOTHING = { sent: 0, delivered: 0, failed: 0, verified: 0, refused: 0, costUnits: 0 }

let sample: SampleHere

beforeAll(async () => {
  sample = await startHere()
}, 30_000)
afterAll(() => sample.close())
// Longer than counts are kept: each test finds an empty board.
beforeEach(() => sample.clock.advance(9 * DAY_MS))

async function readBoard(days = '') {
  const admin = await signInAdmin(sample)
  const { body } = await admin.get(`/admin/sending${days}`).expect(200)
  return body
}

/** The page as lines of text: a line for each row of the table, its cells with a bar between. */
async function readPage(): Promise<string[]> {
  const admin = await signInAdmin(sample)
  const page = await admin.get('/admin/sending').set('Accept', 'text/html').expect(200)
  expect(page.text).not.toContain('style="')
  return page.text
    .replace(/\n/g, '')
    .split(/<\/tr>|<\/li>|<\/p>|<\/caption>/)
    .map((row) =>
      row
        .replace(/<\/t[hd]>/g, ' | ')
        .replace(/<[^>]*>/g, '')
        .replace(/\s+/g, ' ')
        .trim(),
    )
}

/** Somebody with a phone signs in again, and types the code. */
async function enrolAndSignIn(phone = '06 12 34 56 78') {
  const user = await registerWithPhone(sample, phone)
  const agent = await signIn(sample, user.email)
  await agent
    .post('/two-factor/challenge/verify')
    .send({ code: sentCode(sample) })
    .expect(200)
  return { ...user, agent }
}

describe('the sending board', () => {
  it('is for administrators, past the gate', async () => {
    const { email } = await register(sample)
    const agent = await signIn(sample, email)
    await agent.get('/admin/sending').expect(403)
    await agent.get('/admin/sending.css').expect(403)
    await request(sample.url).get('/admin/sending').expect(401)
    const page = request(sample.url).get('/admin/sending').set('Accept', 'text/html')
    await page.expect(303).expect('Location', '/login')
  })

  it('is held from an administrator who has not given the second factor', async () => {
    const own = await startHere()
    const admin = await signInAdmin(own)
    const { email: username, password } = adminOf(own)
    await admin.post('/two-factor/reauthenticate').send({ username, password }).expect(200)
    const { body } = await beginPhone(admin, '06 12 34 56 78').expect(201)
    const confirm = admin.post(`/two-factor/authenticators/${body.enrolmentId}/confirm`)
    await confirm.send({ code: sentCode(own) }).expect(201)
    await admin.get('/admin/sending').expect(200)

    const held = await signInAdmin(own)
    const problem = await held.get('/admin/sending').expect(401)
    expect(problem.body).toMatchObject({ code: 'ERR_TFA_REQUIRED' })
    const page = held.get('/admin/sending').set('Accept', 'text/html')
    await page.expect(303).expect('Location', '/two-factor/challenge')
    await own.close()
  }, 30_000)

  it('says that nothing was sent yet, and is reached from the users and leads back', async () => {
    expect(await readBoard()).toMatchObject({ rows: [] })
    const lines = await readPage()
    expect(lines).toContainEqual(expect.stringMatching(/Nothing was sent since \d{4}-\d\d-\d\d \d\d:\d\d UTC\./))
    const admin = await signInAdmin(sample)
    const users = await admin.get('/admin').set('Accept', 'text/html').expect(200)
    expect(users.text).toContain('href="/admin/sending"')
    const board = await admin.get('/admin/sending').set('Accept', 'text/html').expect(200)
    expect(board.text).toContain('href="/admin"')
    expect(board.text).not.toContain('<table')
  })

  it('counts per country and method what was sent, came back and cost', async () => {
    await enrolAndSignIn()
    await registerWithPhone(sample, '06 12 34 56 79', 'voice')
    await beginPhone((await registerToEnrol(sample)).agent, '06 12 34 56 80').expect(201)
    const board = await readBoard()
    expect(board).toEqual({
      since: expect.any(String),
      costUnit: 'cent of a euro',
      takesReceipts: false,
      rows: [
        { ...NOTHING, country: 'FR', method: 'sms', sent: 3, verified: 2, costUnits: 21 },
        { ...NOTHING, country: 'FR', method: 'voice', sent: 1, verified: 1, costUnits: 4 },
      ],
    })
    const lines = await readPage()
    for (const row of [
      'France (FR) | Text message | 3 | –not known | 0 | 2 | 66% | 0 | €0.21 | Open |',
      'France (FR) | Voice call | 1 | –not known | 0 | 1 | 100% | 0 | €0.04 | Open |',
      'Total | 4 | –not known | 0 | 3 | 75% | 0 | €0.25 | Open everywhere |',
    ]) {
      expect(lines).toContainEqual(expect.stringContaining(row))
    }
    expect(lines).toContainEqual(expect.stringContaining('Delivered is not known'))
  })

  it('counts what a budget refused, and not as sent', async () => {
    const { email, agent } = await registerWithPhone(sample, '06 12 34 56 78')
    await agent.post('/logout').expect(204)
    const held = await signIn(sample, email)
    // The user's own five: one at enrolment, one at sign-in.
    for (let resends = 0; resends < 3; resends += 1) {
      sample.clock.advance(COOLDOWN_MS)
      await held.post('/two-factor/challenge/resend').expect(202)
    }
    sample.clock.advance(COOLDOWN_MS)
    await held.post('/two-factor/challenge/resend').expect(429)
    const { rows } = await readBoard()
    expect(rows).toEqual([
      { ...NOTHING, country: 'FR', method: 'sms', sent: 5, verified: 1, refused: 1, costUnits: 35 },
    ])
    expect(await readPage()).toContainEqual(expect.stringContaining('| 20% | 1 | €0.35 |'))
  })

  it('looks back 24 hours, or seven days where it is asked to, and no other time', async () => {
    await enrolAndSignIn()
    sample.clock.advance(DAY_MS + 6 * MINUTE_MS)
    expect(await readBoard()).toMatchObject({ rows: [] })
    const { since, rows } = await readBoard('?days=7')
    expect(Math.round((sample.clock.now() - Date.parse(since)) / DAY_MS)).toBe(7)
    expect(rows).toMatchObject([{ country: 'FR', sent: 2 }])
    const admin = await signInAdmin(sample)
    for (const days of ['8', '0', 'x', '1&days=7']) {
      const problem = await admin.get(`/admin/sending?days=${days}`).expect(400)
      expect(problem.body).toMatchObject({ field: 'days' })
    }
    const page = await admin.get('/admin/sending?days=7').set('Accept', 'text/html').expect(200)
    expect(page.text).toContain('href="/admin/sending?days=7" aria-current="page"')
    expect(page.text).toContain('href="/admin/sending?days=1">')
  })

  it('shows where the conversion brake holds and until when, which is told on the terminal once', async () => {
    await pumpTexts(sample)
    for (let tries = 0; tries < 2; tries += 1) {
      const { agent } = await registerToEnrol(sample)
      const problem = await beginPhone(agent, '06 98 00 00 99').expect(429)
      expect(problem.body).toMatchObject({ code: 'ERR_TFA_SENDS_STOPPED', factors: ['totp'] })
    }
    const { rows } = await readBoard()
    expect(rows).toMatchObject([
      { country: 'FR', method: 'sms', sent: 50, refused: 2, stoppedUntil: expect.any(String) },
    ])
    const until = `${rows[0].stoppedUntil.slice(0, 16).replace('T', ' ')} UTC`
    const lines = await readPage()
    expect(lines).toContainEqual(expect.stringContaining(`| 0% | 2 | €3.50 | Stopped until ${until} |`))
    expect(lines).toContainEqual(expect.stringContaining('| 1 stopped |'))
    expect(lines).toContainEqual(expect.stringContaining(`France (FR), text message: until ${until}`))

    const told = sample.lines.filter((line) => line.startsWith('sends.stopped '))
    expect(told).toHaveLength(1)
    expect(JSON.parse(String(told[0]).slice('sends.stopped '.length))).toMatchObject({
      country: 'FR',
      method: 'sms',
      sent: 50,
      verified: 0,
      until: rows[0].stoppedUntil,
    })

    // A country that is not stopped is not opened, nor any without a reason.
    const admin = await signInAdmin(sample)
    for (const other of ['BE/sms', 'FR/voice', 'FR/Voice', 'fr/sms', 'FR/x'])
      await admin.post(`/admin/sending/${other}/release`).send({ reason: 'the route is back' }).expect(404)
    await admin.post('/admin/sending/FR/sms/release').send({ reason: ' ' }).expect(400)
    expect((await readBoard()).rows[0]).toHaveProperty('stoppedUntil')
    const open = admin.post('/admin/sending/FR/sms/release').type('form').set('Accept', 'text/html')
    expect((await open.send({ reason: 'the route is back' }).expect(303)).headers.location).toBe('/admin/sending')
    expect((await readBoard()).rows[0]).not.toHaveProperty('stoppedUntil')
    expect(sample.lines).toContainEqual(expect.stringMatching(/^sends\.released .*"reason":"the route is back"/))
    const { agent } = await registerToEnrol(sample)
    await beginPhone(agent, '06 98 00 00 98').expect(201)

    // Of the last 24 hours is now what came after the fifty.
    sample.clock.advance(DAY_MS - MINUTE_MS)
    expect(await readPage()).toContainEqual(
      expect.stringContaining('| 1 | –not known | 0 | 0 | 0% | 2 | €0.07 | Open |'),
    )
  }, 60_000)
})

describe('the sending board of a sample that hears from Vonage', () => {
  it('counts what arrived and what did not', async () => {
    const { privateKey, publicKey } = makeKeys()
    const vonage = await startVonageStandIn({ publicKey })
    const own = await startHere({
      VONAGE_APPLICATION_ID: 'app-1',
      VONAGE_PRIVATE_KEY: privateKey,
      VONAGE_API_HOST: vonage.apiHost,
      VONAGE_SIGNATURE_SECRET: SIGNATURE_SECRET,
    })
    const { agent } = await registerToEnrol(own)
    for (const [phone, status] of [
      ['06 12 34 56 78', 'delivered'],
      ['06 12 34 56 79', 'rejected'],
      ['06 12 34 56 80', 'submitted'],
    ] as const) {
      await beginPhone(agent, phone).expect(201)
      await tellOfText(own, vonage, status)
    }
    const admin = await signInAdmin(own)
    const { body } = await admin.get('/admin/sending').expect(200)
    expect(body).toMatchObject({ takesReceipts: true, rows: [{ sent: 3, delivered: 1, failed: 1, verified: 0 }] })
    const page = await admin.get('/admin/sending').set('Accept', 'text/html').expect(200)
    expect(page.text).toContain('data-name="Delivered">1<')
    expect(page.text).not.toContain('not known')
    await own.close()
    await vonage.stop()
  }, 30_000)

  /** Vonage says what became of the newest text. */
  function tellOfText({ url, clock }: SampleHere, { messages }: VonageStandIn, status: string): request.Test {
    const about = { channel: 'sms', message_uuid: messages.at(-1)?.messageUuid, to: '33612345678', from: 'Acme' }
    const text = JSON.stringify({ ...about, status })
    return request(url)
      .post('/two-factor/webhooks/vonage/message')
      .set('Content-Type', 'application/json')
      .set('Authorization', signWebhook(text, clock.now()))
      .send(text)
      .expect(204)
  }
})

describe('what support is told of how a user would be asked', () => {
  async function readUser(id: string) {
    const admin = await signInAdmin(sample)
    const { body } = await admin.get(`/admin/users/${id}`).expect(200)
    const page = await admin.get(`/admin/users/${id}`).set('Accept', 'text/html').expect(200)
    return { methods: body.methods, text: page.text }
  }

  it('is the phone by the method that its owner chose, and what else there is', async () => {
    const { id } = await registerWithPhone(sample, '06 12 34 56 78')
    const { methods, text } = await readUser(id)
    expect(methods).toMatchObject([
      { method: 'sms', destination: '+33 •• •• •• •• 78', verdict: 'asked', reason: 'preferred' },
      { method: 'voice', verdict: 'offered', reason: 'next' },
      { method: 'recovery-code', verdict: 'offered', reason: 'by-choice' },
    ])
    expect(text).toContain('Asked by: text message to +33 •• •• •• •• 78 (own preference)')
    expect(text).toContain('Also: voice call to +33 •• •• •• •• 78, recovery code (by choice only)')
    expect(text).not.toContain('Refused:')
  })

  it('is the next method once the authenticator app is locked, and why', async () => {
    const { id, email, agent } = await registerWithApp(sample)
    await agent.post('/two-factor/reauthenticate').send({ username: email, password: PASSWORD }).expect(200)
    const { body } = await beginPhone(agent, '06 12 34 56 78').expect(201)
    const confirm = agent.post(`/two-factor/authenticators/${body.enrolmentId}/confirm`)
    await confirm.send({ code: sentCode(sample) }).expect(201)
    expect((await readUser(id)).text).toContain('Asked by: authenticator app (an app comes first)')

    const guesser = await signIn(sample, email)
    for (let guesses = 0; guesses < 10; guesses += 1) {
      if (guesses === 5) await guesser.post('/two-factor/challenge').expect(201)
      await guesser.post('/two-factor/challenge/verify').send({ code: '000000' })
    }
    const { text } = await readUser(id)
    expect(text).toContain('Asked by: text message to +33 •• •• •• •• 78 (first that works)')
    expect(text).toContain('Refused: authenticator app (locked)')
  })

  it('is nothing of a user without a second factor', async () => {
    const { id } = await register(sample)
    const { methods, text } = await readUser(id)
    expect(methods).toEqual([])
    expect(text).not.toMatch(/Asked by|Also:|Refused:/)
  })
})
