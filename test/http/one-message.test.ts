import type { SendingMethod } from 'express-two-factor'
import { signIn } from '../support/journeys'
import { verify } from '../support/security'
import {
  beginPhone,
  CHALLENGE,
  COOLDOWN_MS,
  expectNone,
  expectOne,
  lastCode,
  OTHER,
  openEnrolled,
  openEnrolling,
  openHeld,
  RESEND,
  useVonage,
  type VonageFault,
  type VonageScene,
} from '../support/vonage-scene'

/**
 * What a user is told, and what is paid, whatever Vonage does: one request is one message at the most. The whole service
 * is run, from the request down to Redis and the wire.
 */
const vonage = useVonage()
const METHODS: readonly SendingMethod[] = ['sms', 'voice']
/** Long enough for a busy machine to send the others in. */
const HANG_MS = 400

/** Provably not accepted: nothing will arrive, so the next may leave at once. */
const REFUSALS: readonly [fault: VonageFault, reason: string][] = [
  [{ status: 400 }, 'rejected'],
  [{ status: 401 }, 'account'],
  [{ status: 402 }, 'account'],
  [{ status: 403 }, 'account'],
  [{ status: 404 }, 'rejected'],
  [{ status: 422 }, 'rejected'],
  [{ status: 429, retryAfterSeconds: 20 }, 'throttled'],
  [{ status: 503, retryAfterSeconds: 20 }, 'unreachable'],
  ['refuses connections', 'unreachable'],
]

/** It may have been accepted: who sent another at once could have sent two. A 200 here is one without an id. */
const DOUBTS: readonly VonageFault[] = [
  { status: 200 },
  { status: 408 },
  { status: 500 },
  { status: 502 },
  { status: 504 },
  'reset',
  'hang',
  'accepted-then-lost',
  'garbled',
]

const UNKNOWN = { status: 'unknown', reason: 'timeout' }

function limitsFor(fault: VonageFault): { sendTimeoutMs?: number } {
  return fault === 'hang' ? { sendTimeoutMs: HANG_MS } : {}
}

function methodsIn({ methods }: { methods: readonly { method: string }[] }): readonly string[] {
  return methods.map(({ method }) => method)
}

/** Signs in with Vonage failing, and reads what the page would show. */
async function signInUnder(fault: VonageFault, method: SendingMethod) {
  const scene = await openEnrolled(vonage, method, limitsFor(fault))
  scene.fail(fault)
  await signIn(scene.ada, 'ada').expect(200, { next: CHALLENGE })
  const { body } = await scene.ada.get(CHALLENGE).expect(200)
  expectOne(scene, method, fault)
  return { scene, body }
}

async function expectOtherAtOnce(scene: VonageScene, method: SendingMethod): Promise<void> {
  scene.forget()
  const { body } = await scene.ada.post(CHALLENGE).send({ method: OTHER[method] }).expect(201)
  expect(body).toMatchObject({ method: OTHER[method], delivery: { status: 'sent' } })
  expectOne(scene, OTHER[method])
  await verify(scene.ada, lastCode(scene)).expect(200)
}

describe.each(METHODS)('a sign-in by %s that Vonage', (method) => {
  it.each(REFUSALS)(
    'refuses by %j is held, says «%s», and goes on by the other method at once',
    async (fault, reason) => {
      const { scene, body } = await signInUnder(fault, method)
      expect(body).toMatchObject({ method, delivery: { status: 'failed', reason } })
      expect(body).not.toHaveProperty('resendAt')
      expect(methodsIn(body)).toContain(OTHER[method])
      await expectOtherAtOnce(scene, method)
    },
  )

  it.each(DOUBTS)('leaves in doubt by %j is held, says so, and goes on by the other method at once', async (fault) => {
    const { scene, body } = await signInUnder(fault, method)
    expect(body).toMatchObject({ method, delivery: UNKNOWN, resendAt: expect.any(String) })
    expect(methodsIn(body)).toContain(OTHER[method])
    await expectOtherAtOnce(scene, method)
  })
})

/** Ada is held, and asks for one more message, which fails. */
async function askUnder(fault: VonageFault, method: SendingMethod) {
  const scene = await openHeld(vonage, method, limitsFor(fault))
  scene.clock.advance(COOLDOWN_MS)
  scene.forget()
  scene.fail(fault)
  const answer = await scene.ada.post(CHALLENGE).send({ method })
  expectOne(scene, method, fault)
  return { scene, answer, old: lastCode(scene) }
}

async function expectResend(scene: VonageScene, method: SendingMethod, old: string): Promise<void> {
  scene.forget()
  await scene.ada.post(RESEND).expect(202)
  expectOne(scene, method)
  expect(lastCode(scene)).not.toBe(old)
  await verify(scene.ada, old).expect(401)
  await verify(scene.ada, lastCode(scene)).expect(200)
}

describe.each(METHODS)('a POST /challenge by %s that Vonage', (method) => {
  it.each(REFUSALS)('refuses by %j is 502, and a resend leaves at once with a new code', async (fault, reason) => {
    const { scene, answer, old } = await askUnder(fault, method)
    expect([answer.status, answer.body.code]).toEqual([502, 'ERR_TFA_DELIVERY_FAILED'])
    expect(methodsIn(answer.body)).toContain(OTHER[method])
    const { body } = await scene.ada.get(CHALLENGE).expect(200)
    expect(body.delivery).toEqual({ status: 'failed', reason })
    await expectResend(scene, method, old)
  })

  it.each(DOUBTS)('leaves in doubt by %j is 201, and a resend waits for the cooldown', async (fault) => {
    const { scene, answer, old } = await askUnder(fault, method)
    expect(answer.status).toBe(201)
    expect(answer.body).toMatchObject({ method, delivery: UNKNOWN })
    expect(methodsIn(answer.body)).toContain(OTHER[method])
    scene.forget()
    scene.clock.advance(COOLDOWN_MS - 2000)
    for (const early of [scene.ada.post(RESEND), scene.ada.post(CHALLENGE).send({ method })]) {
      const { headers, body } = await early.expect(429)
      expect(body.code).toBe('ERR_TFA_COOLDOWN')
      expect(Number(headers['retry-after'])).toBeLessThanOrEqual(2)
    }
    expectNone(scene)
    scene.clock.advance(2000)
    await expectResend(scene, method, old)
  })
})

describe.each(METHODS)('an enrolment by %s that Vonage', (method) => {
  it.each(REFUSALS)('refuses by %j is 502, and begun again at once sends one message', async (fault) => {
    const scene = await openEnrolling(vonage)
    scene.fail(fault)
    const { body } = await beginPhone(scene, method).expect(502)
    expect(body.code).toBe('ERR_TFA_DELIVERY_FAILED')
    expectOne(scene, method, fault)
    scene.forget()
    const begun = await beginPhone(scene, method).expect(201)
    expectOne(scene, method)
    const code = lastCode(scene)
    await scene.ada.post(`/two-factor/authenticators/${begun.body.enrolmentId}/confirm`).send({ code }).expect(201)
  })

  it.each(DOUBTS)('leaves in doubt by %j is 201: a resend waits, the code works should it arrive', async (fault) => {
    const scene = await openEnrolling(vonage, limitsFor(fault))
    scene.fail(fault)
    const { body } = await beginPhone(scene, method).expect(201)
    expectOne(scene, method, fault)
    const code = lastCode(scene)
    scene.forget()
    const enrolment = `/two-factor/authenticators/${body.enrolmentId}`
    const refused = await scene.ada.post(`${enrolment}/resend`).expect(429)
    expect(refused.body.code).toBe('ERR_TFA_COOLDOWN')
    expectNone(scene)
    await scene.ada.post(`${enrolment}/confirm`).send({ code }).expect(201)
  })
})

describe('a code that was on its way when the connection broke', () => {
  it.each(METHODS)('verifies, by %s', async (method) => {
    const { scene } = await signInUnder('accepted-then-lost', method)
    const [text] = [
      ...vonage.standIn.messages.map((each) => each.text),
      ...vonage.standIn.calls.map((each) => each.words),
    ]
    const heard = /\d(?: ?\d){5}/.exec(text ?? '')?.[0] ?? ''
    await verify(scene.ada, heard).expect(200)
  })
})
