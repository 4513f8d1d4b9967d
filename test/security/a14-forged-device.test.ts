/**
 * A14, A15, I10. The thief has the password and forges what makes the server skip the second factor: a device cookie made up,
 * another user's, one that was revoked, or one past its end with the cookie's own date moved; a header; an address.
 * Hurt by it: scheb/2fa (GHSA-h6mp-mc7g-mg49, the cookie of another user), Keycloak (CVE-2026-96445, a header decided).
 * What must happen: challenged. A token that was rotated away and comes back gives the whole device up.
 */
import request from 'supertest'
import { PASSWORD } from '../support/app'
import { codeFor, enrolTotp, reauthenticate, signIn, type TestAgent } from '../support/journeys'
import { BACKENDS, type Backend, cookiesSetBy, holdSession, openService } from '../support/security'

const DAY = 24 * 60 * 60_000
const CHALLENGE = { next: '/two-factor/challenge' }

/** A service, and the device cookie of Ada's browser. */
async function remembered(backend: Backend) {
  const service = openService(backend)
  const enrolled = await enrolTotp(service, 'ada')
  const ada = await holdSession(service)
  service.clock.advance(30_000)
  const answer = { code: codeFor(service, enrolled.setupKey), remember: true }
  const verified = await ada.post('/two-factor/challenge/verify').send(answer).expect(200)
  const line = deviceLineOf(verified)
  const cookie = line.split(';')[0] as string
  const comeBack = (name: string, presented: string) =>
    request(service.app)
      .post('/login')
      .set('Cookie', presented)
      .send({ email: `${name}@example.com`, password: PASSWORD })
  return { service, ada, cookie, line, comeBack, ...enrolled }
}

/** The raw header that sets a device's cookie. */
function deviceLineOf({ headers }: request.Response): string {
  const lines = headers['set-cookie'] as unknown as string[]
  return lines.find((line) => line.startsWith('two-factor-device-')) as string
}

type Scene = Awaited<ReturnType<typeof remembered>>

async function fresh({ ada }: Scene): Promise<TestAgent> {
  await reauthenticate(ada, 'ada').expect(200)
  return ada
}

const REVOCATIONS: readonly [what: string, revoke: (scene: Scene) => Promise<unknown>][] = [
  [
    'it was forgotten',
    async ({ ada }) => {
      const { body } = await ada.get('/two-factor').expect(200)
      await ada.post(`/two-factor/devices/${body.devices[0].id}/forget`).expect(204)
    },
  ],
  ['all were forgotten', ({ ada }) => ada.post('/two-factor/devices/forget-all').expect(204)],
  ['a change of password', ({ service }) => service.twoFactor.invalidate('user-ada')],
  ['new recovery codes', async (scene) => (await fresh(scene)).post('/two-factor/recovery-codes').expect(201)],
  [
    'the factor was turned off and enrolled again',
    async (scene) => {
      await (await fresh(scene)).post('/two-factor/disable').expect(204)
      await enrolTotp(scene.service, 'ada')
    },
  ],
  [
    'a reset by support, and a new enrolment',
    async ({ service }) => {
      await service.twoFactor.admin.reset('user-ada', { actor: 'support', reason: 'stolen laptop' })
      await enrolTotp(service, 'ada')
    },
  ],
]

describe.each(BACKENDS)('a device cookie, on %s', (backend) => {
  it('skips the challenge for its own user, and for nobody else', async () => {
    const { service, cookie, comeBack } = await remembered(backend)
    const { setupKey } = await enrolTotp(service, 'bob')
    const bob = await holdSession(service, 'bob')
    service.clock.advance(30_000)
    const answer = { code: codeFor(service, setupKey), remember: true }
    const verified = await bob.post('/two-factor/challenge/verify').send(answer).expect(200)
    const bobs = cookiesSetBy(verified).find((pair) => pair.startsWith('two-factor-device-')) as string
    const [adasName, bobsToken] = [cookie.split('=')[0], bobs.split('=')[1]]
    await comeBack('ada', `${adasName}=${bobsToken}`).expect(200, CHALLENGE)
    await comeBack('ada', bobs).expect(200, CHALLENGE)
    await comeBack('ada', cookie).expect(200, { next: '/' })
  })

  it('made up, cut, swapped or malformed is challenged, and takes nothing from the real one but its trust', async () => {
    const { cookie, comeBack } = await remembered(backend)
    const [name, token] = cookie.split('=') as [string, string]
    const [id] = token.split('.') as [string, string]
    const random = 'BBBBBBBBBBBBBBBBBBBBBB'
    for (const forged of [
      '',
      '.',
      id,
      `${random}.${random}`,
      `${token}x`,
      ` ${token}`,
      `${token}%00`,
      '__proto__',
      'null',
      'true',
      `${token}.${Date.now() + 365 * DAY}`,
    ]) {
      await comeBack('ada', `${name}=${forged}`).expect(200, CHALLENGE)
    }
    await comeBack('ada', cookie).expect(200, { next: '/' })
  })

  it('with the id of a real device and a secret made up is challenged', async () => {
    const { cookie, comeBack } = await remembered(backend)
    const [id] = cookie.split('.') as [string, string]
    await comeBack('ada', `${id}.BBBBBBBBBBBBBBBBBBBBBB`).expect(200, CHALLENGE)
  })

  it.each(REVOCATIONS)('kept after %s is challenged', async (_what, revoke) => {
    const scene = await remembered(backend)
    await revoke(scene)
    await scene.comeBack('ada', scene.cookie).expect(200, CHALLENGE)
    expect(await scene.service.twoFactor.devices.list('user-ada')).toEqual([])
  })

  it('is for the server alone, for thirty days, and its end does not move when it is used', async () => {
    const { service, comeBack, line } = await remembered(backend)
    const attributes = (raw: string) => raw.split('; ').slice(1)
    const end = attributes(line).find((attribute) => attribute.startsWith('Expires=')) as string
    expect(attributes(line).toSorted()).toEqual([end, 'HttpOnly', 'Path=/', 'SameSite=Lax'])
    const days = (Date.parse(end.slice('Expires='.length)) - service.clock.now()) / DAY
    expect(Math.abs(days - 30)).toBeLessThan(0.001)
    service.clock.advance(20 * DAY)
    const used = await comeBack('ada', line.split(';')[0] as string).expect(200, { next: '/' })
    expect(attributes(deviceLineOf(used))).toEqual(attributes(line))
  })

  it('is challenged from the thirtieth day on, whatever the cookie itself says, and using it moves nothing', async () => {
    const { service, cookie, comeBack } = await remembered(backend)
    service.clock.advance(29 * DAY)
    const used = await comeBack('ada', cookie).expect(200, { next: '/' })
    const rotated = cookiesSetBy(used).find((pair) => pair.startsWith('two-factor-device-')) as string
    service.clock.advance(DAY)
    await comeBack('ada', `${rotated}; Expires=Fri,31-Dec-9999; Max-Age=999999999`).expect(200, CHALLENGE)
    await comeBack('ada', rotated).expect(200, CHALLENGE)
  })

  it('copied and used by two is given up for both', async () => {
    const { service, cookie, comeBack } = await remembered(backend)
    const thief = await comeBack('ada', cookie).expect(200, { next: '/' })
    const rotated = cookiesSetBy(thief).find((pair) => pair.startsWith('two-factor-device-')) as string
    service.clock.advance(61_000)
    await comeBack('ada', cookie).expect(200, CHALLENGE)
    await comeBack('ada', rotated).expect(200, CHALLENGE)
  })

  it('never satisfies a step-up or a change of factors', async () => {
    const { service, cookie } = await remembered(backend)
    const thief = request.agent(service.app)
    await thief
      .post('/login')
      .set('Cookie', cookie)
      .send({ email: 'ada@example.com', password: PASSWORD })
      .expect(200, { next: '/' })
    await thief.post('/email').expect(401)
    await thief.post('/two-factor/reauthenticate').send({ username: 'ada@example.com', password: PASSWORD }).expect(200)
    const { body } = await thief.post('/two-factor/recovery-codes').expect(403)
    expect(body.missing).toEqual(['second-factor'])
  })
})

describe('a header or an address', () => {
  it('never decides that the second factor is skipped', async () => {
    const { service } = await remembered('memory')
    service.app.set('trust proxy', true)
    const headers = {
      'X-Forwarded-For': '127.0.0.1',
      'X-Real-IP': '127.0.0.1',
      'X-Trusted-Device': 'true',
      'X-Remember-Device': 'true',
      'X-Internal': '1',
      'X-Forwarded-Host': 'localhost',
      Authorization: 'Bearer trusted',
      Via: '1.1 localhost',
    }
    const thief = request.agent(service.app)
    await signIn(thief, 'ada').set(headers).expect(200, CHALLENGE)
    await thief.get('/account').set(headers).expect(401)
  })
})
