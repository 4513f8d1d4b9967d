import { createAdmin } from '../../lib/core/admin'
import { confirmEnrolment } from '../../lib/core/confirm'
import type { Core, Session } from '../../lib/core/core'
import { openDraft, sealDraft } from '../../lib/core/draft'
import { beginTotp, readEnrolment, resendEnrolment } from '../../lib/core/enrolment'
import { revokeAll } from '../../lib/core/grant'
import { KEY } from '../support/app'
import {
  ADA,
  arrive,
  begin,
  codeOf,
  DAY,
  enrolApp,
  enrolPhone,
  HOUR,
  heard,
  interrupt,
  MINUTE,
  openScene,
  PHONE,
  refusalOf,
  verify,
  wrongCode,
} from './scene'

const OTHER_KEY = Buffer.from(KEY, 'base64').reverse().toString('base64')
const NOBODYS = 'A'.repeat(22)
const resend = (core: Core, session: Session, id: string, method?: 'sms' | 'voice') =>
  resendEnrolment(core, session, id, { locale: 'fr', ...(method ? { method } : {}) })

describe('an app that is enrolled', () => {
  it('waits, sealed, for its first code, and is then stored with that code used', async () => {
    const scene = openScene()
    const { session } = await arrive(scene)
    const begun = await beginTotp(scene.core, session, 'My app')
    expect(begun).toMatchObject({
      enrolmentId: expect.stringMatching(/^[\w-]{22}$/),
      draft: {
        factor: 'totp',
        label: 'My app',
        method: 'totp',
        version: 0,
        secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
      },
      stored: { attemptsLeft: 5, expiresAt: scene.clock.now() + 10 * MINUTE },
    })
    expect(JSON.stringify(begun.stored)).not.toContain(begun.draft.secret)
    expect((await scene.authenticators.load(ADA.id)).authenticators).toEqual([])
    const code = codeOf(scene, begun.draft.secret)
    const { authenticator } = await confirmEnrolment(scene.core, session, begun.enrolmentId, code)
    const now = scene.clock.now()
    expect(authenticator).toEqual({
      id: begun.stored.challenge.authenticatorId,
      factor: 'totp',
      label: 'My app',
      sealed: expect.any(String),
      preferredMethod: 'totp',
      createdAt: now,
      lastUsedAt: now,
      lastStep: Math.floor(now / 30_000),
      failures: 0,
    })
    expect((await scene.authenticators.load(ADA.id)).authenticators).toEqual([authenticator])
    const { session: held } = await arrive(scene)
    expect(await refusalOf(verify(scene, held, code))).toMatchObject({
      code: 'ERR_TFA_CODE_INCORRECT',
      attemptsLeft: 5,
    })
  })

  it('brings recovery codes the first time, and none with the second', async () => {
    const scene = openScene()
    const app = await enrolApp(scene)
    expect(app.recoveryCodes).toHaveLength(10)
    const phone = await enrolPhone(scene, app.session)
    expect(phone).not.toHaveProperty('recoveryCodes')
    const { authenticators, recoveryCodes } = await scene.authenticators.load(ADA.id)
    expect(authenticators).toHaveLength(2)
    expect(recoveryCodes).toEqual({ remaining: 10, total: 10 })
    scene.clock.advance(30_000)
    const { session } = await arrive(scene)
    await verify(scene, session, app.recoveryCodes?.[9]?.toLowerCase())
  })

  it('brings recovery codes to a user who has an authenticator and no set of them', async () => {
    const scene = openScene()
    const app = await enrolApp(scene)
    const { version } = await scene.authenticators.load(ADA.id)
    await scene.authenticators.change(ADA.id, version, { recoveryCodes: [] })
    expect((await enrolPhone(scene, app.session)).recoveryCodes).toHaveLength(10)
  })

  it('lets its session go on with the second factor, under a new handle, and ends the others', async () => {
    const scene = openScene()
    const other = await arrive(scene)
    const { session } = await arrive(scene)
    const begun = await beginTotp(scene.core, session, '')
    const { reissued } = await confirmEnrolment(
      scene.core,
      session,
      begun.enrolmentId,
      codeOf(scene, begun.draft.secret),
    )
    const now = scene.clock.now()
    expect(reissued).toEqual({
      handle: expect.stringMatching(/^[\w-]{22}$/),
      grant: {
        assurance: 'second-factor',
        methods: ['totp'],
        issuedAt: now,
        verifiedAt: now,
        expiresAt: now + 12 * HOUR,
        hasFactor: true,
      },
    })
    for (const { handle } of [other, session]) expect(await scene.store.readGrant(ADA.id, handle)).toBeNull()
    expect(await scene.store.readGrant(ADA.id, reissued?.handle ?? '')).toEqual(reissued?.grant)
    expect(heard(scene, 'grants.revoked')).toEqual([{ userId: ADA.id, reason: 'authenticator-added' }])
    const authenticatorId = begun.stored.challenge.authenticatorId
    expect(heard(scene, 'authenticator.added')).toEqual([{ userId: ADA.id, authenticatorId, factor: 'totp' }])
    expect(heard(scene, 'authenticator.removed')).toEqual([])
  })

  it('signs its session out where the option says so', async () => {
    const scene = openScene({ afterEnrolment: 'sign-out' })
    const { session } = await arrive(scene)
    const begun = await beginTotp(scene.core, session, '')
    const { reissued } = await confirmEnrolment(
      scene.core,
      session,
      begun.enrolmentId,
      codeOf(scene, begun.draft.secret),
    )
    expect(reissued).toBeNull()
    expect(await scene.store.readGrant(ADA.id, session.handle)).toBeNull()
  })

  it('leaves remembered devices remembered', async () => {
    const scene = openScene()
    const app = await enrolApp(scene)
    scene.clock.advance(30_000)
    const { session } = await arrive(scene)
    const { handle } = await verify(scene, session, codeOf(scene, app.setupKey), { rememberAs: 'Firefox' })
    await enrolPhone(scene, { user: ADA, handle })
    expect(await scene.store.listDevices(ADA.id)).toHaveLength(1)
  })
})

describe('a first code', () => {
  const begunApp = async (scene = openScene()) => {
    const { session } = await arrive(scene)
    const begun = await beginTotp(scene.core, session, '')
    const confirm = (code: unknown) => confirmEnrolment(scene.core, session, begun.enrolmentId, code)
    return { scene, session, begun, setupKey: begun.draft.secret, confirm }
  }

  it('that is wrong costs an attempt; after the fifth the right one is too late', async () => {
    const { scene, setupKey, confirm } = await begunApp()
    for (const attemptsLeft of [4, 3, 2, 1, 0])
      expect(await refusalOf(confirm(wrongCode(scene, setupKey)))).toEqual({
        code: 'ERR_TFA_CODE_INCORRECT',
        attemptsLeft,
      })
    expect(await refusalOf(confirm(codeOf(scene, setupKey)))).toEqual({
      code: 'ERR_TFA_ATTEMPTS_EXHAUSTED',
      attemptsLeft: 0,
    })
  })

  it('that is malformed costs none, and where nothing is pending that is said', async () => {
    const { scene, session, setupKey, confirm } = await begunApp()
    expect(await refusalOf(confirm('12'))).toMatchObject({ code: 'ERR_TFA_INPUT_INVALID', field: 'code' })
    const elsewhere = confirmEnrolment(scene.core, session, NOBODYS, '12')
    expect(await refusalOf(elsewhere)).toEqual({ code: 'ERR_TFA_NOT_FOUND' })
    expect(await refusalOf(confirm(wrongCode(scene, setupKey)))).toMatchObject({ attemptsLeft: 4 })
  })

  it('of an enrolment that is another session’s, or nobody’s, is not found', async () => {
    const { scene, begun, session, setupKey } = await begunApp()
    const other = await arrive(scene)
    const code = codeOf(scene, setupKey)
    for (const [whose, id] of [
      [other.session, begun.enrolmentId],
      [session, NOBODYS],
    ] as const)
      expect(await refusalOf(confirmEnrolment(scene.core, whose, id, code))).toEqual({ code: 'ERR_TFA_NOT_FOUND' })
  })

  it('after ten minutes, or after the sign-out, is told so', async () => {
    const { scene, confirm, setupKey, session } = await begunApp()
    scene.clock.advance(10 * MINUTE)
    expect(await refusalOf(confirm(codeOf(scene, setupKey)))).toEqual({ code: 'ERR_TFA_CHALLENGE_EXPIRED' })
    await scene.store.endSession(ADA.id, session.handle)
    expect(await refusalOf(confirm(codeOf(scene, setupKey)))).toEqual({ code: 'ERR_TFA_SIGN_IN_REQUIRED' })
  })

  it('twice at once turns the factor on once', async () => {
    const { scene, confirm, setupKey } = await begunApp()
    const answers = await Promise.allSettled([confirm(codeOf(scene, setupKey)), confirm(codeOf(scene, setupKey))])
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((await scene.authenticators.load(ADA.id)).authenticators).toHaveLength(1)
  })

  it('whose enrolment another request has just confirmed is not found', async () => {
    const { scene, confirm, setupKey, session } = await begunApp()
    interrupt(scene.store, 'consumeChallenge', 'before', () => scene.store.endSession(ADA.id, session.handle))
    expect(await refusalOf(confirm(codeOf(scene, setupKey)))).toEqual({ code: 'ERR_TFA_NOT_FOUND' })
    expect((await scene.authenticators.load(ADA.id)).authenticators).toEqual([])
  })

  it('after support has reset the factors turns nothing on', async () => {
    const { scene, confirm, setupKey } = await begunApp()
    interrupt(scene.store, 'consumeChallenge', 'after', async () => {
      const { version } = await scene.authenticators.load(ADA.id)
      await scene.authenticators.change(ADA.id, version, { remove: 'all', recoveryCodes: [] })
    })
    expect(await refusalOf(confirm(codeOf(scene, setupKey)))).toEqual({
      code: 'ERR_TFA_CHALLENGE_EXPIRED',
      detail: expect.any(String),
    })
    expect((await scene.authenticators.load(ADA.id)).authenticators).toEqual([])
    expect(heard(scene, 'authenticator.added')).toEqual([])
  })

  it('of a text is the one that was sent, to this enrolment', async () => {
    const scene = openScene()
    const { session } = await arrive(scene)
    const first = await begin(scene, session)
    const old = scene.phone.codeFor()
    const { enrolmentId } = await begin(scene, session, { phone: '06 98 76 54 32' })
    const code = scene.phone.codeFor()
    expect(await refusalOf(confirmEnrolment(scene.core, session, enrolmentId, old))).toMatchObject({ attemptsLeft: 4 })
    expect(await refusalOf(confirmEnrolment(scene.core, session, first.enrolmentId, code))).toMatchObject({
      code: 'ERR_TFA_CODE_INCORRECT',
    })
    const { authenticator } = await confirmEnrolment(scene.core, session, enrolmentId, code)
    expect(authenticator).toMatchObject({ factor: 'phone', label: 'My phone', preferredMethod: 'sms', lastStep: -1 })
  })
})

describe('a phone that is enrolled', () => {
  it('is sent its code at once, which is good for ten minutes', async () => {
    const scene = openScene()
    const { session } = await arrive(scene)
    const { stored, draft } = await begin(scene, session, { method: 'voice' })
    expect(scene.phone.last()).toMatchObject({ to: '+33612345678', method: 'voice' })
    expect(stored).toMatchObject({ attemptsLeft: 5, expiresAt: scene.clock.now() + 10 * MINUTE })
    expect(stored.challenge).toMatchObject({ purpose: 'enrolment', method: 'voice' })
    expect(draft).toMatchObject({ factor: 'phone', method: 'voice', label: 'My phone' })
    expect(draft).not.toHaveProperty('replaces')
  })

  it('by a method the service has no channel for is refused before its number is read', async () => {
    const scene = openScene()
    const [sms] = scene.phone.channels
    const texting = openScene({ channels: [sms] })
    const { session } = await arrive(texting)
    expect(await refusalOf(() => begin(texting, session, { method: 'voice', phone: 'none' }))).toEqual({
      code: 'ERR_TFA_INPUT_INVALID',
      field: 'method',
      detail: expect.any(String),
    })
    const { enrolmentId } = await begin(texting, session)
    texting.clock.advance(MINUTE)
    expect(await refusalOf(resend(texting.core, session, enrolmentId, 'voice'))).toMatchObject({
      code: 'ERR_TFA_INPUT_INVALID',
      field: 'method',
    })
  })

  it('that cannot be reached is told, and may be tried again at once', async () => {
    const scene = openScene()
    const { session } = await arrive(scene)
    scene.phone.failNext({ status: 'failed', reason: 'unreachable' })
    expect(await refusalOf(begin(scene, session))).toEqual({ code: 'ERR_TFA_DELIVERY_FAILED' })
    await begin(scene, session)
    expect(scene.phone.messages).toHaveLength(1)
  })

  it('whose budget is used up is told until when', async () => {
    const scene = openScene({ sendBudgets: [{ points: 1, windowMs: DAY }] })
    const { session } = await arrive(scene)
    await begin(scene, session)
    expect(await refusalOf(begin(scene, session))).toMatchObject({
      code: 'ERR_TFA_BUDGET_EXHAUSTED',
      retryAfterMs: expect.any(Number),
    })
    expect(scene.phone.messages).toHaveLength(1)
  })

  it('in a session that is over is to sign in, and nothing is sent', async () => {
    const scene = openScene()
    const { session } = await arrive(scene)
    await revokeAll(scene.core, ADA.id, 'password-changed')
    expect(await refusalOf(begin(scene, session))).toEqual({ code: 'ERR_TFA_SIGN_IN_REQUIRED' })
    expect(scene.phone.messages).toEqual([])
  })
})

describe('an enrolment’s code that is sent again', () => {
  const begun = async () => {
    const scene = openScene()
    const { session } = await arrive(scene)
    const { enrolmentId } = await begin(scene, session)
    return { scene, session, enrolmentId }
  }

  it('is another, by the method that is named, which the phone then prefers; attempts and end stay', async () => {
    const { scene, session, enrolmentId } = await begun()
    const old = scene.phone.codeFor()
    const end = scene.clock.now() + 10 * MINUTE
    await refusalOf(confirmEnrolment(scene.core, session, enrolmentId, old === '000000' ? '000001' : '000000'))
    scene.clock.advance(1000)
    const called = await resend(scene.core, session, enrolmentId, 'voice')
    expect(called).toMatchObject({
      enrolmentId,
      draft: { method: 'voice' },
      stored: { attemptsLeft: 4, expiresAt: end },
    })
    expect(scene.phone.last()).toMatchObject({
      method: 'voice',
      to: '+33612345678',
      text: expect.stringMatching(/code/),
    })
    const code = scene.phone.codeFor()
    expect(await refusalOf(confirmEnrolment(scene.core, session, enrolmentId, old))).toMatchObject({ attemptsLeft: 3 })
    const { authenticator } = await confirmEnrolment(scene.core, session, enrolmentId, code)
    expect(authenticator.preferredMethod).toBe('voice')
  })

  it('is by the same method where none is named, after the cooldown', async () => {
    const { scene, session, enrolmentId } = await begun()
    scene.clock.advance(10_000)
    expect(await refusalOf(resend(scene.core, session, enrolmentId))).toEqual({
      code: 'ERR_TFA_COOLDOWN',
      retryAfterMs: 20_000,
    })
    scene.clock.advance(20_000)
    await resend(scene.core, session, enrolmentId)
    expect(scene.phone.messages.map(({ method }) => method)).toEqual(['sms', 'sms'])
  })

  it('is not for a landline by text, nor once its attempts are used up, nor for what is not pending', async () => {
    const { scene, session, enrolmentId } = await begun()
    const landline = await begin(scene, session, { phone: '01 42 68 53 00', method: 'voice' })
    expect(await refusalOf(resend(scene.core, session, landline.enrolmentId, 'sms'))).toEqual({
      code: 'ERR_TFA_PHONE_NOT_ALLOWED',
      field: 'method',
    })
    const wrong = scene.phone.messages[0]?.code === '000000' ? '000001' : '000000'
    for (let guess = 0; guess < 5; guess += 1)
      await refusalOf(confirmEnrolment(scene.core, session, enrolmentId, wrong))
    scene.clock.advance(MINUTE)
    expect(await refusalOf(resend(scene.core, session, enrolmentId))).toEqual({
      code: 'ERR_TFA_ATTEMPTS_EXHAUSTED',
      attemptsLeft: 0,
    })
    expect(await refusalOf(resend(scene.core, session, NOBODYS))).toEqual({ code: 'ERR_TFA_NOT_FOUND' })
  })

  it('by two requests at once is sent once', async () => {
    const { scene, session, enrolmentId } = await begun()
    scene.clock.advance(30_000)
    const answers = await Promise.allSettled([1, 2].map(() => resend(scene.core, session, enrolmentId)))
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(scene.phone.messages).toHaveLength(2)
  })
})

describe('an enrolment’s code asked for again too soon', () => {
  it('is refused before any budget is asked', async () => {
    const scene = openScene()
    const { session } = await arrive(scene)
    const { enrolmentId } = await begin(scene, session)
    scene.clock.advance(10_000)
    scene.store.spend = () => Promise.reject(new Error('asked'))
    expect(await refusalOf(resend(scene.core, session, enrolmentId))).toEqual({
      code: 'ERR_TFA_COOLDOWN',
      retryAfterMs: 20_000,
    })
  })
})

describe('a pending enrolment', () => {
  it('is void after a revocation, in the very session that goes on', async () => {
    const scene = openScene()
    const { session, grant } = await arrive(scene)
    const { enrolmentId } = await begin(scene, session)
    expect(await readEnrolment(scene.core, session, enrolmentId)).toMatchObject({ enrolmentId })
    const read = scene.store.readSession
    scene.store.readSession = async (...asked) => ({ ...(await read(...asked)), epoch: 'another' })
    expect(grant.assurance).toBe('password')
    expect(await refusalOf(readEnrolment(scene.core, session, enrolmentId))).toEqual({ code: 'ERR_TFA_NOT_FOUND' })
  })

  it('holds its number sealed, for its user and authenticator alone', async () => {
    const scene = openScene()
    const draft = { factor: 'phone', label: 'L', secret: 's', method: 'sms', version: 3, replaces: 'old' } as const
    const sealed = sealDraft(scene.core, ADA.id, 'one', draft)
    const challenge = { draft: sealed, authenticatorId: 'one' } as never
    expect(openDraft(scene.core, ADA.id, challenge)).toEqual(draft)
    const moved = { draft: sealed, authenticatorId: 'two' } as never
    expect(await refusalOf(() => openDraft(scene.core, ADA.id, moved))).toEqual({ code: 'ERR_TFA_NOT_FOUND' })
    expect(await refusalOf(() => openDraft(scene.core, 'user-bob', challenge))).toEqual({ code: 'ERR_TFA_NOT_FOUND' })
    expect(heard(scene, 'authenticator.altered')).toEqual([
      { userId: ADA.id, authenticatorId: 'two' },
      { userId: 'user-bob', authenticatorId: 'one' },
    ])
    // An authenticator's own secret does not pass for a draft.
    const secret = scene.keys.seal('["phone"]', ['authenticator', ADA.id, 'one'])
    const swapped = { draft: secret, authenticatorId: 'one' } as never
    expect(await refusalOf(() => openDraft(scene.core, ADA.id, swapped))).toEqual({ code: 'ERR_TFA_NOT_FOUND' })
  })

  it('whose key is gone is begun anew, and the key that is missing is told', async () => {
    const scene = openScene()
    const { session } = await arrive(scene)
    const { enrolmentId } = await begin(scene, session)
    const rotated = openScene({ store: scene.store, authenticators: scene.authenticators, keys: [OTHER_KEY] })
    expect(await refusalOf(readEnrolment(rotated.core, session, enrolmentId))).toEqual({ code: 'ERR_TFA_NOT_FOUND' })
    expect(heard(rotated, 'key.missing')).toMatchObject([{ userId: ADA.id }])
  })
})

describe('a changed number', () => {
  it('takes the place of the old one, with every device and session, and both are told', async () => {
    const scene = openScene()
    const app = await enrolApp(scene)
    const old = await enrolPhone(scene, app.session)
    scene.clock.advance(30_000)
    const { session } = await arrive(scene)
    const { handle } = await verify(scene, session, codeOf(scene, app.setupKey), { rememberAs: 'Firefox' })
    const passed = { user: ADA, handle }
    const changed = await enrolPhone(scene, passed, { phone: '06 98 76 54 32', replaces: old.id })
    const { authenticators, recoveryCodes } = await scene.authenticators.load(ADA.id)
    expect(authenticators.map(({ id }) => id)).toEqual([app.id, changed.id])
    expect(recoveryCodes.total).toBe(10)
    expect(await scene.store.listDevices(ADA.id)).toEqual([])
    expect(heard(scene, 'grants.revoked').at(-1)).toEqual({ userId: ADA.id, reason: 'phone-changed' })
    expect(heard(scene, 'authenticator.removed')).toEqual([{ userId: ADA.id, authenticatorId: old.id }])
  })

  it('that was confirmed meanwhile is sent no more', async () => {
    const scene = openScene()
    const { session } = await arrive(scene)
    const { enrolmentId, stored } = await begin(scene, session)
    scene.clock.advance(MINUTE)
    const slot = { handle: session.handle, enrolmentId }
    const consumed = { slot, challenge: stored.challenge, clear: [] }
    interrupt(scene.store, 'putChallenge', 'before', () => scene.store.consumeChallenge(ADA.id, consumed))
    expect(await refusalOf(resend(scene.core, session, enrolmentId))).toEqual({ code: 'ERR_TFA_NOT_FOUND' })
    expect(scene.phone.messages).toHaveLength(1)
  })

  it('names a phone of the user’s own: an app, and a stranger’s, are not found', async () => {
    const scene = openScene()
    const app = await enrolApp(scene)
    const phone = await enrolPhone(scene, app.session)
    scene.phone.clear()
    for (const replaces of [app.id, NOBODYS])
      expect(await refusalOf(begin(scene, phone.session, { replaces }))).toEqual({
        code: 'ERR_TFA_NOT_FOUND',
        field: 'replaces',
      })
    expect(scene.phone.messages).toEqual([])
    expect(PHONE).not.toHaveProperty('replaces')
  })
})

describe('enrolments begun over and over', () => {
  it('lock from the twentieth on, and nothing is sent; one that is confirmed begins the count anew', async () => {
    const scene = openScene({ sendBudgets: [{ points: 1000, windowMs: DAY }] })
    const { session } = await arrive(scene)
    for (let time = 1; time < 20; time += 1) await beginTotp(scene.core, session, '')
    const last = await begin(scene, session)
    expect(await refusalOf(begin(scene, session))).toEqual({ code: 'ERR_TFA_LOCKED', retryAfterMs: 30_000 })
    expect(scene.phone.messages).toHaveLength(1)
    const confirmed = await confirmEnrolment(scene.core, session, last.enrolmentId, scene.phone.codeFor())
    await begin(scene, { user: ADA, handle: confirmed.reissued?.handle ?? '' })
  })
})

describe('a reset by support', () => {
  it('ends a pending enrolment', async () => {
    const scene = openScene()
    const { session } = await arrive(scene)
    const begun = await beginTotp(scene.core, session, '')
    await createAdmin(scene.core).reset(ADA.id, { actor: 'support', reason: 'lost phone' })
    const code = codeOf(scene, begun.draft.secret)
    expect(await refusalOf(confirmEnrolment(scene.core, session, begun.enrolmentId, code))).toEqual({
      code: 'ERR_TFA_SIGN_IN_REQUIRED',
    })
  })
})
