/**
 * A27, I8. The thief reads the session store, Redis, or a backup of either: the password kept "until the second factor is
 * done", codes, secrets, phone numbers, tokens; or reads what the app logs of errors and events.
 * Hurt by it: django-two-factor-auth (GHSA-vhr6-pvjm-9qwf: the password, in plain text, in the session while pending).
 * What must happen: a scan of everything that is stored, in every state, and of every event, finds none of them.
 */
import { inspect } from 'node:util'
import request from 'supertest'
import { PASSWORD } from '../support/app'
import { codeFor, reauthenticate, signIn } from '../support/journeys'
import { cookiesSetBy, describeShared, openService, scanRedis, wrongCodes } from '../support/security'

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

/** Everything the process would write: to its terminal, as a warning, to the app's log. */
function hear(told: string[]): void {
  const note = (...args: unknown[]) => void told.push(args.map((arg) => inspect(arg, { depth: 9 })).join(' '))
  for (const name of ['log', 'info', 'warn', 'error', 'debug'] as const)
    jest.spyOn(console, name).mockImplementation(note)
  jest.spyOn(process, 'emitWarning').mockImplementation(note)
}

afterEach(() => jest.restoreAllMocks())

describeShared('everything that is stored and told, on %s', (backend) => {
  it('holds no password, code, secret, number, token or recovery code, in any state', async () => {
    const service = openService(backend)
    const told: string[] = []
    hear(told)
    for (const name of EVENTS) service.twoFactor.on(name, (payload) => void told.push(JSON.stringify(payload)))
    const secrets = new Map<string, string>([
      ['password', PASSWORD],
      ['number', '612345678'],
    ])
    const check = async (state: string) => {
      const held = [
        await scanRedis(service),
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
    await service.twoFactor.invalidate('user-ada')
    await check('after a change of password')
    expect(told.length).toBeGreaterThan(10)
  })

  it('is in no address, cookie or error that a session meets: what was typed is told back to nobody', async () => {
    const service = openService(backend)
    const ada = request.agent(service.app)
    const answers: request.Response[] = [await signIn(ada, 'ada'), await reauthenticate(ada, 'ada')]
    const phone = { factor: 'phone', country: 'FR', phone: '06 12 34 56 78', method: 'sms' }
    const begun = await ada.post('/two-factor/authenticators').send(phone).expect(201)
    const sent = service.phone.codeFor() as string
    const confirm = `/two-factor/authenticators/${begun.body.enrolmentId}/confirm`
    const [wrong = ''] = wrongCodes(service, 'A'.repeat(32), 2).filter((code) => code !== sent)
    answers.push(begun, await ada.post(confirm).send({ code: wrong }))
    const html = { Accept: 'text/html' }
    answers.push(await ada.post('/two-factor/authenticators').set(html).type('form').send(phone))
    answers.push(await ada.post('/two-factor/reauthenticate').send({ username: 'x', password: `${PASSWORD}?` }))
    answers.push(await ada.post(confirm).send({ code: `${sent}x` }))
    const held = answers.map(({ text, headers, request: { url } }) => `${url} ${JSON.stringify(headers)} ${text}`)
    const found = [PASSWORD, sent, wrong, '612345678', '06 12 34 56 78'].filter((secret) =>
      held.some((answer) => answer.includes(secret)),
    )
    expect(found).toEqual([])
  })
})
