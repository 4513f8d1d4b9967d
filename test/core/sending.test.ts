import { createSendingCalls } from '../../lib/core/sending'
import type { TwoFactorOptions } from '../../lib/options'
import type { SendResult } from '../../lib/ports'
import {
  ADA,
  arrive,
  ask,
  begin,
  enrolApp,
  enrolPhone,
  HOUR,
  heard,
  MINUTE,
  openScene,
  refusalOf,
  type Scene,
  verify,
  wrongCode,
} from './scene'

const SENT = { country: 'FR', method: 'sms', sent: 0, delivered: 0, failed: 0, verified: 0, refused: 0, costUnits: 0 }

const report = (scene: Scene, backMs = HOUR) =>
  createSendingCalls(scene.core).report(new Date(scene.clock.now() - backMs))

describe('the report of sends', () => {
  it('is empty where nothing was sent', async () => {
    expect(await report(openScene())).toEqual([])
  })

  it('has what left, what came back, what was refused and what it cost', async () => {
    const scene = openScene({
      sendCosts: { FR: { sms: 7 }, '*': { voice: 30 } },
      sendBudgets: [{ points: 3, windowMs: HOUR }],
    })
    await enrolPhone(scene)
    const { session } = await arrive(scene)
    await verify(scene, session, scene.phone.codeFor())
    await arrive(scene)
    await arrive(scene)
    const late = await arrive(scene)
    await ask(scene, late.session, { method: 'voice' })
    expect(await report(scene)).toEqual([
      { ...SENT, sent: 3, verified: 2, refused: 2, costUnits: 21 },
      { ...SENT, method: 'voice', sent: 1, costUnits: 30 },
    ])
    const [first] = heard(scene, 'send.refused')
    expect(first).toEqual({
      userId: ADA.id,
      country: 'FR',
      method: 'sms',
      brake: expect.stringMatching(/^(number|user)$/),
    })
    expect(heard(scene, 'challenge.sent').map(({ costUnits }) => costUnits)).toEqual([7, 7, 7, 30])
  })

  it.each<[SendResult, object]>([
    [{ status: 'failed', reason: 'throttled' }, { failed: 1 }],
    [{ status: 'unknown' }, { sent: 1, costUnits: 1 }],
    [
      { status: 'sent', parts: 2 },
      { sent: 1, costUnits: 2 },
    ],
    [
      { status: 'sent', parts: 1.5 },
      { sent: 1, costUnits: 2 },
    ],
    [
      { status: 'sent', parts: Number.NaN },
      { sent: 1, costUnits: 1 },
    ],
    [
      { status: 'sent', parts: -3 },
      { sent: 1, costUnits: 1 },
    ],
    [{ status: 'sent' }, { sent: 1, costUnits: 1 }],
  ])('counts a send that its channel answers with %j', async (result, counts) => {
    const scene = openScene({ channels: [{ method: 'sms', send: async () => result }] })
    await begin(scene, (await arrive(scene)).session).catch(() => {})
    expect(await report(scene)).toEqual([{ ...SENT, ...counts }])
  })

  it('counts a code that comes back in the time that it was sent in', async () => {
    const scene = openScene()
    await enrolPhone(scene)
    const { session } = await arrive(scene)
    scene.clock.advance(9 * MINUTE)
    await verify(scene, session, scene.phone.codeFor())
    expect(await report(scene, 0)).toEqual([])
    expect(await report(scene, 10 * MINUTE)).toEqual([{ ...SENT, sent: 2, verified: 2, costUnits: 2 }])
  })

  it('says where sends are stopped, and until when', async () => {
    const scene = openScene()
    const slice = scene.clock.now() - (scene.clock.now() % (5 * MINUTE))
    await scene.store.countSends({ country: 'FR', method: 'sms' }, slice, { sent: 60, stopped: 1 })
    expect(await report(scene)).toEqual([{ ...SENT, sent: 60, stoppedUntil: new Date(slice + HOUR) }])
    scene.clock.advance(HOUR)
    expect(await report(scene, 2 * HOUR)).toEqual([{ ...SENT, sent: 60 }])
  })

  it('has what was refused alone, and a country that is stopped though nothing was sent since', async () => {
    const scene = openScene()
    const slice = scene.clock.now() - (scene.clock.now() % (5 * MINUTE))
    await scene.store.countSends({ country: 'FR', method: 'sms' }, slice, { sent: 60, stopped: 1 })
    await scene.store.countSends({ country: 'FR', method: 'voice' }, slice + 10 * MINUTE, { refused: 1 })
    scene.clock.advance(15 * MINUTE)
    expect(await report(scene, 10 * MINUTE)).toEqual([
      { ...SENT, stoppedUntil: new Date(slice + HOUR) },
      { ...SENT, method: 'voice', refused: 1 },
    ])
  })

  it('says of no stop where the brake is off', async () => {
    const scene = openScene({ conversionMinimumPercent: 0 })
    const slice = scene.clock.now() - (scene.clock.now() % (5 * MINUTE))
    await scene.store.countSends({ country: 'FR', method: 'sms' }, slice, { sent: 60, stopped: 1 })
    expect(await report(scene)).toEqual([{ ...SENT, sent: 60 }])
  })

  it.each([
    ['more than seven days back', -7 * 24 * HOUR - MINUTE - 1],
    ['in the future', 1],
  ])('is refused for a date %s', async (_name, offsetMs) => {
    const scene = openScene()
    const since = new Date(scene.clock.now() + offsetMs)
    expect(await refusalOf(createSendingCalls(scene.core).report(since))).toMatchObject({
      code: 'ERR_TFA_INPUT_INVALID',
      field: 'since',
    })
  })

  it('is refused for what is no date', async () => {
    const { report: reportSince } = createSendingCalls(openScene().core)
    for (const since of [new Date('never'), 7 as never, undefined as never]) {
      expect(await refusalOf(reportSince(since))).toMatchObject({ field: 'since' })
    }
  })

  it('reaches seven days back, although a moment passes before it is looked at', async () => {
    expect(await report(openScene(), 7 * 24 * HOUR)).toEqual([])
    expect(await report(openScene(), 7 * 24 * HOUR + 1)).toEqual([])
  })

  it('is no reason to refuse a code when it cannot be written', async () => {
    const scene = openScene()
    scene.store.countSends = () => Promise.reject(new Error('down'))
    scene.store.markConfirmed = () => Promise.reject(new Error('down'))
    await enrolPhone(scene)
    const { session } = await arrive(scene)
    await expect(verify(scene, session, scene.phone.codeFor())).resolves.toMatchObject({ handle: expect.any(String) })
  })
})

/** What is explained, as `method verdict reason`. */
async function explained({ core }: Scene): Promise<readonly string[]> {
  const methods = await createSendingCalls(core).explain(ADA.id)
  return methods.map(({ method, verdict, reason }) => `${method} ${verdict} ${reason}`)
}

async function withPhone(overrides: Partial<TwoFactorOptions> = {}, wanted = {}): Promise<Scene> {
  const scene = openScene(overrides)
  await enrolPhone(scene, undefined, wanted)
  return scene
}

describe('which method is asked for, and why', () => {
  it('is told of nobody who has none', async () => {
    expect(await explained(openScene())).toEqual([])
  })

  it('is the app before any phone, recovery codes by choice', async () => {
    const scene = openScene()
    const app = await enrolApp(scene)
    await enrolPhone(scene, app.session)
    expect(await explained(scene)).toEqual([
      'totp asked app-first',
      'sms offered next',
      'voice offered next',
      'recovery-code offered by-choice',
    ])
  })

  it('is the user’s own preference, whatever the order of the country', async () => {
    const scene = await withPhone({ methodOrder: { FR: ['voice', 'sms'] } })
    expect(await explained(scene)).toEqual([
      'sms asked preferred',
      'voice offered next',
      'recovery-code offered by-choice',
    ])
  })

  it('is the first of the country where its numbers are not reached by the preferred one', async () => {
    const scene = await withPhone()
    const settings = { ...scene.core.settings, methodOrder: { FR: ['voice'] } as const }
    const core = { ...scene.core, settings }
    expect(await explained({ ...scene, core })).toEqual(['voice asked first', 'recovery-code offered by-choice'])
  })

  it('is as before where a country’s methods do not reach a number that was enrolled', async () => {
    const scene = await withPhone()
    const core = { ...scene.core, settings: { ...scene.core.settings, methodOrder: { FR: [] } } }
    expect(await explained({ ...scene, core })).toEqual([
      'sms asked preferred',
      'voice offered next',
      'recovery-code offered by-choice',
    ])
  })

  it('is the next that works where one is locked', async () => {
    const scene = openScene({ lockAuthenticatorFrom: 3 })
    const app = await enrolApp(scene)
    await enrolPhone(scene, app.session)
    const { session } = await arrive(scene)
    for (const _guess of [1, 2, 3]) await verify(scene, session, wrongCode(scene, app.setupKey)).catch(() => {})
    expect(await explained(scene)).toEqual([
      'totp refused locked',
      'sms asked first-that-works',
      'voice offered next',
      'recovery-code offered by-choice',
    ])
  })

  it('is the first where nothing works, and its answer is why', async () => {
    const scene = await withPhone({ lockAuthenticatorFrom: 3 })
    const { session } = await arrive(scene)
    for (const _guess of [1, 2, 3]) await verify(scene, session, '000000').catch(() => {})
    expect(await explained(scene)).toEqual([
      'sms asked nothing-works',
      'voice refused locked',
      'recovery-code offered by-choice',
    ])
  })

  it('says what was disabled, and what does not open', async () => {
    const scene = openScene()
    const app = await enrolApp(scene)
    const phone = await enrolPhone(scene, app.session)
    const { authenticators } = scene
    const load = authenticators.load.bind(authenticators)
    authenticators.load = async (userId) => {
      const enrolled = await load(userId)
      const altered = enrolled.authenticators.map((one) =>
        one.id === phone.id ? { ...one, failures: 100 } : { ...one, sealed: `${one.sealed.slice(0, -4)}AAAA` },
      )
      return { ...enrolled, authenticators: altered }
    }
    expect(await explained(scene)).toEqual([
      'totp asked nothing-works',
      'sms refused disabled',
      'voice refused disabled',
      'recovery-code offered by-choice',
    ])
    authenticators.load = load
  })
})

describe('the methods of a country', () => {
  it('are the only ones that its numbers are enrolled by', async () => {
    const scene = openScene({ methodOrder: { FR: ['voice'] } })
    const { session } = await arrive(scene)
    expect(await refusalOf(begin(scene, session))).toEqual({ code: 'ERR_TFA_PHONE_NOT_ALLOWED', field: 'method' })
    await expect(begin(scene, session, { method: 'voice' })).resolves.toBeDefined()
  })

  it('are offered in their order where the user prefers none of them', async () => {
    const scene = await withPhone({}, { method: 'voice' })
    expect((await explained(scene))[0]).toBe('voice asked preferred')
  })
})
