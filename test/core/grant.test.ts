import {
  amendGrant,
  endSession,
  newGrant,
  noteFirstPrompt,
  readGrant,
  replaceGrant,
  revokeAll,
} from '../../lib/core/grant'
import type { Grant } from '../../lib/ports'
import {
  ADA,
  arrive,
  DAY,
  HOUR,
  heard,
  heldByApp,
  interrupt,
  MINUTE,
  openScene,
  refusalOf,
  stoppedClock,
} from './scene'

const REQUIRED = { requirement: 'required', graceMs: 28 * DAY } as const

describe('a new grant', () => {
  it('lasts as long as the option says, and names when the second factor was given only where it was', () => {
    const { core, clock } = openScene({ grantTtlMs: HOUR })
    const now = clock.now()
    const base = { issuedAt: now, expiresAt: now + HOUR, hasFactor: true }
    const facts = { hasFactor: true }
    expect(newGrant(core, facts, { assurance: 'password' })).toEqual({ assurance: 'password', methods: [], ...base })
    expect(newGrant(core, facts, { assurance: 'second-factor', methods: ['sms'] })).toEqual({
      assurance: 'second-factor',
      methods: ['sms'],
      verifiedAt: now,
      ...base,
    })
    expect(newGrant(core, facts, { assurance: 'remembered-device' })).not.toHaveProperty('verifiedAt')
  })

  it('holds the dates of the grace period, those that there are', () => {
    const { core } = openScene()
    const grant = newGrant(core, { hasFactor: false, firstPromptAt: 1, graceUntil: 2 }, { assurance: 'password' })
    expect(grant).toMatchObject({ hasFactor: false, firstPromptAt: 1, graceUntil: 2 })
    const bare = newGrant(core, { hasFactor: false }, { assurance: 'password' })
    expect(bare).not.toHaveProperty('firstPromptAt')
    expect(bare).not.toHaveProperty('graceUntil')
  })
})

describe('a grant that is read', () => {
  it('counts until its last millisecond by our own clock, whatever the store’s says', async () => {
    const clock = stoppedClock()
    const scene = openScene({ clock, grantTtlMs: MINUTE })
    const { session, grant } = await arrive({ ...scene, clock })
    clock.advance(MINUTE - 1)
    expect(await readGrant(scene.core, ADA.id, session.handle)).toEqual(grant)
    clock.advance(1)
    expect(await readGrant(scene.core, ADA.id, session.handle)).toBeNull()
  })

  it('is none under a handle that nobody has', async () => {
    const { core } = openScene()
    expect(await readGrant(core, ADA.id, 'H'.repeat(22))).toBeNull()
  })
})

describe('a grant that is changed in place', () => {
  const postpone = (grant: Grant): Grant => ({ ...grant, postponed: true })

  it('is changed on top of what another request of the session changed first', async () => {
    const scene = openScene()
    const { session, grant } = await arrive(scene)
    const other = () => replaceGrant(scene.core, session, grant, { ...grant, passwordAt: 7 })
    interrupt(scene.store, 'replaceGrant', 'before', other)
    const amended = await amendGrant(scene.core, session, grant, postpone)
    expect(amended).toEqual({ ...grant, passwordAt: 7, postponed: true })
    expect(await readGrant(scene.core, ADA.id, session.handle)).toEqual(amended)
  })

  it('is given up, to sign in, when others change it each time', async () => {
    const scene = openScene()
    const { session, grant } = await arrive(scene)
    let tries = 0
    const amend = (current: Grant) => {
      tries += 1
      scene.store.replaceGrant(ADA.id, session.handle, current, { ...current, passwordAt: tries })
      return postpone(current)
    }
    const refused = await refusalOf(amendGrant(scene.core, session, grant, amend))
    expect(refused).toEqual({ code: 'ERR_TFA_SIGN_IN_REQUIRED' })
    expect(tries).toBe(3)
  })

  it('stays revoked where it was revoked meanwhile', async () => {
    const scene = openScene()
    const { session, grant } = await arrive(scene)
    await revokeAll(scene.core, ADA.id, 'password-changed')
    expect(await refusalOf(amendGrant(scene.core, session, grant, postpone))).toEqual({
      code: 'ERR_TFA_SIGN_IN_REQUIRED',
    })
    expect(await replaceGrant(scene.core, session, grant, postpone(grant))).toBeNull()
    expect(await readGrant(scene.core, ADA.id, session.handle)).toBeNull()
  })
})

describe('what ends a grant', () => {
  it('a sign-out ends the session and its challenge, and no other', async () => {
    const scene = openScene()
    const { session } = await heldByApp(scene)
    const other = await arrive(scene)
    await endSession(scene.core, ADA.id, session.handle)
    expect(heard(scene, 'grant.ended')).toEqual([{ userId: ADA.id, reason: 'sign-out' }])
    expect(await readGrant(scene.core, ADA.id, session.handle)).toBeNull()
    expect(await readGrant(scene.core, ADA.id, other.handle)).toEqual(other.grant)
  })

  it('a new password ends every session and device', async () => {
    const scene = openScene()
    const { session } = await heldByApp(scene)
    const other = await arrive(scene)
    await revokeAll(scene.core, ADA.id, 'password-changed')
    expect(heard(scene, 'grants.revoked').at(-1)).toEqual({ userId: ADA.id, reason: 'password-changed' })
    for (const { handle } of [session, other]) expect(await readGrant(scene.core, ADA.id, handle)).toBeNull()
    const before = await epochOf(scene)
    await revokeAll(scene.core, ADA.id, 'disabled')
    expect(await epochOf(scene)).not.toBe(before)
    expect(before).toMatch(/^[\w-]{22}$/)
  })
})

async function epochOf({ store }: ReturnType<typeof openScene>): Promise<string> {
  return (await store.readSession(ADA.id, { handle: '' })).epoch
}

describe('the first prompt', () => {
  it('is noted once, at the first sign-in under the requirement, and told', async () => {
    const scene = openScene({ policy: REQUIRED })
    const now = scene.clock.now()
    expect(await noteFirstPrompt(scene.core, ADA, { hasFactor: false })).toEqual({
      hasFactor: false,
      firstPromptAt: now,
    })
    scene.clock.advance(DAY)
    const again = await noteFirstPrompt(scene.core, ADA, { hasFactor: false })
    expect(again).toEqual({ hasFactor: false, firstPromptAt: now })
    expect(heard(scene, 'grace.began')[0]).toEqual({ userId: ADA.id, at: new Date(now) })
  })

  it('that is known is not asked for again', async () => {
    const scene = openScene({ policy: REQUIRED })
    const facts = { hasFactor: false, firstPromptAt: 7 }
    expect(await noteFirstPrompt(scene.core, ADA, facts)).toBe(facts)
    expect(heard(scene, 'grace.began')).toEqual([])
    expect((await scene.authenticators.load(ADA.id)).firstPromptAt).toBeUndefined()
  })

  it('is none before the requirement is in force, and none where it is optional', async () => {
    const scene = openScene({ policy: { ...REQUIRED, enforceFrom: new Date(Date.UTC(2027, 0)) } })
    expect(await noteFirstPrompt(scene.core, ADA, { hasFactor: false })).toEqual({ hasFactor: false })
    const optional = openScene()
    expect(await noteFirstPrompt(optional.core, ADA, { hasFactor: false })).toEqual({ hasFactor: false })
    expect([...heard(scene, 'grace.began'), ...heard(optional, 'grace.began')]).toEqual([])
  })

  it('is noted of whom has a factor too: a reset years later begins no grace period', async () => {
    const scene = openScene({ policy: REQUIRED })
    const facts = await noteFirstPrompt(scene.core, ADA, { hasFactor: true })
    expect(facts.firstPromptAt).toBe(scene.clock.now())
  })
})
