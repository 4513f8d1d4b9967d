import { setTimeout as pause } from 'node:timers/promises'
import express from 'express'
import {
  type AuthenticatorStore,
  type Channel,
  type EventName,
  type Receipt,
  TwoFactorError,
  type TwoFactorOptions,
} from 'express-two-factor'
import { memoryAuthenticators, memoryStore } from 'express-two-factor/memory'
import { redisStore } from 'express-two-factor/redis'
import { movableClock, virtualPhone } from 'express-two-factor/testing'
import Redis from 'ioredis'
import request from 'supertest'
import { readNested } from '../docs/compile'
import { createTestApp, KEY, type TestApp } from '../support/app'
import {
  codeFor,
  cookiesOf,
  enrolPhone,
  enrolTotp,
  passWithTotp,
  reauthenticate,
  signIn,
  type TestAgent,
  wrongCodeFor,
} from '../support/journeys'
import { startRedis } from '../support/redis-server'
import { openRedis, verify } from '../support/security'

const EVERY = [...readNested('lib/events.ts', 'TwoFactorEvents').keys()] as readonly EventName[]
const DAY_MS = 24 * 60 * 60 * 1000
const OTHER_KEY = Buffer.from(KEY, 'base64').reverse().toString('base64')
const ACT = { actor: 'support-7', reason: 'lost phone' }

/** Every event that any story of this file told. */
const told = new Set<string>()

/** What a service tells from now on: each event as one line, name first. */
function listenTo(service: Pick<TestApp, 'twoFactor'>): string[] {
  const lines: string[] = []
  for (const name of EVERY) {
    service.twoFactor.on(name, ({ userId, challengeId, ...payload }: Readonly<Record<string, unknown>>) => {
      told.add(name)
      lines.push([name, userId, ...Object.values(payload).filter((value) => !isId(value))].join(' '))
    })
  }
  return lines
}

function isId(value: unknown): boolean {
  return value === undefined || (typeof value === 'string' && /^[\w-]{22}(\.[\w-]{8})?$/.test(value))
}

/** The lines since the last look. */
function take(lines: string[]): readonly string[] {
  return lines.splice(0)
}

function open(overrides?: Partial<TwoFactorOptions>): { service: TestApp; lines: string[] } {
  const service = createTestApp(overrides)
  return { service, lines: listenTo(service) }
}

async function held(service: TestApp): Promise<TestAgent> {
  const agent = request.agent(service.app)
  await signIn(agent, 'ada').expect(200)
  return agent
}

/** The same records, after somebody has written into them by hand. */
function alteredIn(authenticators: AuthenticatorStore): AuthenticatorStore {
  return {
    ...authenticators,
    async load(userId) {
      const enrolled = await authenticators.load(userId)
      const altered = enrolled.authenticators.map((one) => ({ ...one, sealed: `${one.sealed.slice(0, -4)}AAAA` }))
      return { ...enrolled, authenticators: altered }
    },
  }
}

describe('by events an app hears', () => {
  it('who enrolled, signed in, by what, and out', async () => {
    const { service, lines } = open()
    const { setupKey } = await enrolTotp(service, 'ada')
    expect(take(lines)).toEqual([
      'grant.issued user-ada password',
      'challenge.verified user-ada enrolment totp',
      'grants.revoked user-ada authenticator-added',
      'authenticator.added user-ada totp',
    ])
    const agent = await passWithTotp(service, 'ada', setupKey)
    await agent.post('/two-factor/sign-out').expect(204)
    expect(take(lines)).toEqual([
      'challenge.opened user-ada sign-in totp',
      'grant.issued user-ada password',
      'challenge.verified user-ada sign-in totp',
      'grant.ended user-ada sign-out',
    ])
  })

  it('each wrong code with the attempts left, the lock that follows, and the cap', async () => {
    const { service, lines } = open({ failureCap: 12 })
    const { setupKey } = await enrolTotp(service, 'ada')
    take(lines)
    for (const _session of [1, 2]) {
      const agent = await held(service)
      for (const _guess of [1, 2, 3, 4, 5]) await verify(agent, wrongCodeFor(service, setupKey)).expect(401)
    }
    const failed = take(lines).filter((line) => line.startsWith('challenge.failed'))
    expect(failed).toEqual(
      [4, 3, 2, 1, 0, 4, 3, 2, 1, 0].map((left) => `challenge.failed user-ada sign-in totp ${left}`),
    )

    const locked = await held(service)
    await verify(locked, codeFor(service, setupKey)).expect(429)
    expect(take(lines)).toContainEqual(expect.stringMatching(/^user\.locked user-ada (29|30)\d{3}$/))
    for (const _failure of [11, 12]) {
      service.clock.advance(3_600_000)
      await verify(await held(service), wrongCodeFor(service, setupKey)).expect(401)
    }
    expect(take(lines)).toContainEqual('authenticator.disabled user-ada')
  })

  it('what was sent, and what could not be', async () => {
    const { service, lines } = open()
    await enrolPhone(service, 'ada')
    expect(take(lines)).toContainEqual('challenge.sent user-ada sms FR 1')
    service.phone.failNext({ status: 'failed', reason: 'unreachable' })
    await held(service)
    expect(take(lines)).toContainEqual('challenge.undelivered user-ada sms FR 0 unreachable')
  })

  it('what a brake refused to send, and where sends stop', async () => {
    const store = memoryStore()
    const { service, lines } = open({ store, sendBudgets: [{ per: 'user', points: 1, windowMs: 60_000 }] })
    await enrolPhone(service, 'ada')
    await held(service)
    expect(take(lines)).toContainEqual('send.refused user-ada FR sms user')
    const before = service.clock.now() - DAY_MS / 48
    await store.countSends({ country: 'FR', method: 'sms' }, before - (before % 300_000), {
      newSent: 60,
      newVerified: 9,
    })
    const bob = request.agent(service.app)
    await signIn(bob, 'bob').expect(200)
    await reauthenticate(bob, 'bob').expect(200)
    const phone = { factor: 'phone', country: 'FR', phone: '06 12 34 56 79', method: 'sms' }
    await bob.post('/two-factor/authenticators').send(phone).expect(429)
    expect(take(lines)).toEqual([
      'grant.issued user-bob password',
      expect.stringMatching(/^sends\.stopped {2}FR sms 60 9 /),
      'send.refused user-bob FR sms conversion',
    ])
    await service.twoFactor.sending.release({ country: 'FR', method: 'sms' }, { actor: 'a', reason: 'b' })
    expect(take(lines)).toEqual(['sends.released  FR sms a b'])
  })

  it('what became of a message, where its channel is told', async () => {
    const phone = virtualPhone()
    const read = ({ body }: { body: Buffer }) => JSON.parse(body.toString()) as Receipt
    const [sms] = phone.channels
    const told: Channel = {
      method: 'sms',
      receipts: { path: 'own', read },
      send: async (message) => ({ ...(await sms.send(message)), messageId: message.reference }),
    }
    const { service, lines } = open({ channels: [told] })
    await enrolPhone({ ...service, phone }, 'ada')
    const sent: string[] = []
    service.twoFactor.on('challenge.sent', ({ messageId = '' }) => sent.push(messageId))
    await held(service)
    const receipt = { messageId: sent[0], status: 'delivered' }
    await request(express().use(service.twoFactor.webhooks()))
      .post('/two-factor/webhooks/own')
      .send(receipt)
      .expect(204)
    expect(take(lines)).toContainEqual('challenge.delivered user-ada sms FR')
  })

  it('a webhook that was not taken, and why', async () => {
    const read = () => {
      throw new TwoFactorError('ERR_TFA_WEBHOOK_SIGNATURE', { detail: 'the moon is full' })
    }
    const send = async () => ({ status: 'unknown' as const })
    const { service, lines } = open({ channels: [{ method: 'sms', send, receipts: { path: 'own', read } }] })
    await request(express().use(service.twoFactor.webhooks())).post('/two-factor/webhooks/own').expect(401)
    expect(take(lines)).toEqual(['webhook.refused  own the moon is full'])
  })

  it('of recovery codes: each that was used, and a new set', async () => {
    const { service, lines } = open()
    const { setupKey, recoveryCodes } = await enrolTotp(service, 'ada')
    await verify(await held(service), recoveryCodes[0]).expect(200)
    expect(take(lines)).toContainEqual('recovery-code.used user-ada 9')
    const agent = await passWithTotp(service, 'ada', setupKey)
    await reauthenticate(agent, 'ada').expect(200)
    await agent.post('/two-factor/recovery-codes').expect(201)
    expect(take(lines).slice(-2)).toEqual([
      'grants.revoked user-ada recovery-codes-replaced',
      'recovery-codes.replaced user-ada',
    ])
  })

  it('of devices: remembered, recognised, used by two, forgotten', async () => {
    const { service, lines } = open()
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const agent = await held(service)
    const code = codeFor(service, setupKey)
    await agent.post('/two-factor/challenge/verify').send({ code, remember: true }).expect(200)
    expect(take(lines).at(-1)).toBe('device.remembered user-ada')

    const stolen = cookiesOf(agent)
      .split('; ')
      .find((pair) => pair.startsWith('two-factor-device')) as string
    await signIn(agent, 'ada').expect(200, { next: '/' })
    expect(take(lines)).toEqual(['device.recognised user-ada', 'grant.issued user-ada remembered-device'])
    service.clock.advance(61_000)
    await signIn(request.agent(service.app).set('Cookie', stolen), 'ada').expect(200, { next: '/two-factor/challenge' })
    expect(take(lines)[0]).toBe('device.reused user-ada')
    await agent.post('/two-factor/devices/forget-all').expect(204)
    expect(take(lines)).toEqual(['device.forgotten user-ada all'])
  })

  it('a factor removed, a password refused, everything ended by a new password', async () => {
    const { service, lines } = open()
    const { agent, authenticatorId } = await enrolTotp(service, 'ada')
    take(lines)
    await agent.post('/two-factor/reauthenticate').send({ username: 'ada@example.com', password: 'no' }).expect(401)
    await reauthenticate(agent, 'ada').expect(200)
    await agent.post(`/two-factor/authenticators/${authenticatorId}/remove`).expect(204)
    await service.twoFactor.invalidate('user-ada')
    expect(take(lines)).toEqual([
      'password.refused user-ada',
      'grants.revoked user-ada authenticator-removed',
      'authenticator.removed user-ada',
      'grants.revoked user-ada password-changed',
    ])
  })

  it('when a grace period began, that it was used, and that support made it longer', async () => {
    const { service, lines } = open({ policy: { requirement: 'required', graceMs: 28 * DAY_MS } })
    const agent = await held(service)
    await agent.post('/two-factor/setup/postpone').expect(200)
    expect(take(lines)).toEqual([
      expect.stringMatching(/^grace\.began user-ada /),
      'grant.issued user-ada password',
      'enrolment.postponed user-ada',
    ])
    await service.twoFactor.admin.extendGrace('user-ada', new Date(service.clock.now() + 60 * DAY_MS), ACT)
    expect(take(lines)[0]).toMatch(/^admin\.grace-extended user-ada .* support-7 lost phone$/)
  })

  it('who of support did what, and why', async () => {
    const { service, lines } = open()
    await enrolTotp(service, 'ada')
    take(lines)
    await service.twoFactor.admin.unlock('user-ada', ACT)
    await service.twoFactor.admin.reset('user-ada', ACT)
    expect(take(lines)).toEqual([
      'admin.unlocked user-ada support-7 lost phone',
      'grants.revoked user-ada admin-reset',
      'admin.reset user-ada support-7 lost phone',
    ])
  })

  it('who would be held, where nobody is', async () => {
    const { service, lines } = open({ reportOnly: true, policy: { requirement: 'required' } })
    const agent = await held(service)
    await agent.get('/account').expect(200)
    expect(take(lines)).toContainEqual('gate.would-hold user-ada prompted')
  })

  it('that a key is missing which a user’s data was sealed with', async () => {
    const authenticators = memoryAuthenticators()
    await enrolPhone(createTestApp({ authenticators }), 'ada')
    const { service, lines } = open({ authenticators, keys: [OTHER_KEY] })
    await held(service)
    expect(take(lines)).toContainEqual(expect.stringMatching(/^key\.missing user-ada [\w-]{6}$/))
  })

  it('that what is stored of a user was altered', async () => {
    const authenticators = memoryAuthenticators()
    await enrolPhone(createTestApp({ authenticators }), 'ada')
    const { service, lines } = open({ authenticators: alteredIn(authenticators) })
    await held(service)
    expect(take(lines)).toContainEqual('authenticator.altered user-ada')
  })

  it('that its clock and the store’s are six seconds apart', async () => {
    const clock = movableClock()
    const store = redisStore(openRedis(), {
      clock: { now: () => clock.now(), offsetMs: -6000 },
      prefix: `${KEY.slice(0, 8)}:`,
    })
    const { service, lines } = open({ store, clock })
    await enrolTotp(service, 'ada')
    await held(service)
    const [skewed = ''] = take(lines).filter((line) => line.startsWith('clock.skewed'))
    expect(Number(skewed.split(' ').at(-1))).toBeGreaterThan(5000)
  })

  it('that its Redis evicts', async () => {
    const redis = await startRedis(['--maxmemory-policy', 'allkeys-lru'])
    const client = new Redis(redis.url)
    const { lines } = open({ store: redisStore(client) })
    while (lines.length === 0) await pause(5)
    client.disconnect()
    await redis.stop()
    expect(take(lines)[0]).toContain('allkeys-lru')
  })

  it('all there is to hear', () => {
    expect([...told].sort()).toEqual([...EVERY].sort())
  })
})
