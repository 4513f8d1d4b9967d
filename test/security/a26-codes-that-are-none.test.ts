/**
 * A26, A37, A38. The thief sends as a code what is none: nothing, a digit, six zeros, a list, an object with methods of its
 * own, digits of another script, a megabyte.
 * Hurt by it: otpauth (GHSA-rmmc-8cqj-hfp3: a blank code), speakeasy ('+26920' for 026920); an Express 4 process died of
 * `{"code":{"toString":1}}` when tried.
 * What must happen: 400 (413 beyond 16 kB), not counted, the process alive, in work that does not grow with the input.
 */
import type { Server } from 'node:http'
import request from 'supertest'
import { PASSWORD } from '../support/app'
import { codeFor, enrolTotp } from '../support/journeys'
import { holdSession, listen, openService, passHeld, sessionCookieOf, verify, wrongCodes } from '../support/security'

const NONE: readonly unknown[] = [
  undefined,
  null,
  '',
  ' ',
  '-',
  '0',
  '1',
  '00000',
  '0000000',
  123456,
  0,
  -1,
  1e21,
  true,
  false,
  [],
  ['123456'],
  ['1', '2', '3', '4', '5', '6'],
  {},
  { toString: 1 },
  { length: 6 },
  { code: '123456' },
  '１２３４５６',
  '١٢٣٤٥٦',
  '۱۲۳۴۵۶',
  '१२३४५६',
  '\u00a0123456',
  '123456\ufeff',
  '12\u2009345',
  '12345\0',
  '123456\0',
  '123456\n',
  '123456\r\n',
  '\t123456',
  '12345x',
  '0x1234',
  '1e5000',
  '+12345',
  '-12345x',
  '12345.',
  '123,456',
  '26920x',
  ' 26920',
  '²³⁴⁵⁶⁷',
  'NaN',
  'Infinity',
  'undefined',
  '{"$gt":""}',
  '%31%32%33%34%35%36',
  '123456 OR 1=1',
  '１23456',
  '123456'.repeat(11),
  `${' '.repeat(60)}123456`,
]

describe('what is no code', () => {
  it('is refused with 400, and not counted', async () => {
    const service = openService()
    const { setupKey } = await enrolTotp(service, 'ada')
    const thief = await holdSession(service)
    for (const code of NONE) {
      const { status, body } = await verify(thief, code)
      expect([code, status, body.code]).toEqual([code, 400, 'ERR_TFA_INPUT_INVALID'])
    }
    expect((await thief.get('/two-factor/challenge').expect(200)).body.attemptsLeft).toBe(5)
    await passHeld(service, thief, setupKey).expect(200)
  })

  it('as a form is refused with 400 too: twice, as a list, as an object, as a prototype', async () => {
    const service = openService()
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const right = codeFor(service, setupKey)
    const thief = await holdSession(service)
    for (const form of [
      `code[]=${right}`,
      `code=${right}&code=${right}`,
      `code[a]=${right}`,
      '__proto__[code]=1',
      `code[__proto__]=${right}`,
      `constructor[prototype][code]=${right}`,
      'code=',
      '',
      '&&&',
      '%',
      `Code=${right}`,
    ]) {
      const { status } = await thief.post('/two-factor/challenge/verify').type('form').send(form)
      expect([form, status]).toEqual([form, 400])
    }
    expect({}).not.toHaveProperty('code')
  })

  it('as JSON with a prototype in it, or none at all, is refused with 400', async () => {
    const service = openService()
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const right = codeFor(service, setupKey)
    const thief = await holdSession(service)
    for (const json of [
      `{"__proto__":{"code":"${right}"}}`,
      `{"code":"${right}","__proto__":{"assurance":"second-factor"}}`,
      '{"code":{"__proto__":{"x":1}}}',
      '[]',
      '[{"code":"123456"}]',
      'null',
      '"123456"',
      '123456',
      '{',
      '',
      '{"code":{"toString":1}}',
      '{"remember":{},"code":"123456"}',
    ]) {
      const { status } = await thief.post('/two-factor/challenge/verify').type('json').send(json)
      expect([json, status]).toEqual([json, 400])
    }
    for (const [type, body] of [
      ['text/plain', '{"code":"123456"}'],
      ['application/xml', '<code>123456</code>'],
      ['application/json; charset=utf-7', '{}'],
    ] as const) {
      await thief.post('/two-factor/challenge/verify').set('Content-Type', type).send(body).expect(400)
    }
    expect({}).not.toHaveProperty('x')
  })

  it('of a megabyte is refused at once: 413 by our parser, 400 behind a larger one of the app', async () => {
    const service = openService()
    await enrolTotp(service, 'ada')
    const thief = await holdSession(service)
    await verify(thief, '1'.repeat(1_000_000)).expect(413)
    await verify(thief, '1'.repeat(15_000)).expect(400)
    await thief.get('/two-factor/challenge').expect(200)
  })

  it('is refused as `000000` like any wrong code, and counted', async () => {
    const service = openService()
    const { setupKey } = await enrolTotp(service, 'ada')
    const thief = await holdSession(service)
    const zeros = wrongCodes(service, setupKey, 1)[0] && codeFor(service, setupKey) === '000000' ? '000001' : '000000'
    expect((await verify(thief, zeros).expect(401)).body.attemptsLeft).toBe(4)
  })
})

describe('what people do type', () => {
  it.each([
    (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`,
    (code: string) => ` ${code} `,
    (code: string) => code.split('').join('-'),
  ])('is accepted with ASCII spaces and hyphens (%#)', async (type) => {
    const service = openService()
    const { setupKey } = await enrolTotp(service, 'ada')
    const ada = await holdSession(service)
    service.clock.advance(30_000)
    await verify(ada, type(codeFor(service, setupKey))).expect(200)
  })
})

describe('fields beside the code', () => {
  it.each([{ remember: 'yes' }, { remember: 1 }, { remember: [] }, { remember: { on: true } }])(
    '%j is refused with 400',
    async (field) => {
      const service = openService()
      await enrolTotp(service, 'ada')
      const ada = await holdSession(service)
      await ada
        .post('/two-factor/challenge/verify')
        .send({ code: '123456', ...field })
        .expect(400)
      expect((await ada.get('/two-factor/challenge').expect(200)).body.attemptsLeft).toBe(5)
    },
  )

  it.each([
    { method: ['sms'] },
    { method: {} },
    { method: 7 },
    { method: 'constructor' },
    { method: 'sms\r\n' },
    { authenticatorId: ['x'] },
    { authenticatorId: 'x:y' },
    { authenticatorId: '__proto__' },
  ])('%j opens no challenge', async (field) => {
    const service = openService()
    await enrolTotp(service, 'ada')
    const ada = await holdSession(service)
    await ada.post('/two-factor/challenge').send(field).expect(400)
  })
})

describe('a header that is cut, doubled or strange', () => {
  it('is answered, and the process goes on', async () => {
    const service = openService()
    await enrolTotp(service, 'ada')
    const server: Server = await listen(service.app)
    const cookie = sessionCookieOf(
      await request(server).post('/login').send({ email: 'ada@example.com', password: PASSWORD }),
    )
    for (const strange of [
      'connect.sid=',
      'connect.sid=s%3A',
      'connect.sid=s%3A__proto__.x',
      `connect.sid=${'a'.repeat(4000)}`,
      '=;;=;',
      'two-factor-device-=x',
      `${cookie}; ${cookie}`,
    ]) {
      const { status } = await request(server).get('/two-factor/challenge').set('Cookie', strange)
      expect([200, 401]).toContain(status)
    }
    for (const accept of ['text/html;q=', ',,,;;', '*', 'text/html\u00e9'.slice(0, 9)]) {
      await request(server)
        .get('/two-factor/challenge')
        .set({ Cookie: cookie, Accept: accept, 'Accept-Language': ';;q=x,,-' })
        .expect(200)
    }
  })
})
