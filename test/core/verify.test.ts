import { hashCodes } from '../../lib/core/confirm'
import { beginTotp } from '../../lib/core/enrolment'
import { revokeAll } from '../../lib/core/grant'
import { sealSecret } from '../../lib/core/sealed'
import { keyIdOf } from '../../lib/core/secrets'
import { KEY } from '../support/app'
import {
  ADA,
  arrive,
  ask,
  BOB,
  codeOf,
  DAY,
  enrolApp,
  enrolPhone,
  HOUR,
  heard,
  heldByApp,
  heldByPhone,
  interrupt,
  look,
  MINUTE,
  openScene,
  refusalOf,
  type Scene,
  stoppedClock,
  verify,
  wrongCode,
} from './scene'

const OTHER_KEY = Buffer.from(KEY, 'base64').reverse().toString('base64')
/** Right codes, those of enrolments apart. */
const answered = (scene: Scene) => heard(scene, 'challenge.verified').filter(({ purpose }) => purpose !== 'enrolment')
const ID = /^[\w-]{22}$/

describe('a right code at sign-in', () => {
  it('proves the second factor from now, for the life of a grant, under a handle that nobody knew before', async () => {
    const scene = openScene()
    const { session, setupKey } = await heldByApp(scene)
    scene.clock.advance(1000)
    const now = scene.clock.now()
    const verified = await verify(scene, session, codeOf(scene, setupKey))
    expect(verified).toEqual({
      handle: expect.stringMatching(ID),
      grant: {
        assurance: 'second-factor',
        methods: ['totp'],
        issuedAt: now,
        verifiedAt: now,
        expiresAt: now + 12 * HOUR,
        hasFactor: true,
      },
    })
    expect(verified.handle).not.toBe(session.handle)
    expect(await scene.store.readGrant(ADA.id, session.handle)).toBeNull()
    expect(await scene.store.readGrant(ADA.id, verified.handle)).toEqual(verified.grant)
  })

  it('is told by event, and answers its challenge once', async () => {
    const scene = openScene()
    const { session, setupKey } = await heldByApp(scene)
    const { handle } = await verify(scene, session, codeOf(scene, setupKey))
    const challengeId = heard(scene, 'challenge.opened').at(-1)?.challengeId
    expect(answered(scene)).toEqual([{ userId: ADA.id, challengeId, purpose: 'sign-in', method: 'totp' }])
    expect(heard(scene, 'recovery-code.used')).toEqual([])
    expect(heard(scene, 'device.remembered')).toEqual([])
    expect(await refusalOf(verify(scene, { user: ADA, handle }, codeOf(scene, setupKey, 1)))).toEqual({
      code: 'ERR_TFA_NO_CHALLENGE',
    })
  })

  it('resets the failures before it: of the authenticator, of the user, and the durable count', async () => {
    const scene = openScene()
    const { session, setupKey } = await heldByApp(scene)
    await refusalOf(verify(scene, session, wrongCode(scene, setupKey)))
    const { tallies } = await look(scene, session)
    expect(Object.values(tallies).map(({ failures }) => failures)).toEqual([1, 1])
    await verify(scene, session, codeOf(scene, setupKey))
    expect((await look(scene, session)).tallies).toEqual({})
    expect((await scene.authenticators.load(ADA.id)).authenticators).toMatchObject([
      { failures: 0, lastUsedAt: scene.clock.now() },
    ])
  })

  it('of a text notes when the phone was used, and proves a text', async () => {
    const scene = openScene()
    const { session } = await heldByPhone(scene)
    scene.clock.advance(MINUTE)
    const { grant } = await verify(scene, session, scene.phone.codeFor())
    expect(grant.methods).toEqual(['sms'])
    expect((await scene.authenticators.load(ADA.id)).authenticators).toMatchObject([
      { lastUsedAt: scene.clock.now(), failures: 0 },
    ])
  })
})

describe('a wrong code', () => {
  it('costs an attempt and counts durably, and is told by event', async () => {
    const scene = openScene()
    const { session, setupKey } = await heldByApp(scene)
    expect(await refusalOf(verify(scene, session, wrongCode(scene, setupKey)))).toEqual({
      code: 'ERR_TFA_CODE_INCORRECT',
      attemptsLeft: 4,
    })
    const challengeId = (await look(scene, session)).state.challenge?.challenge.id
    expect(heard(scene, 'challenge.failed')).toEqual([
      { userId: ADA.id, challengeId, purpose: 'sign-in', method: 'totp', attemptsLeft: 4 },
    ])
    expect((await scene.authenticators.load(ADA.id)).authenticators[0]?.failures).toBe(1)
  })

  it('of a text is counted the same', async () => {
    const scene = openScene()
    const { session } = await heldByPhone(scene)
    const wrong = scene.phone.codeFor() === '000000' ? '000001' : '000000'
    expect(await refusalOf(verify(scene, session, wrong))).toMatchObject({ attemptsLeft: 4 })
    expect((await scene.authenticators.load(ADA.id)).authenticators[0]?.failures).toBe(1)
  })

  it('after the fifth finds no attempt left, though it be right', async () => {
    const scene = openScene()
    const { session, setupKey } = await heldByApp(scene)
    for (const _guess of [1, 2, 3, 4, 5]) await refusalOf(verify(scene, session, wrongCode(scene, setupKey)))
    expect(await refusalOf(verify(scene, session, codeOf(scene, setupKey)))).toEqual({
      code: 'ERR_TFA_ATTEMPTS_EXHAUSTED',
      attemptsLeft: 0,
    })
  })

  it('of a phone that is ahead is heard of by the session, and told at the second that is off by as much', async () => {
    const scene = openScene()
    const { session, setupKey } = await heldByApp(scene)
    const drifts: unknown[] = []
    const onDrift = (steps: number | undefined) => void drifts.push(steps)
    const first = await refusalOf(verify(scene, session, codeOf(scene, setupKey, 4), { onDrift }))
    expect(first).toEqual({ code: 'ERR_TFA_CODE_INCORRECT', attemptsLeft: 4 })
    const other = await refusalOf(verify(scene, session, codeOf(scene, setupKey, 5), { lastDriftSteps: 4, onDrift }))
    expect(other).toEqual({ code: 'ERR_TFA_CODE_INCORRECT', attemptsLeft: 3 })
    const same = await refusalOf(verify(scene, session, codeOf(scene, setupKey, -6), { lastDriftSteps: -6, onDrift }))
    expect(same).toEqual({ code: 'ERR_TFA_CODE_INCORRECT', attemptsLeft: 2, clockAheadMs: -180_000 })
    const none = await refusalOf(verify(scene, session, wrongCode(scene, setupKey), { lastDriftSteps: -6, onDrift }))
    expect(none).toEqual({ code: 'ERR_TFA_CODE_INCORRECT', attemptsLeft: 1 })
    expect(drifts).toEqual([4, 5, -6, undefined])
  })
})

describe('a code that is no guess', () => {
  it('the one just accepted, typed again at a step-up, is refused and costs nothing', async () => {
    const scene = openScene()
    const { session, setupKey } = await heldByApp(scene)
    const { handle } = await verify(scene, session, codeOf(scene, setupKey))
    const passed = { user: ADA, handle }
    await ask(scene, passed, { purpose: 'step-up' })
    const repeat = await refusalOf(verify(scene, passed, codeOf(scene, setupKey)))
    expect(repeat).toEqual({ code: 'ERR_TFA_CODE_INCORRECT', attemptsLeft: 5 })
    expect((await look(scene, passed)).tallies).toEqual({})
    expect((await look(scene, passed)).state.challenge?.attemptsLeft).toBe(5)
    expect((await scene.authenticators.load(ADA.id)).authenticators[0]?.failures).toBe(0)
  })

  it('one of an earlier step than the one accepted is a guess', async () => {
    const scene = openScene()
    const { session, setupKey } = await heldByApp(scene)
    const { handle } = await verify(scene, session, codeOf(scene, setupKey, 1))
    await ask(scene, { user: ADA, handle }, { purpose: 'step-up' })
    expect(await refusalOf(verify(scene, { user: ADA, handle }, codeOf(scene, setupKey)))).toEqual({
      code: 'ERR_TFA_CODE_INCORRECT',
      attemptsLeft: 4,
    })
    expect((await scene.authenticators.load(ADA.id)).authenticators[0]?.failures).toBe(1)
  })

  it('digits where a recovery code is asked for are refused and cost nothing', async () => {
    const scene = openScene()
    const { session } = await heldByApp(scene)
    await ask(scene, session, { method: 'recovery-code' })
    expect(await refusalOf(verify(scene, session, '123456'))).toEqual({
      code: 'ERR_TFA_INPUT_INVALID',
      field: 'code',
      detail: expect.any(String),
    })
    const { state, tallies } = await look(scene, session)
    expect(state.challenge?.attemptsLeft).toBe(5)
    expect(tallies).toEqual({})
  })

  it('a malformed one is refused and costs nothing; where nothing is asked, that is said', async () => {
    const scene = openScene()
    const { session, setupKey } = await heldByApp(scene)
    expect(await refusalOf(verify(scene, session, '12345'))).toEqual({
      code: 'ERR_TFA_INPUT_INVALID',
      field: 'code',
      detail: expect.any(String),
    })
    expect((await look(scene, session)).state.challenge?.attemptsLeft).toBe(5)
    const { handle } = await verify(scene, session, codeOf(scene, setupKey))
    expect(await refusalOf(verify(scene, { user: ADA, handle }, '12345'))).toEqual({ code: 'ERR_TFA_NO_CHALLENGE' })
  })

  it('given back while another request switches the method is given back to the app that was asked', async () => {
    const scene = openScene()
    const app = await heldByApp(scene)
    const { handle } = await verify(scene, app.session, codeOf(scene, app.setupKey))
    const session = { user: ADA, handle }
    const phone = await enrolPhone(scene, session)
    await ask(scene, phone.session, { purpose: 'step-up', method: 'totp' })
    interrupt(scene.store, 'takeAttempt', 'after', () =>
      ask(scene, phone.session, { purpose: 'step-up', method: 'sms' }),
    )
    expect(await refusalOf(verify(scene, phone.session, codeOf(scene, app.setupKey)))).toMatchObject({
      code: 'ERR_TFA_CODE_INCORRECT',
      attemptsLeft: 5,
    })
    expect((await look(scene, phone.session)).tallies).toEqual({})
  })
})

describe('a recovery code', () => {
  it('typed where the app is asked proves a recovery code, and is told with how many are left', async () => {
    const scene = openScene()
    const { session, recoveryCodes = [], setupKey, id } = await heldByApp(scene)
    await refusalOf(verify(scene, session, wrongCode(scene, setupKey)))
    const { grant } = await verify(scene, session, recoveryCodes[2])
    expect(grant.methods).toEqual(['recovery-code'])
    expect(heard(scene, 'recovery-code.used')).toEqual([{ userId: ADA.id, remaining: 9 }])
    expect(answered(scene)).toMatchObject([{ method: 'recovery-code' }])
    const { tallies, enrolled } = await look(scene, session)
    expect(Object.keys(tallies).sort()).toEqual([id, 'user'].sort())
    expect(enrolled.recoveryCodes).toEqual({ remaining: 9, total: 10 })
  })

  it('that is wrong counts on its own tally, and a right one resets that', async () => {
    const scene = openScene()
    const { session, recoveryCodes = [] } = await heldByApp(scene)
    expect(await refusalOf(verify(scene, session, 'AAAA-BBBB-CCCC-DDDD'))).toEqual({
      code: 'ERR_TFA_CODE_INCORRECT',
      attemptsLeft: 4,
    })
    const { tallies, enrolled } = await look(scene, session)
    expect(Object.keys(tallies)).toEqual(['recovery-code'])
    expect(enrolled.authenticators[0]?.failures).toBe(0)
    await verify(scene, session, recoveryCodes[0])
    expect((await look(scene, session)).tallies).toEqual({})
  })
})

describe('a lock', () => {
  it('refuses the right code, says for how long and what still works, and is told by event', async () => {
    const scene = openScene({ attemptsPerChallenge: 10 })
    const { session, setupKey } = await heldByApp(scene)
    for (let guess = 0; guess < 10; guess += 1) await refusalOf(verify(scene, session, wrongCode(scene, setupKey)))
    const fresh = await arrive(scene)
    scene.clock.advance(1000)
    expect(await refusalOf(verify(scene, fresh.session, codeOf(scene, setupKey)))).toEqual({
      code: 'ERR_TFA_LOCKED',
      retryAfterMs: 29_000,
      methods: [{ method: 'recovery-code', authenticatorId: 'recovery-codes' }],
    })
    expect(heard(scene, 'user.locked')).toEqual([{ userId: ADA.id, retryAfterMs: 29_000 }])
    scene.clock.advance(29_000)
    await verify(scene, fresh.session, codeOf(scene, setupKey))
  })

  it('for ever names no time, and is told by an event of its own', async () => {
    const scene = openScene({ attemptsPerChallenge: 10, failureCap: 10 })
    const { session, setupKey, id } = await heldByApp(scene)
    for (let guess = 0; guess < 10; guess += 1) await refusalOf(verify(scene, session, wrongCode(scene, setupKey)))
    expect(heard(scene, 'authenticator.disabled')).toEqual([{ userId: ADA.id, authenticatorId: id }])
    scene.clock.advance(2 * HOUR)
    const { session: later } = await arrive(scene)
    expect(await refusalOf(verify(scene, later, codeOf(scene, setupKey)))).toEqual({
      code: 'ERR_TFA_LOCKED',
      methods: [{ method: 'recovery-code', authenticatorId: 'recovery-codes' }],
    })
    expect(heard(scene, 'user.locked')).toEqual([])
  })

  it('for ever outlives an unlock by support, for the durable count says so', async () => {
    const scene = openScene({ attemptsPerChallenge: 10, failureCap: 10 })
    const { session, setupKey } = await heldByApp(scene)
    for (let guess = 0; guess < 10; guess += 1) await refusalOf(verify(scene, session, wrongCode(scene, setupKey)))
    scene.clock.advance(MINUTE)
    await scene.store.clearTallies(ADA.id)
    const { session: later } = await arrive(scene)
    const refused = await refusalOf(verify(scene, later, codeOf(scene, setupKey)))
    expect(refused).toMatchObject({ code: 'ERR_TFA_CODE_INCORRECT' })
    expect(heard(scene, 'authenticator.disabled')).toHaveLength(1)
  })
})

describe('a code whose key is gone', () => {
  /** The same records, by a process whose ring has another key. */
  const rotated = (scene: Scene) =>
    openScene({ store: scene.store, authenticators: scene.authenticators, clock: scene.clock, keys: [OTHER_KEY] })

  it('is no guess: the user is told of the methods that still work', async () => {
    const scene = openScene()
    const { session, setupKey, id } = await heldByApp(scene)
    const { version } = await scene.authenticators.load(ADA.id)
    const phone = { ...(await scene.authenticators.load(ADA.id)).authenticators[0], id: 'phone', factor: 'phone' }
    const after = rotated(scene)
    const sealed = sealSecret(after.core, ADA.id, 'phone', '+33612345678 33 sms')
    await scene.authenticators.change(ADA.id, version, { add: { ...phone, sealed } as never })
    expect(await refusalOf(verify(after, session, codeOf(scene, setupKey)))).toEqual({
      code: 'ERR_TFA_METHOD_UNAVAILABLE',
      methods: [
        { method: 'sms', authenticatorId: 'phone', destination: '+33 •• •• •• •• 78' },
        { method: 'recovery-code', authenticatorId: 'recovery-codes' },
      ],
    })
    const { state, tallies, enrolled } = await look(scene, session)
    expect(state.challenge?.attemptsLeft).toBe(5)
    expect(tallies).toEqual({})
    expect(enrolled.authenticators.find((one) => one.id === id)?.failures).toBe(0)
    expect(heard(after, 'key.missing')).toHaveLength(1)
  })

  it('of a text that was sent is over, costs nothing, and the missing key is told', async () => {
    const scene = openScene()
    const { session } = await heldByPhone(scene)
    const after = rotated(scene)
    expect(await refusalOf(verify(after, session, scene.phone.codeFor()))).toEqual({
      code: 'ERR_TFA_CHALLENGE_EXPIRED',
    })
    expect((await look(scene, session)).state.challenge?.attemptsLeft).toBe(5)
    expect(heard(after, 'key.missing')).toEqual([{ userId: ADA.id, keyId: keyIdOf(scene.keys.hash(['a'])) }])
  })

  it('leaves recovery codes of the newest key good', async () => {
    const scene = openScene()
    const { session } = await heldByApp(scene)
    const after = rotated(scene)
    const { version } = await scene.authenticators.load(ADA.id)
    const recoveryCodes = hashCodes(after.core, ADA.id, ['AAAA-BBBB-CCCC-DDDD'])
    await scene.authenticators.change(ADA.id, version, { recoveryCodes })
    expect((await verify(after, session, 'aaaabbbbccccdddd')).grant.methods).toEqual(['recovery-code'])
  })
})

describe('a session that is over', () => {
  it('is to sign in: nobody’s handle, one signed out, one past its end', async () => {
    const scene = openScene({ grantTtlMs: MINUTE })
    const { session, setupKey } = await heldByApp(scene)
    const code = codeOf(scene, setupKey)
    expect(await refusalOf(verify(scene, { user: BOB, handle: session.handle }, code))).toEqual({
      code: 'ERR_TFA_SIGN_IN_REQUIRED',
    })
    scene.clock.advance(MINUTE)
    expect(await refusalOf(verify(scene, session, code))).toEqual({ code: 'ERR_TFA_SIGN_IN_REQUIRED' })
  })

  it('by our clock is over, though the store’s clock be behind', async () => {
    const clock = stoppedClock()
    const scene = openScene({ clock, grantTtlMs: MINUTE })
    const { session } = await arrive({ ...scene, clock })
    await beginTotp(scene.core, session, '')
    clock.advance(MINUTE - 1)
    expect(await refusalOf(verify(scene, session, '123456'))).toEqual({ code: 'ERR_TFA_NO_CHALLENGE' })
    clock.advance(1)
    expect(await refusalOf(verify(scene, session, '123456'))).toEqual({ code: 'ERR_TFA_SIGN_IN_REQUIRED' })
  })

  it('whose challenge has expired is told so', async () => {
    const scene = openScene()
    const { session, setupKey } = await heldByApp(scene)
    scene.clock.advance(10 * MINUTE)
    expect(await refusalOf(verify(scene, session, codeOf(scene, setupKey)))).toEqual({
      code: 'ERR_TFA_CHALLENGE_EXPIRED',
    })
  })

  it('signed out while its code is compared stays signed out', async () => {
    const scene = openScene()
    const { session, setupKey } = await heldByApp(scene)
    interrupt(scene.store, 'consumeChallenge', 'before', () => scene.store.endSession(ADA.id, session.handle))
    expect(await refusalOf(verify(scene, session, codeOf(scene, setupKey)))).toEqual({ code: 'ERR_TFA_NO_CHALLENGE' })
    expect(answered(scene)).toEqual([])
  })

  it('revoked while its code is compared stays revoked', async () => {
    const scene = openScene()
    const { session, setupKey } = await heldByApp(scene)
    const revoke = () => revokeAll(scene.core, ADA.id, 'password-changed')
    interrupt(scene.store, 'consumeChallenge', 'before', revoke)
    expect(await refusalOf(verify(scene, session, codeOf(scene, setupKey)))).toEqual({
      code: 'ERR_TFA_CHALLENGE_EXPIRED',
    })
    expect(answered(scene)).toEqual([])
  })
})

describe('a code at a step-up', () => {
  const passed = async (scene = openScene()) => {
    const held = await heldByApp(scene)
    const verified = await verify(scene, held.session, codeOf(scene, held.setupKey))
    scene.clock.advance(MINUTE)
    return { ...held, scene, before: verified.grant, session: { user: ADA, handle: verified.handle } }
  }

  it('is the second factor given anew, in the same grant with the same end', async () => {
    const { scene, session, setupKey, before } = await passed()
    await ask(scene, session, { purpose: 'step-up' })
    const { grant, handle } = await verify(scene, session, codeOf(scene, setupKey))
    expect(grant).toEqual({ ...before, verifiedAt: scene.clock.now() })
    expect(handle).not.toBe(session.handle)
    expect(answered(scene).at(-1)).toMatchObject({ purpose: 'step-up' })
  })

  it('adds its method to those of the sign-in', async () => {
    const { scene, session, recoveryCodes = [] } = await passed()
    await ask(scene, session, { purpose: 'step-up' })
    const { grant } = await verify(scene, session, recoveryCodes[0])
    expect(grant.methods).toEqual(['totp', 'recovery-code'])
  })

  it('binds the grant to the action asked for, and one without an action unbinds it', async () => {
    const { scene, session, setupKey } = await passed()
    const action = { key: 'payout 250', text: 'Pay out 250 EUR' }
    const asked = await ask(scene, session, { purpose: 'step-up', action })
    expect(asked.action).toBe('Pay out 250 EUR')
    const bound = await verify(scene, session, codeOf(scene, setupKey))
    expect(bound.grant.actionKey).toBe('payout 250')
    scene.clock.advance(30_000)
    const next = { user: ADA, handle: bound.handle }
    await ask(scene, next, { purpose: 'step-up' })
    const unbound = await verify(scene, next, codeOf(scene, setupKey))
    expect(unbound.grant).not.toHaveProperty('actionKey')
  })

  it('remembers no browser', async () => {
    const { scene, session, setupKey } = await passed()
    await ask(scene, session, { purpose: 'step-up' })
    const verified = await verify(scene, session, codeOf(scene, setupKey), { rememberAs: 'Firefox' })
    expect(verified).not.toHaveProperty('device')
    expect(await scene.store.listDevices(ADA.id)).toEqual([])
  })
})

describe('a browser that asks to be remembered', () => {
  it('is, from the sign-in on, for thirty days, and is told by event', async () => {
    const scene = openScene()
    const { session, setupKey } = await heldByApp(scene)
    const now = scene.clock.now()
    const { device } = await verify(scene, session, codeOf(scene, setupKey), { rememberAs: 'Firefox on Linux' })
    expect(device?.device).toMatchObject({ name: 'Firefox on Linux', createdAt: now, expiresAt: now + 30 * DAY })
    expect(await scene.store.listDevices(ADA.id)).toHaveLength(1)
    expect(heard(scene, 'device.remembered')).toEqual([{ userId: ADA.id, deviceId: device?.device.id }])
  })

  it('is not where the option says that none is', async () => {
    const scene = openScene({ deviceTtlMs: 0 })
    const { session, setupKey } = await heldByApp(scene)
    const verified = await verify(scene, session, codeOf(scene, setupKey), { rememberAs: 'Firefox' })
    expect(verified).not.toHaveProperty('device')
    expect(await scene.store.listDevices(ADA.id)).toEqual([])
  })
})

describe('an authenticator that leaves while its code is compared', () => {
  it.each(['app', 'phone'] as const)('a code of the %s is refused', async (kind) => {
    const scene = openScene()
    const app = await enrolApp(scene)
    const phone = await enrolPhone(scene, app.session)
    scene.clock.advance(30_000)
    const { session } = await arrive(scene)
    if (kind === 'phone') await ask(scene, session, { method: 'sms' })
    const code = kind === 'app' ? codeOf(scene, app.setupKey) : scene.phone.codeFor()
    const { version } = await scene.authenticators.load(ADA.id)
    const remove = kind === 'app' ? app.id : phone.id
    interrupt(scene.authenticators, 'accept', 'before', () => scene.authenticators.change(ADA.id, version, { remove }))
    expect(await refusalOf(verify(scene, session, code))).toMatchObject({ code: 'ERR_TFA_CODE_INCORRECT' })
    expect(answered(scene)).toEqual([])
  })
})
