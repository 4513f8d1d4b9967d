import { generateKeyPairSync } from 'node:crypto'
import request from 'supertest'
import { decodeBase32 } from '../../../lib/core/base32'
import { hotp, stepAt } from '../../../lib/core/factors/totp'
import { type SampleHere, startHere } from '../running'
import { PASSWORD, register, signIn } from './visitors'

const KEY = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'

let sample: SampleHere

beforeAll(async () => {
  sample = await startHere()
}, 30_000)
afterAll(() => sample.close())

/** Has a code sent to a new user's phone. */
async function sendCode(phone: string): Promise<void> {
  const { email } = await register(sample)
  const agent = await signIn(sample, email)
  await agent.post('/two-factor/reauthenticate').send({ username: email, password: PASSWORD }).expect(200)
  const enrolment = { factor: 'phone', country: 'FR', phone, method: 'sms' }
  await agent.post('/two-factor/authenticators').send(enrolment).expect(201)
}

/** Opens the stream as a page does, and reads until what is looked for has come. */
async function listen(path: string, headers: Record<string, string> = {}) {
  const leaving = new AbortController()
  const response = await fetch(`${sample.url}${path}`, { headers, signal: leaving.signal })
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  let heard = ''
  const hear = async (wanted: string) => {
    while (!heard.includes(wanted)) heard += new TextDecoder().decode((await reader.read()).value)
    return heard
  }
  return { response, hear, reader, leave: () => leaving.abort() }
}

describe('the messages of the phone', () => {
  it('arrive on an open page as they are sent, numbered, as markup', async () => {
    const page = await listen('/phone/events?after=0')
    expect(page.response.headers.get('content-type')).toContain('text/event-stream')
    await page.hear('retry:')
    await sendCode('06 12 34 56 70')
    const heard = await page.hear('+33612345670')
    expect(heard).toMatch(/^id: [\w-]+\.\d+\ndata: \{"markup":"<li /m)
    expect(heard).toMatch(/\d{6} is your Acme code/)
    page.leave()
  })

  it('that came while a page had no connection reach it afterwards, those it has do not', async () => {
    await sendCode('06 12 34 56 71')
    const seen = await newestOnPage()
    await sendCode('06 12 34 56 72')
    const page = await listen('/phone/events?after=0', { 'Last-Event-ID': seen })
    const heard = await page.hear('+33612345672')
    expect(heard).not.toContain('+33612345671')
    page.leave()
  })

  it('are all new to a page whose server was another one', async () => {
    await sendCode('06 12 34 56 73')
    const [, count] = (await newestOnPage()).split('.')
    const page = await listen('/phone/events', { 'Last-Event-ID': `00000000-0000-4000-8000-000000000000.${count}` })
    await page.hear('+33612345673')
    page.leave()
  })

  async function newestOnPage(): Promise<string> {
    const { text } = await request(sample.url).get('/phone').set('Accept', 'text/html').expect(200)
    return /data-newest="([^"]+)"/.exec(text)?.[1] ?? ''
  }
})

describe('the authenticator app beside the phone', () => {
  const codeNow = () => hotp(decodeBase32(KEY), stepAt(sample.clock.now()))

  it('shows the code of a setup key, in any spelling, and the seconds that it has left', async () => {
    const typed = { key: 'jbsw y3dp ehpk 3pxp jbsw-y3dp-ehpk-3pxp', name: 'Work' }
    const { body } = await request(sample.url).post('/phone/accounts').send(typed).expect(201)
    expect(body).toMatchObject({ name: 'Work', code: codeNow() })
    expect(body.secondsLeft).toBeGreaterThan(0)
    expect(body.secondsLeft).toBeLessThanOrEqual(30)
  })

  it('shows the code of an otpauth link under the name it carries', async () => {
    const key = `otpauth://totp/Acme:ada%40example.com?secret=${KEY}&issuer=Acme&algorithm=SHA1&digits=6&period=30`
    const { body } = await request(sample.url).post('/phone/accounts').send({ key }).expect(201)
    expect(body).toMatchObject({ name: 'Acme:ada@example.com', code: codeNow() })
  })

  it('shows another code once the 30 seconds are over', async () => {
    await request(sample.url).post('/phone/accounts').send({ key: KEY }).expect(201)
    const before = codeNow()
    sample.clock.advance(30_000)
    const { text } = await request(sample.url).get('/phone/codes').expect(200)
    expect(text).toContain(codeNow())
    expect(codeNow()).not.toBe(before)
  })

  it.each([
    ['an empty field', ''],
    ['a key that is too short', 'JBSWY3DP'],
    ['digits that base32 lacks', KEY.replace('J', '1')],
    ['a counter-based link', `otpauth://hotp/Acme:ada?secret=${KEY}&counter=1`],
    ['a link for eight digits', `otpauth://totp/Acme:ada?secret=${KEY}&digits=8`],
    ['a link without a key', 'otpauth://totp/Acme:ada'],
    ['a link with half an escape', 'otpauth://totp/%E0%A4%A?secret=1'],
  ])('refuses %s', async (_what, key) => {
    const { body } = await request(sample.url).post('/phone/accounts').send({ key }).expect(400)
    expect(body).toMatchObject({ field: 'key' })
  })

  it('says so in place to a browser, with what was typed escaped, and leads it back once it is right', async () => {
    const post = () => request(sample.url).post('/phone/accounts').type('form').set('Accept', 'text/html')
    const { text } = await post().send({ key: '"><script>', name: 'Mine' }).expect(400)
    expect(text).toContain('role="alert"')
    expect(text).toContain('value="&quot;&gt;&lt;script&gt;"')
    await post().send({ key: KEY, name: 'Mine' }).expect(303).expect('Location', '/phone')
  })

  it('removes an account', async () => {
    const { body } = await request(sample.url).post('/phone/accounts').send({ key: KEY, name: 'Gone' }).expect(201)
    await request(sample.url).post(`/phone/accounts/${body.id}/remove`).expect(204)
    await request(sample.url).post(`/phone/accounts/${body.id}/remove`).expect(404)
  })

  it('takes nothing that another site sends', async () => {
    const post = request(sample.url).post('/phone/accounts').set('Sec-Fetch-Site', 'cross-site')
    await post.send({ key: KEY }).expect(403)
  })
})

describe('the page of the phone', () => {
  it('runs its own script file, and none that is written into it', async () => {
    const { headers, text } = await request(sample.url).get('/phone').set('Accept', 'text/html').expect(200)
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("script-src 'self'")
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    expect(headers['cache-control']).toBe('no-store')
    expect(text).not.toMatch(/<script(?![^>]* src=)/)
    expect(text).not.toMatch(/ style=| on[a-z]+="/)
    await request(sample.url)
      .get('/phone/phone.js')
      .expect(200)
      .expect('Content-Type', /javascript/)
    await request(sample.url).get('/phone/phone.css').expect(200).expect('Content-Type', /css/)
  })

  it('exists neither with Vonage’s keys nor any part of it', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const real = await startHere({
      VONAGE_APPLICATION_ID: '00000000-0000-4000-8000-000000000000',
      VONAGE_PRIVATE_KEY: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    })
    try {
      for (const path of ['/phone', '/phone/events', '/phone/codes', '/phone/phone.js']) {
        await request(real.url).get(path).expect(404)
      }
      await request(real.url).post('/phone/accounts').send({ key: KEY }).expect(404)
    } finally {
      await real.close()
    }
  }, 30_000)

  it('does not keep the server from stopping while it is open', async () => {
    const own = await startHere()
    const { body } = await fetch(`${own.url}/phone/events`)
    const startedAt = performance.now()
    await own.close()
    expect(performance.now() - startedAt).toBeLessThan(5000)
    await body?.cancel()
  }, 30_000)
})
