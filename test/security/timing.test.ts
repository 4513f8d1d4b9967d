/**
 * The attacker without the first factor times answers, and compares their every header, to learn which user has what:
 * an id that exists, a browser that is remembered, a user who is locked. Or he has it, and times how far a wrong code
 * was right.
 * Hurt by it: Keyczar and Java (2009: HMACs compared byte by byte), Rails (CVE-2015-7576: passwords), and every sign-in
 * that answers faster where nobody is.
 * What must happen: he is answered before anything is looked up, in the same words; and what is compared is compared
 * whole. `test/long/timing.test.ts` measures it.
 */
import crypto from 'node:crypto'
import speakeasy from 'speakeasy'
import request, { type Response } from 'supertest'
import ts from 'typescript'
import { decodeBase32 } from '../../lib/core/base32'
import { findDrift, hotp, matchStep, newTotpSecret, stepAt } from '../../lib/core/factors/totp'
import { createKeyRing } from '../../lib/core/secrets'
import { ROUTES } from '../../lib/http/routes/table'
import { PASSWORD } from '../support/app'
import { codeFor, cookiesOf, enrolTotp, reauthenticate, signIn } from '../support/journeys'
import { holdSession, openService, passHeld, type Service, verify, wrongCodes } from '../support/security'
import { findNodes, placeOf, readSources, type Source } from '../support/sources'
import { isSecretCompared, scriptsComparing } from './timing/comparisons'

const NOBODYS = 'AAAAAAAAAAAAAAAAAAAAAA'
const NOW = new Date('2026-11-17T08:00:00Z').getTime()

/** What an answer tells, but for when it was given. */
function toldBy({ status, headers, text }: Response): object {
  const { date: _when, ...others } = headers as Record<string, string>
  return { status, headers: others, text }
}

/** Ada has an app, a remembered browser and a lock; her ids, and the browser's cookies. */
async function lockedAda() {
  const service = openService('memory', { lockAuthenticatorFrom: 3 })
  const { setupKey, authenticatorId } = await enrolTotp(service, 'ada')
  const held = await holdSession(service)
  service.clock.advance(30_000)
  await held
    .post('/two-factor/challenge/verify')
    .send({ code: codeFor(service, setupKey), remember: true })
    .expect(200)
  const device = cookiesOf(held)
    .split(';')
    .find((pair) => pair.includes('two-factor-device'))
    ?.trim() as string
  const other = await holdSession(service)
  for (const code of wrongCodes(service, setupKey, 3)) await verify(other, code).expect(401)
  const [{ id: deviceId } = { id: '' }] = await service.twoFactor.devices.list('user-ada')
  return { service, ids: { authenticatorId, deviceId }, device }
}

/** How often the stores are asked from now on. */
function countCalls({ store, authenticators }: Service): () => number {
  let calls = 0
  for (const port of [store, authenticators] as object[]) {
    for (const [name, call] of Object.entries(port)) {
      if (typeof call !== 'function') continue
      const counted = (...given: unknown[]) => {
        calls += 1
        return call.apply(port, given)
      }
      Object.assign(port, { [name]: counted })
    }
  }
  return () => calls
}

describe('to somebody without the first factor', () => {
  it('every route answers the same of what exists and what does not, and asks no store', async () => {
    const { service, ids, device } = await lockedAda()
    const calls = countCalls(service)
    const unknown = device.replace(/=.*/, `=${NOBODYS}.${NOBODYS}`)
    for (const { method, path } of ROUTES) {
      const ask = (id: string, cookie: string, accept: string) => {
        const url = `/two-factor${path.replace(/:\w+/, id)}`
        const asked = method === 'GET' ? request(service.app).get(url) : request(service.app).post(url)
        return asked.set('Cookie', cookie).set('Accept', accept)
      }
      for (const accept of ['application/json', 'text/html']) {
        const nobody = toldBy(await ask(NOBODYS, unknown, accept))
        for (const id of Object.values(ids)) expect(toldBy(await ask(id, device, accept))).toEqual(nobody)
      }
    }
    expect(calls()).toBe(0)
    await signIn(request.agent(service.app), 'ada').expect(200)
    expect(calls()).toBeGreaterThan(0)
  })

  it('a wrong password is answered the same with the cookie of a remembered browser, and asks no store', async () => {
    const { service, device } = await lockedAda()
    const calls = countCalls(service)
    const logIn = (email: string, cookie: string) =>
      request(service.app).post('/login').set('Cookie', cookie).send({ email, password: 'wrong' })
    const expected = toldBy(await logIn('nobody@example.com', 'a=b'))
    for (const [email, cookie] of [
      ['ada@example.com', device],
      ['ada@example.com', 'a=b'],
      ['nobody@example.com', device],
    ] as const) {
      expect(toldBy(await logIn(email, cookie))).toEqual(expected)
    }
    expect(calls()).toBe(0)
  })
})

describe('to a user, of others', () => {
  it('whose password it was is not told when the password is asked again', async () => {
    const service = openService()
    const agent = request.agent(service.app)
    await signIn(agent, 'ada')
    const ask = (username: string, password: string) =>
      agent.post('/two-factor/reauthenticate').send({ username, password }).expect(401)
    const unknown = toldBy(await ask('nobody@example.com', 'wrong'))
    expect(toldBy(await ask('ada@example.com', 'wrong'))).toEqual(unknown)
    expect(toldBy(await ask('bob@example.com', 'wrong'))).toEqual(unknown)
    expect(toldBy(await ask('bob@example.com', PASSWORD))).toEqual(unknown)
  })

  it('an id that is another’s is answered as one that nobody has', async () => {
    const { service, ids } = await lockedAda()
    const bob = await enrolTotp(service, 'bob')
    for (const [path, id] of [
      ['authenticators/:id/remove', ids.authenticatorId],
      ['authenticators/:id/update', ids.authenticatorId],
      ['authenticators/:id/confirm', ids.authenticatorId],
      ['devices/:id/forget', ids.deviceId],
    ] as const) {
      await reauthenticate(bob.agent, 'bob').expect(200)
      const ask = (each: string) => {
        const body = { label: 'Mine', code: '123456' }
        return bob.agent.post(`/two-factor/${path.replace(':id', each)}`).send(body)
      }
      expect([path, toldBy(await ask(id))]).toEqual([path, toldBy(await ask(NOBODYS))])
    }
  })

  it('a browser that another user remembered, a forged token and one that expired are answered alike', async () => {
    const { service, device } = await lockedAda()
    const { setupKey } = await enrolTotp(service, 'bob')
    await passHeld(service, await holdSession(service, 'bob'), setupKey).expect(200)
    const logIn = async (cookie: string) => {
      const login = { email: 'bob@example.com', password: PASSWORD }
      const { status, body, headers } = await request(service.app).post('/login').set('Cookie', cookie).send(login)
      return { status, body, cookies: String(headers['set-cookie']).replace(/sid=[^;]+/, 'sid') }
    }
    const unknown = await logIn('a=b')
    expect(await logIn(device)).toEqual(unknown)
    expect(await logIn(device.replace(/\.[\w-]+$/, `.${NOBODYS}`))).toEqual(unknown)
    service.clock.advance(31 * 24 * 3_600_000)
    expect(await logIn(device)).toEqual(unknown)
  })
})

describe('a code of an app', () => {
  const secret = newTotpSecret(crypto.randomBytes)
  const codeAt = (steps: number) => hotp(decodeBase32(secret), stepAt(NOW) + steps)
  const near = [-10, -9, -2, -1, 0, 1, 2, 9, 10].map(codeAt)
  const wrong = ['123456', '654321', '777777'].find((code) => !near.includes(code)) as string

  afterEach(() => jest.restoreAllMocks())

  it.each([0, 1, 2])('with window %i every step is computed and compared, whichever is right', (window) => {
    const computed = jest.spyOn(speakeasy, 'hotp')
    const compared = jest.spyOn(crypto, 'timingSafeEqual')
    const codes = [codeAt(-window), codeAt(0), codeAt(window), wrong]
    const work = codes.map((code) => {
      computed.mockClear()
      compared.mockClear()
      matchStep(secret, code, NOW, window)
      return [computed.mock.calls.length, compared.mock.calls.length]
    })
    expect(work).toEqual(codes.map(() => [2 * window + 1, 2 * window + 1]))
  })

  it('costs the same however its clock is off', () => {
    const computed = jest.spyOn(speakeasy, 'hotp')
    const work = [codeAt(-10), codeAt(10), wrong].map((code) => {
      computed.mockClear()
      findDrift(secret, code, NOW, 1)
      return computed.mock.calls.length
    })
    expect(new Set(work).size).toBe(1)
  })

  it('a sent one is compared as a hash of one length, whatever was typed', () => {
    const compared = jest.spyOn(crypto, 'timingSafeEqual')
    const ring = createKeyRing([crypto.randomBytes(32)], crypto.randomBytes)
    const hash = ring.hash(['code', 'id', '123456'])
    for (const typed of ['123456', '023456', '123450', '0123456789']) ring.isHashOf(hash, ['code', 'id', typed])
    const lengths = compared.mock.calls.flatMap(([left, right]) => [left.byteLength, right.byteLength])
    expect(lengths).toEqual(Array.from({ length: 8 }, () => hash.length))
  })
})

/** A keyed hash may be looked up by: who cannot compute it learns nothing from how far it agreed. */
const LOOKED_UP = ['lib/core/receipt.ts', 'lib/adapters/memory/authenticators.ts', 'lib/adapters/memory/devices.ts']
const LOOKED_UP_BY_SCRIPT = ['accept_code.lua', 'claim_recovery_code.lua', 'recognise_device.lua']

describe('in the source', () => {
  const sources = readSources('lib/core', 'lib/adapters', 'lib/http')

  it('no code, token, secret or hash is compared by equality', () => {
    const comparing = sources.filter((source) => findNodes(source, isSecretCompared).length > 0)
    expect(comparing.map(({ path }) => path)).toEqual(LOOKED_UP)
    expect(scriptsComparing()).toEqual(LOOKED_UP_BY_SCRIPT)
  })

  it('three places compare in constant time, and all that is compared goes there', () => {
    const isCall = (node: ts.Node): node is ts.Node =>
      ts.isCallExpression(node) && node.expression.getText() === 'timingSafeEqual'
    const places = sources.flatMap((source) => findNodes(source, isCall).map((node) => placeOf(source, node)))
    expect(places.map((place) => place.replace(/:\d+$/, '')).sort()).toEqual([
      'lib/adapters/vonage/signature.ts',
      'lib/core/factors/totp.ts',
      'lib/core/secrets.ts',
    ])
  })

  it('the reader finds such a comparison', () => {
    for (const text of ['code === expected', 'a.codeHash != b.codeHash', 'hashes.includes(token)', 'x.indexOf(secret)'])
      expect([text, findNodes(parse(text), isSecretCompared).length]).toEqual([text, 1])
    for (const text of ["error.code === 'ECONNREFUSED'", 'code.length === 6', 'codeHash !== undefined'])
      expect([text, findNodes(parse(text), isSecretCompared).length]).toEqual([text, 0])
  })
})

function parse(text: string): Source {
  return { path: 'x.ts', text, tree: ts.createSourceFile('x.ts', text, ts.ScriptTarget.Latest, true) }
}
