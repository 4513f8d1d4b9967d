import express, { type Express } from 'express'
import type { Channel } from 'express-two-factor'
import { startVonageStandIn, type VonageStandIn } from 'express-two-factor/testing'
import { vonageSms, vonageVoice } from 'express-two-factor/vonage'
import request from 'supertest'
import { makeKeys } from '../adapters/vonage/support'
import { reauthenticate, signIn, type TestAgent } from '../support/journeys'
import { BACKENDS, type Backend, openService, type Service } from '../support/security'
import { type Forgery, SIGNATURE_SECRET, signWebhook } from '../support/vonage-webhooks'

const { privateKey } = makeKeys()
const MESSAGE = '/two-factor/webhooks/vonage/message'
const VOICE = '/two-factor/webhooks/vonage/voice'

let standIn: VonageStandIn
beforeAll(async () => {
  standIn = await startVonageStandIn()
})
afterAll(() => standIn.stop())
afterEach(() => standIn.clear())

function channels(options: object = { signatureSecret: SIGNATURE_SECRET }): readonly Channel[] {
  const vonage = { applicationId: 'app-1', privateKey, from: 'Acme', apiHost: standIn.apiHost, ...options }
  return [vonageSms(vonage), vonageVoice(vonage)]
}

interface Scene extends Service {
  /** The app with `webhooks()` before everything else. */
  whole: Express
  ada: TestAgent
}

/** Ada has begun to enrol a phone, whose code was sent. */
async function openEnrolment(backend: Backend = 'memory'): Promise<Scene & { enrolment: string }> {
  const service = openService(backend, { channels: channels() })
  const whole = express().use(service.twoFactor.webhooks(), service.app)
  const ada = request.agent(whole)
  await signIn(ada, 'ada')
  await reauthenticate(ada, 'ada').expect(200)
  const phone = { factor: 'phone', country: 'FR', phone: '06 12 34 56 78', method: 'sms' }
  const { body } = await ada.post('/two-factor/authenticators').send(phone).expect(201)
  return { ...service, whole, ada, enrolment: `/two-factor/authenticators/${body.enrolmentId}` }
}

/** Ada has a phone; she has signed in, and waits for a text message. */
async function openScene(backend: Backend = 'memory'): Promise<Scene> {
  const { enrolment, ada: enrolling, ...service } = await openEnrolment(backend)
  await enrolling.post(`${enrolment}/confirm`).send({ code: lastCode() }).expect(201)
  const ada = request.agent(service.whole)
  await signIn(ada, 'ada').expect(200, { next: '/two-factor/challenge' })
  return { ...service, ada }
}

function lastCode(): string {
  return /\d{6}/.exec(standIn.messages.at(-1)?.text ?? '')?.[0] ?? ''
}

function receipt(status: string, more: object = {}): object {
  return {
    channel: 'sms',
    message_uuid: standIn.messages.at(-1)?.messageUuid,
    to: '33612345678',
    from: 'Acme',
    status,
    ...more,
  }
}

function tell(
  scene: Pick<Scene, 'whole' | 'clock'>,
  words: object,
  forgery: Forgery = {},
  path = MESSAGE,
): request.Test {
  const body = JSON.stringify(words)
  return request(scene.whole)
    .post(path)
    .set('Content-Type', 'application/json')
    .set('Authorization', signWebhook(body, scene.clock.now(), forgery))
    .send(body)
}

async function deliveryOf({ ada }: Scene): Promise<unknown> {
  return (await ada.get('/two-factor/challenge').expect(200)).body.delivery
}

describe.each(BACKENDS)('a receipt, on %s', (backend) => {
  it('of a message that arrived is shown with the challenge, and told once', async () => {
    const scene = await openScene(backend)
    const told: unknown[] = []
    scene.twoFactor.on('challenge.delivered', (payload) => told.push(payload))
    expect(await deliveryOf(scene)).toEqual({ status: 'sent' })
    await tell(scene, receipt('submitted')).expect(204)
    expect(await deliveryOf(scene)).toEqual({ status: 'sent' })
    for (const _time of [1, 2, 3]) await tell(scene, receipt('delivered')).expect(204)
    expect(await deliveryOf(scene)).toEqual({ status: 'delivered' })
    const messageId = standIn.messages.at(-1)?.messageUuid
    expect(told).toEqual([
      { userId: 'user-ada', challengeId: expect.any(String), method: 'sms', country: 'FR', messageId },
    ])
  })

  it('of a message that did not arrive says why, and the next goes out at once', async () => {
    const scene = await openScene(backend)
    await scene.ada.post('/two-factor/challenge/resend').expect(429)
    const error = {
      type: 'https://developer.vonage.com/api-errors/messages#1260',
      title: '1260',
      detail: 'Unreachable',
    }
    await tell(scene, receipt('undeliverable', { error })).expect(204)
    expect(await deliveryOf(scene)).toEqual({ status: 'failed', reason: 'unreachable' })
    await scene.ada.post('/two-factor/challenge/resend').expect(202)
    expect(await deliveryOf(scene)).toEqual({ status: 'sent' })
    await scene.ada.post('/two-factor/challenge/verify').send({ code: lastCode() }).expect(200)
  })

  it('that is quicker than the answer to the send is not lost', async () => {
    const scene = await openScene(backend)
    const { store } = scene
    const note = store.noteMessage.bind(store)
    store.noteMessage = async (messageId, message) => {
      await tell(scene, receipt('undeliverable', { error: { title: '1260' } })).expect(204)
      return note(messageId, message)
    }
    scene.clock.advance(30_000)
    await scene.ada.post('/two-factor/challenge/resend').expect(202)
    expect(await deliveryOf(scene)).toEqual({ status: 'failed', reason: 'unreachable' })
  })

  it('tells what became of a text whose answer was lost, by our own reference', async () => {
    const scene = await openScene(backend)
    scene.clock.advance(30_000)
    standIn.fault('accepted-then-lost')
    await scene.ada.post('/two-factor/challenge/resend').expect(202)
    expect(await deliveryOf(scene)).toEqual({ status: 'unknown', reason: 'timeout' })
    const { clientRef } = standIn.messages.at(-1) ?? {}
    await tell(scene, receipt('delivered', { client_ref: 'another' })).expect(204)
    expect(await deliveryOf(scene)).toEqual({ status: 'unknown', reason: 'timeout' })
    const told: string[] = []
    scene.twoFactor.on('challenge.delivered', ({ messageId }) => told.push(messageId))
    for (const _time of [1, 2]) {
      await tell(scene, receipt('delivered', { client_ref: clientRef, message_uuid: 'told-before' })).expect(204)
    }
    expect(await deliveryOf(scene)).toEqual({ status: 'delivered' })
    expect(told).toEqual(['told-before'])
    await scene.ada.post('/two-factor/challenge/resend').expect(429)
    scene.clock.advance(30_000)
    await scene.ada.post('/two-factor/challenge/resend').expect(202)
    await tell(scene, receipt('undeliverable', { client_ref: clientRef, message_uuid: 'told-late' })).expect(204)
    expect(await deliveryOf(scene)).toEqual({ status: 'sent' })
  })

  it('of one text whose answer was lost says nothing of the next', async () => {
    const scene = await openScene(backend)
    const references: (string | undefined)[] = []
    for (const _send of [1, 2]) {
      scene.clock.advance(30_000)
      standIn.fault('accepted-then-lost')
      await scene.ada.post('/two-factor/challenge/resend').expect(202)
      references.push(standIn.messages.at(-1)?.clientRef)
    }
    await tell(scene, receipt('undeliverable', { client_ref: references[0], message_uuid: 'one' })).expect(204)
    expect(await deliveryOf(scene)).toEqual({ status: 'unknown', reason: 'timeout' })
    await tell(scene, receipt('delivered', { client_ref: references[1], message_uuid: 'two' })).expect(204)
    expect(await deliveryOf(scene)).toEqual({ status: 'delivered' })
  })

  it('of a text whose answer is still waited for, and then lost, is not lost with it', async () => {
    const scene = await openScene(backend)
    const told: unknown[] = []
    scene.twoFactor.on('challenge.delivered', ({ messageId }) => told.push(messageId))
    const { store } = scene
    const noteDelivery = store.noteDelivery.bind(store)
    const say = () =>
      tell(scene, receipt('delivered', { client_ref: standIn.messages.at(-1)?.clientRef, message_uuid: 'early' }))
    store.noteDelivery = async (...noted) => {
      store.noteDelivery = noteDelivery
      await say().expect(204)
      return noteDelivery(...noted)
    }
    scene.clock.advance(30_000)
    standIn.fault('accepted-then-lost')
    await scene.ada.post('/two-factor/challenge/resend').expect(202)
    expect(await deliveryOf(scene)).toEqual({ status: 'delivered' })
    await say().expect(204)
    expect(told).toEqual(['early'])
  })

  it('of an older message says nothing of the newer one', async () => {
    const scene = await openScene(backend)
    const older = receipt('rejected')
    scene.clock.advance(30_000)
    await scene.ada.post('/two-factor/challenge/resend').expect(202)
    await tell(scene, older).expect(204)
    expect(await deliveryOf(scene)).toEqual({ status: 'sent' })
  })
})

describe('a webhook of words that no table has', () => {
  it.each([
    ['constructor', undefined],
    ['undeliverable', { title: 'constructor' }],
    [{ toString: 1 }, undefined],
    ['undeliverable', { title: { toString: 1 } }],
    ['undeliverable', 'toString'],
  ])('with status %j and error %j says nothing more than it does', async (status, error) => {
    const scene = await openScene()
    await tell(scene, { ...receipt('x'), status, error }).expect(204)
    const expected = status === 'undeliverable' ? { status: 'failed', reason: 'rejected' } : { status: 'sent' }
    expect(await deliveryOf(scene)).toEqual(expected)
  })

  it('that says twice, in two words, that a text arrived counts once', async () => {
    const scene = await openScene()
    for (const word of ['delivered', 'read']) await tell(scene, receipt(word)).expect(204)
    const since = new Date(scene.clock.now() - 60_000)
    expect(await scene.twoFactor.sending.report(since)).toMatchObject([{ sent: 2, delivered: 1 }])
  })
})

describe('a call', () => {
  it('that a machine answered has failed, though it was answered first', async () => {
    const scene = await openScene()
    await scene.ada.post('/two-factor/challenge').send({ method: 'voice' }).expect(201)
    const call = { uuid: standIn.calls.at(-1)?.uuid, conversation_uuid: 'CON-1', direction: 'outbound' }
    await tell(scene, { ...call, status: 'answered' }, {}, VOICE).expect(204)
    expect(await deliveryOf(scene)).toEqual({ status: 'delivered' })
    await tell(scene, { call_uuid: call.uuid, status: 'machine', sub_state: 'beep_start' }, {}, VOICE).expect(204)
    await tell(scene, { ...call, status: 'completed' }, {}, VOICE).expect(204)
    expect(await deliveryOf(scene)).toEqual({ status: 'failed', reason: 'unreachable' })
  })
})

describe('a receipt during an enrolment', () => {
  it('of a text that did not arrive lets the code be sent again at once', async () => {
    const scene = await openEnrolment()
    await scene.ada.post(`${scene.enrolment}/resend`).expect(429)
    await tell(scene, receipt('undeliverable')).expect(204)
    await scene.ada.post(`${scene.enrolment}/resend`).expect(202)
  })
})

/** In prose: who sends what, instead of Vonage. */
const FORGERIES: readonly [string, (scene: Scene) => request.Test, why: string][] = [
  ['nothing signed', (scene) => request(scene.whole).post(MESSAGE).send(receipt('delivered')), 'it has no token'],
  [
    'another secret',
    (scene) => tell(scene, receipt('delivered'), { secret: 'another signature secret' }),
    'it is not signed',
  ],
  [
    'a body altered after it was signed',
    (scene) => tell(scene, receipt('delivered'), { signedBody: '{}' }),
    'its body is not',
  ],
  [
    'no hash of the body',
    (scene) => tell(scene, receipt('delivered'), { claims: { payload_hash: undefined } }),
    'its body is not',
  ],
  [
    'an algorithm of its own choice: none',
    (scene) => tell(scene, receipt('delivered'), { head: { alg: 'none' } }),
    'it is not signed',
  ],
  [
    'an algorithm of its own choice: RS256',
    (scene) => tell(scene, receipt('delivered'), { head: { alg: 'RS256' } }),
    'it is not signed',
  ],
  [
    'six minutes ago',
    (scene) => tell(scene, receipt('delivered'), { claims: { iat: scene.clock.now() / 1000 - 360 } }),
    'clocks',
  ],
  [
    'in an hour',
    (scene) => tell(scene, receipt('delivered'), { claims: { iat: scene.clock.now() / 1000 + 3600 } }),
    'clocks',
  ],
  ['no time', (scene) => tell(scene, receipt('delivered'), { claims: { iat: undefined } }), 'clocks'],
  [
    'a time that is no number',
    (scene) => tell(scene, receipt('delivered'), { claims: { iat: '9999999999' } }),
    'clocks',
  ],
  [
    'another issuer',
    (scene) => tell(scene, receipt('delivered'), { claims: { iss: 'Vonnage' } }),
    'not issued by Vonage',
  ],
  [
    'another application',
    (scene) => tell(scene, receipt('delivered'), { claims: { application_id: 'app-2' } }),
    'another application',
  ],
  [
    'two tokens in one',
    (scene) => tell(scene, receipt('delivered')).set('Authorization', 'Bearer a.b.c.d'),
    'it has no token',
  ],
  ['nothing at all', (scene) => request(scene.whole).post(MESSAGE), 'it has no token'],
]

describe('a webhook that is not Vonage’s', () => {
  it.each(FORGERIES)('%s → 401, and nothing is noted; why is told to the app alone', async (_name, forge, why) => {
    const scene = await openScene()
    const told: unknown[] = []
    scene.twoFactor.on('webhook.refused', (payload) => told.push(payload))
    const { body, text } = await forge(scene).expect(401)
    expect(body.code).toBe('ERR_TFA_WEBHOOK_SIGNATURE')
    expect(told).toEqual([{ path: 'vonage/message', reason: expect.stringContaining(why) }])
    expect(text).not.toContain(why)
    expect(await deliveryOf(scene)).toEqual({ status: 'sent' })
  })
})

describe('while the secret changes', () => {
  it('a webhook signed by either is Vonage’s, by a third nobody’s', async () => {
    const signatureSecret = ['the newer secret', SIGNATURE_SECRET]
    const { twoFactor, clock } = openService('memory', { channels: channels({ signatureSecret }) })
    const whole = express().use(twoFactor.webhooks())
    const words = { message_uuid: 'm', status: 'delivered' }
    for (const secret of signatureSecret) await tell({ whole, clock }, words, { secret }).expect(204)
    await tell({ whole, clock }, words, { secret: 'a third' }).expect(401)
  })
})

describe('a webhook that is Vonage’s, and of no use', () => {
  it.each([
    ['of a message nobody knows', { message_uuid: 'none', status: 'delivered' }],
    ['of another kind', []],
  ])('%s → 204', async (_name, words) => {
    await tell(await openScene(), words).expect(204)
  })

  it('by another method → 405, too long → 413', async () => {
    const scene = await openScene()
    expect((await request(scene.whole).get(MESSAGE).expect(405)).headers.allow).toBe('POST')
    await tell(scene, receipt('delivered', { detail: 'x'.repeat(20_000) })).expect(413)
  })
})

describe('a mistake in mounting webhooks()', () => {
  it('behind a body parser → an error that says where it goes', async () => {
    const { twoFactor, clock } = openService('memory', { channels: channels() })
    const said: unknown[] = []
    const whole = express().use(express.json(), twoFactor.webhooks())
    whole.use((error: Error, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
      said.push(error.message)
      res.status(500).end()
    })
    await tell({ whole, clock }, { message_uuid: 'm', status: 'delivered' }).expect(500)
    expect(said[0]).toContain('before any body parser')
  })

  it('behind a parser that keeps the bytes as `rawBody` → works', async () => {
    const { twoFactor, clock } = openService('memory', { channels: channels() })
    const keep = (req: object, _res: unknown, bytes: Buffer) => void Object.assign(req, { rawBody: bytes })
    const whole = express().use(express.json({ verify: keep }), twoFactor.webhooks())
    await tell({ whole, clock }, { message_uuid: 'm', status: 'delivered' }).expect(204)
  })

  it('without a channel that could tell whose webhook it is → an error that says what to set', () => {
    const { twoFactor } = openService('memory', { channels: channels({}) })
    expect(() => twoFactor.webhooks()).toThrow('signatureSecret')
  })
})
