import { askChallenge, openAtSignIn, resendChallenge } from '../../lib/core/challenge'
import type { Session } from '../../lib/core/core'
import { describeChallenge } from '../../lib/core/describe-challenge'
import { revokeAll } from '../../lib/core/grant'
import { KEY } from '../support/app'
import {
  ADA,
  arrive,
  ask,
  codeOf,
  DAY,
  enrolApp,
  enrolPhone,
  heard,
  heldByApp,
  heldByPhone,
  interrupt,
  look,
  MINUTE,
  openScene,
  refusalOf,
  type Scene,
  verify,
  wrongCode,
} from './scene'

const resend = async (scene: Scene, session: Session) => resendChallenge(scene.core, await look(scene, session))
const RECOVERY = { method: 'recovery-code', authenticatorId: 'recovery-codes' }

/** A held session of a user with an app and a phone. */
async function heldByBoth(scene: Scene) {
  const app = await enrolApp(scene)
  const phone = await enrolPhone(scene, app.session)
  scene.clock.advance(30_000)
  const { session } = await arrive(scene)
  return { session, app, phone }
}

describe('a challenge at sign-in', () => {
  it('is none for a user with nothing to be asked for', async () => {
    const scene = openScene()
    const { session } = await arrive(scene)
    expect(await openAtSignIn(scene.core, await look(scene, session))).toBe('none')
    expect(heard(scene, 'challenge.opened')).toEqual([])
  })

  it('asks for the app, and by text only whom has none', async () => {
    const scene = openScene()
    const { session, app } = await heldByBoth(scene)
    const texts = scene.phone.messages.length
    const { state } = await look(scene, session)
    expect(state.challenge?.challenge).toMatchObject({ method: 'totp', authenticatorId: app.id })
    expect(scene.phone.messages).toHaveLength(texts)
  })

  it('asks by text while the app is locked, and sends nothing while both are', async () => {
    const scene = openScene({ attemptsPerChallenge: 10 })
    const { session, app, phone } = await heldByBoth(scene)
    for (let guess = 0; guess < 10; guess += 1) await refusalOf(verify(scene, session, wrongCode(scene, app.setupKey)))
    const texts = scene.phone.messages.length
    const { session: byText } = await arrive(scene)
    expect((await look(scene, byText)).state.challenge?.challenge).toMatchObject({ authenticatorId: phone.id })
    expect(scene.phone.messages).toHaveLength(texts + 1)
    for (let guess = 0; guess < 10; guess += 1) await refusalOf(verify(scene, byText, `0000${10 + guess}`))
    const { session: locked } = await arrive(scene)
    const asked = await look(scene, locked)
    expect(asked.state.challenge?.challenge).toMatchObject({ method: 'totp', authenticatorId: app.id })
    expect(scene.phone.messages).toHaveLength(texts + 1)
    expect(describeChallenge(scene.core, asked.state.challenge as never, asked).methods).toEqual([RECOVERY])
  })

  it('of a phone that is locked says that nothing was sent, and why', async () => {
    const scene = openScene({ attemptsPerChallenge: 10 })
    const { session } = await heldByPhone(scene)
    for (let guess = 0; guess < 10; guess += 1) await refusalOf(verify(scene, session, `0000${10 + guess}`))
    const texts = scene.phone.messages.length
    const { session: locked } = await arrive(scene)
    const asked = await look(scene, locked)
    const shown = describeChallenge(scene.core, asked.state.challenge as never, asked)
    expect(shown).toMatchObject({ method: 'sms', delivery: { status: 'failed', reason: 'locked' } })
    expect(shown).not.toHaveProperty('resendAt')
    expect(scene.phone.messages).toHaveLength(texts)
  })
})

describe('a challenge that is asked for', () => {
  it('goes on where it asks for the same: its id, its attempts and its end stay', async () => {
    const scene = openScene()
    const { session, app } = await heldByBoth(scene)
    await refusalOf(verify(scene, session, wrongCode(scene, app.setupKey)))
    const before = (await look(scene, session)).state.challenge
    scene.clock.advance(MINUTE)
    const switched = await ask(scene, session, { method: 'sms' })
    expect(switched).toMatchObject({
      id: before?.challenge.id,
      method: 'sms',
      attemptsLeft: 4,
      expiresAt: new Date(before?.expiresAt ?? 0),
      delivery: { status: 'sent' },
      resendAt: new Date(scene.clock.now() + 30_000),
    })
    expect(heard(scene, 'challenge.opened')).toHaveLength(1)
  })

  it('is another where the last has no attempts left', async () => {
    const scene = openScene()
    const { session, setupKey } = await heldByApp(scene)
    for (const _guess of [1, 2, 3, 4, 5]) await refusalOf(verify(scene, session, wrongCode(scene, setupKey)))
    const before = (await look(scene, session)).state.challenge?.challenge.id
    scene.clock.advance(MINUTE)
    const opened = await ask(scene, session)
    expect(opened).toMatchObject({ attemptsLeft: 5, expiresAt: new Date(scene.clock.now() + 10 * MINUTE) })
    expect(opened.id).not.toBe(before)
    expect(heard(scene, 'challenge.opened').at(-1)).toEqual({
      userId: ADA.id,
      challengeId: opened.id,
      purpose: 'sign-in',
      method: 'totp',
    })
  })

  it('is another for another action, or for none: what was shown is what is confirmed', async () => {
    const scene = openScene()
    const { session } = await enrolApp(scene)
    const payout = { key: 'payout 250', text: 'Pay out 250 EUR' }
    const first = await ask(scene, session, { purpose: 'step-up', action: payout })
    const same = await ask(scene, session, { purpose: 'step-up', action: { ...payout } })
    const more = await ask(scene, session, {
      purpose: 'step-up',
      action: { key: 'payout 900', text: 'Pay out 900 EUR' },
    })
    const none = await ask(scene, session, { purpose: 'step-up' })
    expect(same.id).toBe(first.id)
    expect(more).toMatchObject({ action: 'Pay out 900 EUR' })
    expect(none).not.toHaveProperty('action')
    expect(new Set([first.id, more.id, none.id]).size).toBe(3)
  })

  it('is another for another purpose', async () => {
    const scene = openScene()
    const { session } = await heldByApp(scene)
    const before = (await look(scene, session)).state.challenge?.challenge.id
    const other = await ask(scene, session, { purpose: 'step-up' })
    expect(other.purpose).toBe('step-up')
    expect(other.id).not.toBe(before)
  })

  it('keeps its method where none is named, and takes the authenticator that is', async () => {
    const scene = openScene()
    const { session, app, phone } = await heldByBoth(scene)
    await ask(scene, session, { method: 'voice' })
    scene.clock.advance(MINUTE)
    expect(await ask(scene, session)).toMatchObject({ method: 'voice' })
    scene.clock.advance(MINUTE)
    expect(await ask(scene, session, { authenticatorId: app.id })).toMatchObject({ method: 'totp' })
    expect(await ask(scene, session, { authenticatorId: phone.id })).toMatchObject({ method: 'sms' })
    scene.clock.advance(MINUTE)
    expect(await ask(scene, session, { method: 'voice', authenticatorId: phone.id })).toMatchObject({ method: 'voice' })
  })

  it('by a method that the authenticator has not, or the user has not, is not found', async () => {
    const scene = openScene()
    const { session, app } = await heldByBoth(scene)
    const notFound = { code: 'ERR_TFA_NOT_FOUND', field: 'method', detail: expect.any(String) }
    expect(await refusalOf(ask(scene, session, { method: 'sms', authenticatorId: app.id }))).toEqual(notFound)
    expect(await refusalOf(ask(scene, session, { method: 'pigeon' }))).toEqual(notFound)
    expect(await refusalOf(ask(scene, session, { authenticatorId: 'A'.repeat(22) }))).toEqual(notFound)
  })

  it('of a user with nothing to be asked for is none', async () => {
    const scene = openScene()
    const { session } = await arrive(scene)
    expect(await refusalOf(ask(scene, session))).toEqual({ code: 'ERR_TFA_NO_CHALLENGE', detail: expect.any(String) })
  })

  it('by a method that is locked is refused before anything is sent', async () => {
    const scene = openScene({ attemptsPerChallenge: 10 })
    const { session } = await heldByPhone(scene)
    for (let guess = 0; guess < 10; guess += 1) await refusalOf(verify(scene, session, `0000${10 + guess}`))
    scene.clock.advance(1000)
    const texts = scene.phone.messages.length
    expect(await refusalOf(ask(scene, session, { method: 'voice' }))).toEqual({
      code: 'ERR_TFA_LOCKED',
      retryAfterMs: 29_000,
      methods: [RECOVERY],
    })
    expect(scene.phone.messages).toHaveLength(texts)
  })

  it('of an authenticator that is disabled names no time to wait for', async () => {
    const scene = openScene()
    const { session, id } = await heldByApp(scene)
    for (let failure = 0; failure < 100; failure += 1) await scene.authenticators.countFailure(ADA.id, id)
    expect(await refusalOf(ask(scene, session))).toEqual({ code: 'ERR_TFA_LOCKED', methods: [RECOVERY] })
  })

  it('carries the words of the action into the text', async () => {
    const scene = openScene()
    const { session } = await enrolPhone(scene)
    scene.clock.advance(MINUTE)
    await ask(scene, session, { purpose: 'step-up', action: { key: 'x', text: 'Pay out 250 EUR' } })
    expect(scene.phone.last()).toMatchObject({ action: 'Pay out 250 EUR', to: '+33612345678', method: 'sms' })
  })
})

describe('a challenge that is sent again', () => {
  it('has another code, the same attempts, and keeps its action', async () => {
    const scene = openScene()
    const { session } = await enrolPhone(scene)
    await ask(scene, session, { purpose: 'step-up', action: { key: 'x', text: 'Pay out' } })
    const old = scene.phone.codeFor()
    scene.clock.advance(30_000)
    const again = await resend(scene, session)
    expect(again).toMatchObject({ purpose: 'step-up', action: 'Pay out', attemptsLeft: 5 })
    expect(scene.phone.messages).toHaveLength(3)
    expect(await refusalOf(verify(scene, session, old))).toMatchObject({ code: 'ERR_TFA_CODE_INCORRECT' })
    const { grant } = await verify(scene, session, scene.phone.codeFor())
    expect(grant.actionKey).toBe('x')
  })

  it('too soon is told for how long to wait, and costs nothing', async () => {
    const scene = openScene()
    const { session } = await heldByPhone(scene)
    scene.clock.advance(29_000)
    for (let time = 0; time < 10; time += 1)
      expect(await refusalOf(resend(scene, session))).toEqual({ code: 'ERR_TFA_COOLDOWN', retryAfterMs: 1000 })
    scene.clock.advance(1000)
    for (const _send of [3, 4, 5]) {
      await resend(scene, session)
      scene.clock.advance(30_000)
    }
    expect(await refusalOf(resend(scene, session))).toMatchObject({ code: 'ERR_TFA_BUDGET_EXHAUSTED' })
  })

  it('is refused where nothing is asked, where no attempt is left, and where nothing is sent', async () => {
    const scene = openScene()
    const { session, setupKey } = await heldByApp(scene)
    expect(await refusalOf(resend(scene, session))).toEqual({
      code: 'ERR_TFA_INPUT_INVALID',
      field: 'method',
      detail: expect.any(String),
    })
    for (const _guess of [1, 2, 3, 4, 5]) await refusalOf(verify(scene, session, wrongCode(scene, setupKey)))
    expect(await refusalOf(resend(scene, session))).toEqual({ code: 'ERR_TFA_ATTEMPTS_EXHAUSTED' })
    scene.clock.advance(10 * MINUTE)
    expect(await refusalOf(resend(scene, session))).toEqual({ code: 'ERR_TFA_NO_CHALLENGE' })
  })

  it('by two requests at once is sent by one, and the other is told to wait', async () => {
    const scene = openScene()
    const { session } = await heldByPhone(scene)
    scene.clock.advance(30_000)
    const asked = await look(scene, session)
    const texts = scene.phone.messages.length
    await resendChallenge(scene.core, asked)
    expect(await refusalOf(resendChallenge(scene.core, asked))).toEqual({
      code: 'ERR_TFA_COOLDOWN',
      retryAfterMs: 30_000,
    })
    expect(scene.phone.messages).toHaveLength(texts + 1)
  })
})

describe('a challenge among several authenticators', () => {
  it('sends to the one that is asked, and keeps to it where none is named', async () => {
    const scene = openScene()
    const { session, app } = await heldByBoth(scene)
    await verify(scene, session, codeOf(scene, app.setupKey)).then(async ({ handle }) => {
      await enrolPhone(scene, { user: ADA, handle }, { phone: '06 98 76 54 32' })
    })
    scene.clock.advance(MINUTE)
    const { session: held } = await arrive(scene)
    const { enrolled } = await look(scene, held)
    const [, first, second] = enrolled.authenticators.map(({ id }) => id)
    await ask(scene, held, { authenticatorId: first as string })
    expect(scene.phone.last()).toMatchObject({ to: '+33612345678', method: 'sms' })
    await ask(scene, held, { authenticatorId: second as string, method: 'voice' })
    expect(scene.phone.last()).toMatchObject({ to: '+33698765432', method: 'voice' })
    scene.clock.advance(MINUTE)
    await ask(scene, held, { authenticatorId: first as string, method: 'voice' })
    scene.clock.advance(MINUTE)
    await ask(scene, held)
    expect(scene.phone.last()).toMatchObject({ to: '+33612345678', method: 'voice' })
  })

  it('offers what works: not the phone that is disabled, though the app is not', async () => {
    const scene = openScene()
    const { session, app, phone } = await heldByBoth(scene)
    for (let failure = 0; failure < 100; failure += 1) await scene.authenticators.countFailure(ADA.id, phone.id)
    const { methods } = await ask(scene, session)
    expect(methods).toEqual([{ method: 'totp', authenticatorId: app.id }, RECOVERY])
  })

  it('offers none of them while the user is locked over all, though none of them is', async () => {
    const scene = openScene({ lockUserFrom: 3 })
    const { session, app } = await heldByBoth(scene)
    for (let guess = 0; guess < 3; guess += 1) await refusalOf(verify(scene, session, wrongCode(scene, app.setupKey)))
    for (const method of ['totp', 'sms', 'voice'])
      expect(await refusalOf(ask(scene, session, { method }))).toEqual({
        code: 'ERR_TFA_LOCKED',
        retryAfterMs: 30_000,
        methods: [RECOVERY],
      })
  })
})

describe('a challenge whose attempts are used up', () => {
  it('is followed by another at once, with a new text: its cooldown was the old one’s', async () => {
    const scene = openScene()
    const { session } = await heldByPhone(scene)
    for (let guess = 0; guess < 5; guess += 1) await refusalOf(verify(scene, session, `0000${10 + guess}`))
    expect(await ask(scene, session)).toMatchObject({ method: 'sms', attemptsLeft: 5, delivery: { status: 'sent' } })
    await verify(scene, session, scene.phone.codeFor())
  })

  it('opened anew by two requests at once is opened by one, and the other is told to wait', async () => {
    const scene = openScene()
    const { session } = await enrolApp(scene)
    const asked = await look(scene, session)
    await askChallenge(scene.core, asked, { purpose: 'step-up' })
    expect(await refusalOf(askChallenge(scene.core, asked, { purpose: 'step-up' }))).toEqual({
      code: 'ERR_TFA_COOLDOWN',
      retryAfterMs: 30_000,
    })
  })
})

describe('a challenge that sent nothing', () => {
  const shown = async (scene: Scene, session: Session) => {
    const asked = await look(scene, session)
    return describeChallenge(scene.core, asked.state.challenge as never, asked)
  }

  it('for a lock says nothing more of it once the lock is over', async () => {
    const scene = openScene({ attemptsPerChallenge: 10 })
    const { session } = await heldByPhone(scene)
    for (let guess = 0; guess < 10; guess += 1) await refusalOf(verify(scene, session, `0000${10 + guess}`))
    const { session: locked } = await arrive(scene)
    expect(await shown(scene, locked)).toMatchObject({ delivery: { reason: 'locked' } })
    scene.clock.advance(30_000)
    expect(await shown(scene, locked)).not.toHaveProperty('delivery')
  })

  it('for a budget says so', async () => {
    const scene = openScene({ sendBudgets: [{ points: 1, windowMs: DAY }] })
    await heldByPhone(scene)
    const { session } = await arrive(scene)
    expect(await shown(scene, session)).toMatchObject({ delivery: { status: 'failed', reason: 'budget' } })
  })

  it('for a key that is gone says so, and is refused when it is asked for, with what still works', async () => {
    const before = openScene()
    await enrolPhone(before)
    const key = Buffer.from(KEY, 'base64').reverse().toString('base64')
    const scene = openScene({
      store: before.store,
      authenticators: before.authenticators,
      clock: before.clock,
      keys: [key],
    })
    const { session } = await arrive(scene)
    expect(scene.phone.messages).toEqual([])
    const challenge = await shown(scene, session)
    expect(challenge).toMatchObject({
      method: 'sms',
      methods: [RECOVERY],
      delivery: { status: 'failed', reason: 'account' },
    })
    expect(challenge).not.toHaveProperty('destination')
    expect(await refusalOf(ask(scene, session, { method: 'sms' }))).toEqual({
      code: 'ERR_TFA_METHOD_UNAVAILABLE',
      methods: [RECOVERY],
    })
  })

  it('whose phone is gone is shown without its number', async () => {
    const scene = openScene()
    const { session } = await heldByPhone(scene)
    const asked = await look(scene, session)
    const { delivery: _none, ...stored } = asked.state.challenge as NonNullable<typeof asked.state.challenge>
    const emptied = { ...asked, enrolled: { ...asked.enrolled, authenticators: [] } }
    const challenge = describeChallenge(scene.core, stored, emptied)
    expect(challenge).toMatchObject({ method: 'sms', methods: [RECOVERY] })
    expect(challenge).not.toHaveProperty('destination')
  })
})

describe('a budget that is used up', () => {
  it('is not given back by requests that a cooldown refuses', async () => {
    const scene = openScene({ sendBudgets: [{ points: 3, windowMs: DAY }] })
    const { session } = await heldByPhone(scene)
    for (let time = 0; time < 5; time += 1)
      expect(await refusalOf(resend(scene, session))).toMatchObject({ code: 'ERR_TFA_COOLDOWN' })
    scene.clock.advance(30_000)
    await resend(scene, session)
    for (let time = 0; time < 5; time += 1)
      expect(await refusalOf(resend(scene, session))).toMatchObject({ code: 'ERR_TFA_COOLDOWN' })
    scene.clock.advance(30_000)
    expect(await refusalOf(resend(scene, session))).toMatchObject({ code: 'ERR_TFA_BUDGET_EXHAUSTED' })
  })
})

describe('a send that fails', () => {
  it('is said with the other methods, and the same one may be tried again at once', async () => {
    const scene = openScene()
    const { session, phone, app } = await heldByBoth(scene)
    scene.phone.failNext({ status: 'failed', reason: 'unreachable' })
    const destination = '+33 •• •• •• •• 78'
    expect(await refusalOf(ask(scene, session, { method: 'sms' }))).toEqual({
      code: 'ERR_TFA_DELIVERY_FAILED',
      methods: [
        { method: 'totp', authenticatorId: app.id },
        { method: 'voice', authenticatorId: phone.id, destination },
        RECOVERY,
      ],
    })
    const asked = await look(scene, session)
    const shown = describeChallenge(scene.core, asked.state.challenge as never, asked)
    expect(shown).toMatchObject({ destination, delivery: { status: 'failed', reason: 'unreachable' } })
    expect(shown).not.toHaveProperty('resendAt')
    expect(heard(scene, 'challenge.undelivered')).toEqual([
      { userId: ADA.id, challengeId: shown.id, method: 'sms', country: 'FR', costUnits: 0, reason: 'unreachable' },
    ])
    expect(await ask(scene, session, { method: 'sms' })).toMatchObject({ delivery: { status: 'sent' } })
  })

  it('asked for again too soon, is refused before any budget is asked', async () => {
    const scene = openScene()
    const { session } = await heldByPhone(scene)
    scene.clock.advance(10_000)
    scene.store.spend = () => Promise.reject(new Error('asked'))
    expect(await refusalOf(ask(scene, session, { method: 'sms' }))).toEqual({
      code: 'ERR_TFA_COOLDOWN',
      retryAfterMs: 20_000,
    })
  })

  it('does not stand in the way of the app, whose challenge shows no delivery', async () => {
    const scene = openScene()
    const { session, app } = await heldByBoth(scene)
    scene.phone.failNext({ status: 'failed', reason: 'unreachable' })
    await refusalOf(ask(scene, session, { method: 'sms' }))
    const shown = await ask(scene, session, { method: 'totp' })
    expect(shown).not.toHaveProperty('delivery')
    expect(shown).not.toHaveProperty('resendAt')
    expect(shown).not.toHaveProperty('destination')
    await verify(scene, session, codeOf(scene, app.setupKey))
  })

  it('for its budget is told until when, with the other methods', async () => {
    const scene = openScene({ sendBudgets: [{ points: 1, windowMs: DAY }] })
    const { session } = await heldByPhone(scene)
    const refused = await refusalOf(ask(scene, session, { method: 'sms' }))
    expect(refused).toMatchObject({ code: 'ERR_TFA_BUDGET_EXHAUSTED', retryAfterMs: expect.any(Number) })
    expect(refused.methods).toMatchObject([{ method: 'voice' }, RECOVERY])
  })
})

describe('a session that ends while it asks', () => {
  it('signed out is to sign in', async () => {
    const scene = openScene()
    const { session } = await heldByApp(scene)
    const asked = await look(scene, session)
    await scene.store.endSession(ADA.id, session.handle)
    expect(await refusalOf(askChallenge(scene.core, asked, { purpose: 'sign-in' }))).toEqual({
      code: 'ERR_TFA_SIGN_IN_REQUIRED',
    })
  })

  it('revoked is to sign in, and nothing is sent, nor charged', async () => {
    const scene = openScene()
    const { session, setupKey } = await heldByApp(scene)
    const { handle } = await verify(scene, session, codeOf(scene, setupKey))
    const asked = await look(scene, { user: ADA, handle })
    interrupt(scene.store, 'putChallenge', 'before', async () => {
      await revokeAll(scene.core, ADA.id, 'password-changed')
      const { epoch } = await scene.store.readSession(ADA.id, { handle: '' })
      const grant = asked.state.grant as NonNullable<typeof asked.state.grant>
      await scene.store.issueGrant(ADA.id, { handle, grant, epoch })
    })
    expect(await refusalOf(askChallenge(scene.core, asked, { purpose: 'step-up' }))).toEqual({
      code: 'ERR_TFA_SIGN_IN_REQUIRED',
    })
  })
})
