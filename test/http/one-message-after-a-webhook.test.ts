import type { SendingMethod } from 'express-two-factor'
import { DOCUMENT } from '../openapi/document'
import { burst, statusesOf, verify } from '../support/security'
import {
  beginPhone,
  CHALLENGE,
  COOLDOWN_MS,
  expectNone,
  expectOne,
  lastCode,
  openEnrolling,
  openHeld,
  RESEND,
  useVonage,
  type VonageScene,
} from '../support/vonage-scene'

/**
 * What Vonage says later of a message that it took, and how many messages a user gets who asks again then: one, and only
 * where none is on its way. The whole service is run, from the request down to Redis and the wire.
 */
const vonage = useVonage()

/** What Vonage's webhooks say of a message that did not arrive, by the number in the error's title. */
const TITLES: readonly [title: string, reason: string][] = [
  ['1000', 'throttled'],
  ['1120', 'rejected'],
  ['1170', 'unreachable'],
  ['1210', 'rejected'],
  ['1240', 'rejected'],
  ['1260', 'unreachable'],
  ['1360', 'unreachable'],
  ['1470', 'rejected'],
  ['1472', 'throttled'],
  ['1473', 'rejected'],
  ['1474', 'rejected'],
  ['1475', 'rejected'],
]

const CALL_FAILURES: readonly [status: string, reason: string][] = [
  ['busy', 'unreachable'],
  ['unanswered', 'unreachable'],
  ['timeout', 'unreachable'],
  ['failed', 'unreachable'],
  ['machine', 'unreachable'],
  ['rejected', 'rejected'],
  ['cancelled', 'rejected'],
]

async function deliveryOf({ ada }: VonageScene): Promise<unknown> {
  return (await ada.get(CHALLENGE).expect(200)).body.delivery
}

/** The word itself sends nothing; the user may at once, and then waits again. */
async function expectOneAtOnce(scene: VonageScene, method: SendingMethod): Promise<void> {
  const old = lastCode(scene)
  scene.forget()
  expect((await scene.ada.get(CHALLENGE)).body).not.toHaveProperty('resendAt')
  expectNone(scene)
  await scene.ada.post(RESEND).expect(202)
  await scene.ada.post(RESEND).expect(429)
  expectOne(scene, method)
  await verify(scene.ada, old).expect(401)
  await verify(scene.ada, lastCode(scene)).expect(200)
}

/** The cooldown that began with the message goes on to its end, and the code works. */
async function expectWait(scene: VonageScene, method: SendingMethod): Promise<void> {
  const code = lastCode(scene)
  scene.clock.advance(COOLDOWN_MS - 2000)
  scene.forget()
  await scene.ada.post(RESEND).expect(429)
  await scene.ada.post(CHALLENGE).send({ method }).expect(429)
  expectNone(scene)
  await verify(scene.ada, code).expect(200)
}

describe('a text of which Vonage says', () => {
  it.each(TITLES)('«%s» has failed as «%s»: one more leaves at once', async (title, reason) => {
    const scene = await openHeld(vonage, 'sms')
    const type = `https://developer.vonage.com/api-errors/messages#${title}`
    const error = { type, title, detail: 'It did not arrive.', instance: 'i-1' }
    await scene.tell('sms', { status: 'submitted' }).expect(204)
    await scene.tell('sms', { status: 'undeliverable', error }).expect(204)
    expect(await deliveryOf(scene)).toEqual({ status: 'failed', reason })
    await expectOneAtOnce(scene, 'sms')
  })

  it.each(['rejected', 'undeliverable'])('%s without a reason has failed: one more leaves at once', async (status) => {
    const scene = await openHeld(vonage, 'sms')
    await scene.tell('sms', { status }).expect(204)
    expect(await deliveryOf(scene)).toEqual({ status: 'failed', reason: 'rejected' })
    await expectOneAtOnce(scene, 'sms')
  })

  it.each([
    ['submitted', 'sent'],
    ['delivered', 'delivered'],
    ['read', 'delivered'],
  ])('%s is shown as %s: the next waits for the cooldown', async (status, shown) => {
    const scene = await openHeld(vonage, 'sms')
    await scene.tell('sms', { status }).expect(204)
    expect(await deliveryOf(scene)).toEqual({ status: shown })
    await expectWait(scene, 'sms')
  })
})

describe('a call of which Vonage says', () => {
  it.each(CALL_FAILURES)('started, ringing, %s has failed as «%s»: one more leaves at once', async (status, reason) => {
    const scene = await openHeld(vonage, 'voice')
    for (const word of ['started', 'ringing', status]) await scene.tell('voice', { status: word }).expect(204)
    expect(await deliveryOf(scene)).toEqual({ status: 'failed', reason })
    await scene.tell('voice', { status: 'completed' }).expect(204)
    expect(await deliveryOf(scene)).toEqual({ status: 'failed', reason })
    await expectOneAtOnce(scene, 'voice')
  })

  it.each([
    ['started', 'sent'],
    ['ringing', 'sent'],
    ['completed', 'sent'],
    ['answered', 'delivered'],
  ])('%s is shown as %s: the next waits for the cooldown', async (status, shown) => {
    const scene = await openHeld(vonage, 'voice')
    await scene.tell('voice', { status }).expect(204)
    expect(await deliveryOf(scene)).toEqual({ status: shown })
    await expectWait(scene, 'voice')
  })
})

describe('docs/openapi.json', () => {
  const wordsOf = (schema: string) => DOCUMENT.components.schemas[schema]?.properties?.status?.examples

  it('names the words that were tried here, and no others', () => {
    const texts = ['submitted', 'delivered', 'read', 'rejected', 'undeliverable']
    const calls = [...CALL_FAILURES.map(([status]) => status), 'started', 'ringing', 'completed', 'answered']
    expect(wordsOf('MessageStatusRequest')).toEqual(texts)
    expect([...(wordsOf('CallEventRequest') ?? [])].sort()).toEqual(calls.sort())
  })
})

/** How the session came to where a resend is allowed. */
const READY: readonly [state: string, ready: (scene: VonageScene) => unknown][] = [
  ['its cooldown is over', ({ clock }) => clock.advance(COOLDOWN_MS)],
  ['Vonage said that it failed', (scene) => scene.tell('sms', { status: 'undeliverable' }).expect(204)],
]

describe('twenty resends at once, of two tabs', () => {
  it.each(READY)('once %s → one message, whose code is the one that works', async (_state, ready) => {
    const scene = await openHeld(vonage, 'sms')
    await ready(scene)
    const old = lastCode(scene)
    scene.forget()
    const answers = await burst(20, () => scene.ada.post(RESEND))
    expect(statusesOf(answers)).toEqual({ 202: 1, 429: 19 })
    expectOne(scene, 'sms')
    await verify(scene.ada, old).expect(401)
    await verify(scene.ada, lastCode(scene)).expect(200)
  })

  it('after a send that Vonage refused → one message', async () => {
    const scene = await openHeld(vonage, 'sms')
    scene.clock.advance(COOLDOWN_MS)
    scene.fail({ status: 503 })
    await scene.ada.post(RESEND).expect(502)
    scene.forget()
    const answers = await burst(20, () => scene.ada.post(RESEND))
    expect(statusesOf(answers)).toEqual({ 202: 1, 429: 19 })
    expectOne(scene, 'sms')
  })

  it('of an enrolment → one message', async () => {
    const scene = await openEnrolling(vonage)
    const { body } = await beginPhone(scene, 'sms').expect(201)
    scene.clock.advance(COOLDOWN_MS)
    scene.forget()
    const answers = await burst(20, () => scene.ada.post(`/two-factor/authenticators/${body.enrolmentId}/resend`))
    expect(statusesOf(answers)).toEqual({ 202: 1, 429: 19 })
    expectOne(scene, 'sms')
  })
})
