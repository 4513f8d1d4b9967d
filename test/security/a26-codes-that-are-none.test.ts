/**
 * A26, A37, A38. The thief sends as a code what is none: nothing, a digit, six zeros, a list, an object with methods of its
 * own, digits of another script, a megabyte.
 * Hurt by it: otpauth (GHSA-rmmc-8cqj-hfp3: a blank code), speakeasy ('+26920' for 026920); an Express 4 process died of
 * `{"code":{"toString":1}}` when tried.
 * What must happen: 400 (413 beyond 16 kB), not counted, the process alive, in work that does not grow with the input.
 */
import type { Server } from 'node:http'
import express, { type Express } from 'express'
import request from 'supertest'
import { readCode } from '../../lib/core/code'
import { PASSWORD } from '../support/app'
import { codeFor, enrolPhone, enrolTotp, reauthenticate, signIn } from '../support/journeys'
import { BACKENDS, holdSession, listen, openService, passHeld, sessionCookieOf, verify } from '../support/security'

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
    const behind = request.agent(behindParsers(service.app))
    await signIn(behind, 'ada').expect(200)
    for (const digit of ['1', ' ', '-', '\uff11']) await verify(behind, digit.repeat(300_000)).expect(400)
    await verify(behind, '1'.repeat(1_000_000)).expect(400)
    expect((await behind.get('/two-factor/challenge').expect(200)).body.attemptsLeft).toBe(5)
  })

  it('is refused in work that does not grow with it', () => {
    const [short, long] = [' '.repeat(100), ' '.repeat(100_000_000)]
    const timeOf = (typed: string) => {
      const before = process.hrtime.bigint()
      expect(() => readCode(typed, 6)).toThrow(expect.objectContaining({ code: 'ERR_TFA_INPUT_INVALID' }))
      return Number(process.hrtime.bigint() - before) / 1e6
    }
    timeOf(short)
    // To strip the spaces of the long one alone takes many times as long; the quickest of three, on a busy machine.
    expect(Math.min(...[long, long, long].map(timeOf))).toBeLessThan(50)
  })

  it.each(['sign-in', 'step-up'])('is refused as `000000` like any wrong code, and counted, at %s', async (purpose) => {
    const service = openService()
    const { agent, setupKey } = await enrolTotp(service, 'ada')
    const thief = purpose === 'sign-in' ? await holdSession(service) : agent
    if (purpose === 'step-up') await thief.post('/two-factor/challenge').send({}).expect(201)
    service.clock.advance(30_000)
    if (codeFor(service, setupKey) === '000000') service.clock.advance(90_000)
    expect((await verify(thief, '000000').expect(401)).body.attemptsLeft).toBe(4)
    expect((await service.authenticators.load('user-ada')).authenticators[0]?.failures).toBe(1)
  })
})

/** The service behind parsers of the app's that take more than ours: larger, nested, and JSON of any kind. */
function behindParsers(app: Express): Express {
  const outer = express()
  outer.use(express.json({ limit: '4mb', strict: false }), express.urlencoded({ extended: true, limit: '4mb' }))
  return outer.use(express.text({ limit: '4mb' }), app)
}

/** The five that others have accepted: blank, one digit, null, nothing at all, six zeros. */
const ACCEPTED_ELSEWHERE = [{ code: '' }, { code: '0' }, { code: null }, {}, { code: '000000' }]

describe.each(BACKENDS)('a blank, short, absent or zero code, on %s', (backend) => {
  it('is refused where no code was ever made: the challenge of a sign-in that could not send', async () => {
    const service = openService(backend, { sendBudgets: [{ points: 1, windowMs: 3_600_000 }] })
    await enrolPhone(service, 'ada')
    const first = await holdSession(service)
    if (service.phone.codeFor() === '000000') return
    const thief = await holdSession(service)
    expect((await thief.get('/two-factor/challenge').expect(200)).body.delivery).toMatchObject({ status: 'failed' })
    for (const session of [first, thief]) {
      for (const body of ACCEPTED_ELSEWHERE) {
        const { status } = await session.post('/two-factor/challenge/verify').send(body)
        expect([body, status]).toEqual([body, body.code === '000000' ? 401 : 400])
      }
      await session.get('/account').expect(401)
    }
  })

  it('is refused by a challenge opened while the phone was locked, which has no code, once the lock has lifted', async () => {
    const service = openService(backend, { sendBudgets: [{ points: 100, windowMs: 3_600_000 }] })
    await enrolPhone(service, 'ada')
    for (let at = 0; at < 10; at += 1) {
      const guessing = await holdSession(service)
      await verify(guessing, service.phone.codeFor() === '111111' ? '222222' : '111111').expect(401)
    }
    const sent = service.phone.messages.length
    const silent = await holdSession(service)
    expect(service.phone.messages).toHaveLength(sent)
    service.clock.advance(31_000)
    expect((await verify(silent, '000000').expect(401)).body.code).toBe('ERR_TFA_CODE_INCORRECT')
    await silent.get('/account').expect(401)
  })

  it('is refused by a first sight that has sent nothing yet, by an enrolment, and where a recovery code is asked', async () => {
    const service = openService(backend)
    const { agent } = await enrolTotp(service, 'ada')
    await reauthenticate(agent, 'ada').expect(200)
    const begun = (await agent.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)).body
    if (codeFor(service, begun.setupKey) === '000000') return
    const confirm = `/two-factor/authenticators/${begun.enrolmentId}/confirm`
    const unseen = request.agent(service.app)
    await unseen.post('/login').send({ email: 'ada@example.com', password: PASSWORD })
    await unseen.post('/two-factor/challenge').send({ method: 'recovery-code' }).expect(201)
    for (const body of ACCEPTED_ELSEWHERE) {
      expect([400, 401]).toContain((await agent.post(confirm).send(body)).status)
      expect([body, (await unseen.post('/two-factor/challenge/verify').send(body)).status]).toEqual([body, 400])
    }
    await unseen.get('/account').expect(401)
    expect((await service.authenticators.load('user-ada')).authenticators).toHaveLength(1)
  })
})

describe("what is no code, behind the app's own parsers", () => {
  it('is refused with 400: nested forms, JSON that is no object, text', async () => {
    const service = openService()
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const right = codeFor(service, setupKey)
    const thief = request.agent(behindParsers(service.app))
    await signIn(thief, 'ada').expect(200)
    for (const [type, text] of [
      ['form', `code[]=${right}`],
      ['form', `code=${right}&code=${right}`],
      ['form', `code[a]=${right}`],
      ['form', 'code[toString]=1'],
      ['form', 'code[length]=6'],
      ['form', `__proto__[code]=${right}`],
      ['form', `constructor[prototype][code]=${right}`],
      ['form', 'hasOwnProperty=1&code=12345'],
      ['json', 'null'],
      ['json', '1'],
      ['json', `"${right}"`],
      ['json', `[{"code":"${right}"}]`],
      ['json', '{"code":{"toString":1}}'],
      ['json', `{"__proto__":{"code":"${right}"}}`],
      ['json', '{"hasOwnProperty":1,"code":"x"}'],
      ['text', right],
    ] as const) {
      const { status } = await thief.post('/two-factor/challenge/verify').type(type).send(text)
      expect([type, text, status]).toEqual([type, text, 400])
    }
    expect((await thief.get('/two-factor/challenge').expect(200)).body.attemptsLeft).toBe(5)
    expect({}).not.toHaveProperty('code')
    await verify(thief, right).expect(200)
  })
})

/** Shapes that no field of ours has. */
const SHAPES: readonly unknown[] = [[], ['x'], {}, { toString: 1 }, { $gt: '' }, 7, true, 'x\r\ny', 'x'.repeat(5000)]
const FIELDS: readonly (readonly [path: string, field: string, others: object])[] = [
  ['/reauthenticate', 'username', { password: PASSWORD }],
  ['/reauthenticate', 'password', { username: 'ada@example.com' }],
  ['/challenge', 'method', {}],
  ['/challenge', 'authenticatorId', {}],
  ['/authenticators', 'factor', {}],
  ['/authenticators', 'label', { factor: 'totp' }],
  ['/authenticators', 'country', { factor: 'phone', phone: '0612345678', method: 'sms' }],
  ['/authenticators', 'method', { factor: 'phone', country: 'FR', phone: '0612345678' }],
  ['/authenticators', 'replaces', { factor: 'phone', country: 'FR', phone: '0612345678', method: 'sms' }],
  ['/authenticators/:id/update', 'label', {}],
  ['/authenticators/:id/update', 'preferredMethod', {}],
]

describe.each(FIELDS)('%s, the field %s', (path, field, others) => {
  it('of a shape that it does not have is 400, and nothing else', async () => {
    const service = openService()
    const { agent, authenticatorId } = await enrolTotp(service, 'ada')
    await reauthenticate(agent, 'ada').expect(200)
    for (const shape of SHAPES) {
      const body = { ...others, [field]: shape }
      const { status } = await agent.post(`/two-factor${path.replace(':id', authenticatorId)}`).send(body)
      expect([field, shape, status]).toEqual([field, shape, 400])
    }
    await agent.get('/account').expect(200)
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
