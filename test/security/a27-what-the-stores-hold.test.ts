/**
 * A27. The thief reads the session store, Redis, or a backup of either: the password kept "until the second factor is
 * done", codes, secrets, phone numbers, tokens; or reads what the app logs of errors and events.
 * Hurt by it: django-two-factor-auth (GHSA-vhr6-pvjm-9qwf: the password, in plain text, in the session while pending).
 * What must happen: a scan of everything that is stored, in every state, and of every event, finds none of them.
 */
import request from 'supertest'
import { PASSWORD } from '../support/app'
import { codeFor, reauthenticate, signIn } from '../support/journeys'
import { cookiesSetBy, openService, type Service } from '../support/security'

const EVENTS = [
  'challenge.opened',
  'challenge.sent',
  'challenge.undelivered',
  'challenge.verified',
  'challenge.failed',
  'user.locked',
  'grant.issued',
  'grants.revoked',
  'password.refused',
  'authenticator.added',
  'recovery-code.used',
  'recovery-codes.replaced',
  'device.remembered',
  'device.recognised',
] as const

/** Every key and value under the prefix, as text. */
async function scan({ redis, prefix }: Service): Promise<string> {
  if (!redis) throw new Error('only Redis can be scanned')
  const keys = await redis.keys(`${prefix}*`)
  const values = await Promise.all(
    keys.map(async (key) =>
      (await redis.type(key)) === 'hash' ? JSON.stringify(await redis.hgetall(key)) : ((await redis.get(key)) ?? ''),
    ),
  )
  return [...keys, ...values].join('\n')
}

describe('everything that is stored and told', () => {
  it('holds no password, code, secret, number, token or recovery code, in any state', async () => {
    const service = openService('redis')
    const told: string[] = []
    for (const name of EVENTS) service.twoFactor.on(name, (payload) => void told.push(JSON.stringify(payload)))
    const secrets = new Map<string, string>([
      ['password', PASSWORD],
      ['number', '612345678'],
    ])
    const check = async (state: string) => {
      const held = [
        await scan(service),
        JSON.stringify(service.sessions),
        JSON.stringify((service.sessions as unknown as { sessions: object }).sessions),
        ...told,
      ].join('\n')
      const found = [...secrets].filter(([, secret]) => held.includes(secret)).map(([name]) => name)
      expect([state, found]).toEqual([state, []])
    }

    const ada = request.agent(service.app)
    await signIn(ada, 'ada')
    await ada
      .post('/two-factor/reauthenticate')
      .send({ username: 'ada@example.com', password: `${PASSWORD}!` })
      .expect(401)
    await reauthenticate(ada, 'ada').expect(200)
    const totp = (await ada.post('/two-factor/authenticators').send({ factor: 'totp', label: 'My app' }).expect(201))
      .body
    secrets.set('setup key', totp.setupKey).set('confirming code', codeFor(service, totp.setupKey))
    await check('a pending enrolment of an app')
    const confirmed = await ada
      .post(`/two-factor/authenticators/${totp.enrolmentId}/confirm`)
      .send({ code: codeFor(service, totp.setupKey) })
      .expect(201)
    for (const [at, code] of (confirmed.body.recoveryCodes as string[]).entries()) {
      secrets.set(`recovery code ${at}`, code).set(`bare recovery code ${at}`, code.replaceAll('-', ''))
    }
    await reauthenticate(ada, 'ada').expect(200)
    const phone = { factor: 'phone', country: 'FR', phone: '06 12 34 56 78', method: 'sms' }
    const begun = (await ada.post('/two-factor/authenticators').send(phone).expect(201)).body
    secrets.set('text to enrol', service.phone.codeFor() as string)
    await check('a pending enrolment of a phone')
    await ada
      .post(`/two-factor/authenticators/${begun.enrolmentId}/confirm`)
      .send({ code: service.phone.codeFor() })
      .expect(201)

    const again = request.agent(service.app)
    await signIn(again, 'ada').expect(200, { next: '/two-factor/challenge' })
    await again.post('/two-factor/challenge').send({ method: 'sms' }).expect(201)
    secrets.set('text', service.phone.codeFor() as string)
    await check('a pending sign-in')
    await again
      .post('/two-factor/challenge/verify')
      .send({ code: secrets.get('text') === '000000' ? '000001' : '000000' })
      .expect(401)
    const verified = await again
      .post('/two-factor/challenge/verify')
      .send({ code: service.phone.codeFor(), remember: true })
      .expect(200)
    const token = (cookiesSetBy(verified).find((pair) => pair.startsWith('two-factor-device-')) as string).split(
      '.',
    )[1] as string
    secrets.set('device token', token)
    await check('a remembered device')
    const last = request.agent(service.app)
    await signIn(last, 'ada').expect(200)
    await last.post('/two-factor/challenge/verify').send({ code: confirmed.body.recoveryCodes[0] }).expect(200)
    await check('after a recovery code')
    expect(told.length).toBeGreaterThan(10)
  })
})
