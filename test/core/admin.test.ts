import { createAdmin } from '../../lib/core/admin'
import { describeSettings } from '../../lib/core/describe'
import {
  ADA,
  arrive,
  codeOf,
  DAY,
  enrolApp,
  enrolPhone,
  heard,
  heldByApp,
  openScene,
  refusalOf,
  verify,
  wrongCode,
} from './scene'

const ACT = { actor: 'support-7', reason: 'lost phone' }

describe('what support sees', () => {
  it('of a user nobody knows is nothing', async () => {
    expect(await createAdmin(openScene().core).status(ADA.id)).toEqual({
      authenticators: [],
      recoveryCodes: { remaining: 0, total: 0 },
      devices: [],
      locks: {},
    })
  })

  it('is what is enrolled, the devices, the dates and the locks that hold', async () => {
    const scene = openScene({ policy: { requirement: 'required', graceMs: 28 * DAY }, attemptsPerChallenge: 10 })
    const admin = createAdmin(scene.core)
    const first = scene.clock.now()
    const { session, setupKey, id } = await heldByApp(scene)
    await verify(scene, session, codeOf(scene, setupKey), { rememberAs: 'Firefox' })
    const used = scene.clock.now()
    const until = new Date(used + 40 * DAY)
    await admin.extendGrace(ADA.id, until, ACT)
    const { session: held } = await arrive(scene)
    for (let guess = 0; guess < 9; guess += 1) await refusalOf(verify(scene, held, wrongCode(scene, setupKey)))
    expect((await admin.status(ADA.id)).locks).toEqual({})
    await refusalOf(verify(scene, held, wrongCode(scene, setupKey)))
    expect(await admin.status(ADA.id)).toEqual({
      authenticators: [
        {
          id,
          factor: 'totp',
          label: 'My app',
          methods: ['totp'],
          preferredMethod: 'totp',
          createdAt: new Date(first),
          lastUsedAt: new Date(used),
        },
      ],
      recoveryCodes: { remaining: 10, total: 10 },
      devices: [expect.objectContaining({ name: 'Firefox', current: false })],
      firstPromptAt: new Date(first),
      graceUntil: until,
      locks: { [id]: new Date(used + 30_000) },
    })
    scene.clock.advance(30_000)
    expect((await admin.status(ADA.id)).locks).toEqual({})
  })
})

describe('a reset', () => {
  it('removes factors, codes, devices, sessions and locks, and says who did it and why', async () => {
    const scene = openScene({ policy: { requirement: 'required', graceMs: 28 * DAY } })
    const first = scene.clock.now()
    const { session, setupKey } = await heldByApp(scene)
    await refusalOf(verify(scene, session, wrongCode(scene, setupKey)))
    await verify(scene, session, codeOf(scene, setupKey), { rememberAs: 'Firefox' })
    const held = await arrive(scene)
    await refusalOf(verify(scene, held.session, wrongCode(scene, setupKey)))
    await createAdmin(scene.core).reset(ADA.id, ACT)
    expect(await createAdmin(scene.core).status(ADA.id)).toEqual({
      authenticators: [],
      recoveryCodes: { remaining: 0, total: 0 },
      devices: [],
      firstPromptAt: new Date(first),
      locks: {},
    })
    expect((await scene.store.readSession(ADA.id, { handle: '' })).tallies).toEqual({})
    expect(await scene.store.readGrant(ADA.id, held.handle)).toBeNull()
    expect(heard(scene, 'grants.revoked').at(-1)).toEqual({ userId: ADA.id, reason: 'admin-reset' })
    expect(heard(scene, 'admin.reset')).toEqual([{ userId: ADA.id, ...ACT }])
  })

  it('ends what signed in while it was written', async () => {
    const scene = openScene()
    await enrolApp(scene)
    const { change } = scene.authenticators
    const handles: string[] = []
    scene.authenticators.change = async (...asked) => {
      handles.push((await arrive(scene)).handle)
      return change(...asked)
    }
    await createAdmin(scene.core).reset(ADA.id, ACT)
    expect(await scene.store.readGrant(ADA.id, handles[0] ?? '')).toBeNull()
  })

  it('that meets another change tries again, five times, and then says so', async () => {
    const scene = openScene()
    await enrolApp(scene)
    const { change } = scene.authenticators
    let tries = 0
    scene.authenticators.change = async (userId, version, wanted) => {
      tries += 1
      return tries < 5 ? false : change(userId, version, wanted)
    }
    await createAdmin(scene.core).reset(ADA.id, ACT)
    expect(tries).toBe(5)
    scene.authenticators.change = async () => {
      tries += 1
      return false
    }
    expect(await refusalOf(createAdmin(scene.core).reset(ADA.id, ACT))).toEqual({
      code: 'ERR_TFA_STORE_UNAVAILABLE',
      detail: expect.any(String),
    })
    expect(tries).toBe(10)
    expect(heard(scene, 'admin.reset')).toHaveLength(1)
  })
})

describe('an act of support', () => {
  it.each([
    [{ actor: '', reason: 'x' }],
    [{ actor: '  ', reason: 'x' }],
    [{ actor: 'x', reason: '' }],
    [{ actor: 'x', reason: 'y'.repeat(501) }],
    [{ actor: 'x' }],
    [{ actor: 'x', reason: 7 }],
  ])('as %j is refused: it names nobody, or no reason', async (act) => {
    const admin = createAdmin(openScene().core)
    const refused = { code: 'ERR_TFA_INPUT_INVALID', field: 'reason', detail: expect.any(String) }
    expect(await refusalOf(admin.reset(ADA.id, act as never))).toEqual(refused)
    expect(await refusalOf(admin.unlock(ADA.id, act as never))).toEqual(refused)
    expect(await refusalOf(admin.extendGrace(ADA.id, new Date(), act as never))).toEqual(refused)
  })

  it('may give a reason of 500 characters, and is told as it was given, and no more of it', async () => {
    const scene = openScene()
    const act = { actor: 'support-7', reason: 'y'.repeat(500) }
    await createAdmin(scene.core).unlock(ADA.id, { ...act, ticket: 12 } as never)
    expect(heard(scene, 'admin.unlocked')).toEqual([{ userId: ADA.id, ...act }])
  })

  it('lifts the locks', async () => {
    const scene = openScene({ attemptsPerChallenge: 10 })
    const { session, setupKey } = await heldByApp(scene)
    for (let guess = 0; guess < 10; guess += 1) await refusalOf(verify(scene, session, wrongCode(scene, setupKey)))
    const { session: held } = await arrive(scene)
    await createAdmin(scene.core).unlock(ADA.id, ACT)
    await verify(scene, held, codeOf(scene, setupKey))
  })

  it.each([new Date(Number.NaN), '2027-01-01', 7, null])('extends no grace period until %p', async (until) => {
    const scene = openScene()
    expect(await refusalOf(createAdmin(scene.core).extendGrace(ADA.id, until as never, ACT))).toEqual({
      code: 'ERR_TFA_INPUT_INVALID',
      field: 'until',
      detail: expect.any(String),
    })
    expect(heard(scene, 'admin.grace-extended')).toEqual([])
  })

  it('extends a grace period until a date, and says so', async () => {
    const scene = openScene()
    const until = new Date(Date.UTC(2027, 0))
    await createAdmin(scene.core).extendGrace(ADA.id, until, ACT)
    expect((await scene.authenticators.load(ADA.id)).graceUntil).toBe(until.getTime())
    expect(heard(scene, 'admin.grace-extended')).toEqual([{ userId: ADA.id, until, ...ACT }])
  })
})

describe('a user’s security settings', () => {
  it('of whom has nothing yet', async () => {
    const scene = openScene({ policy: { requirement: 'required', graceMs: 28 * DAY } })
    const { session } = await arrive(scene)
    expect(await describeSettings(scene.core, session, undefined)).toEqual({
      enabled: false,
      requirement: {
        mode: 'required',
        deadline: new Date(scene.clock.now() + 28 * DAY),
        daysLeft: 28,
        postponable: true,
      },
      authenticators: [],
      recoveryCodes: { remaining: 0, total: 0 },
      devices: [],
    })
  })

  it('of whom has an app and a phone, on this remembered device', async () => {
    const scene = openScene()
    const app = await enrolApp(scene)
    const phone = await enrolPhone(scene, app.session)
    scene.clock.advance(30_000)
    const { session } = await arrive(scene)
    const verified = await verify(scene, session, codeOf(scene, app.setupKey), { rememberAs: 'Firefox' })
    const shown = await describeSettings(scene.core, { user: ADA, handle: verified.handle }, verified.device?.token)
    expect(shown).toMatchObject({
      enabled: true,
      requirement: { mode: 'optional', postponable: false },
      authenticators: [
        { id: app.id, methods: ['totp'] },
        { id: phone.id, label: 'My phone', methods: ['sms', 'voice'], destination: '+33 •• •• •• •• 78' },
      ],
      devices: [{ name: 'Firefox', current: true }],
    })
  })

  it('names no date of use for what was never used', async () => {
    const scene = openScene()
    const { session, id } = await enrolApp(scene)
    const { load } = scene.authenticators
    scene.authenticators.load = async (userId) => {
      const enrolled = await load(userId)
      const unused = enrolled.authenticators.map(({ lastUsedAt: _never, ...one }) => one)
      return { ...enrolled, authenticators: unused }
    }
    const { authenticators } = await describeSettings(scene.core, session, undefined)
    expect(authenticators).toMatchObject([{ id, lastUsedAt: null }])
  })
})
