import { checkCode } from '../../lib/core/check-code'
import type { Session } from '../../lib/core/core'
import { keyIdOf } from '../../lib/core/secrets'
import { KEY } from '../support/app'
import { ADA, arrive, codeOf, enrolApp, heldByApp, heldByPhone, look, openScene, type Scene, verify } from './scene'

const OTHER_KEY = Buffer.from(KEY, 'base64').reverse().toString('base64')

/** What a code turns out to be for the challenge of a session, as it is stored by now. */
async function judge(scene: Scene, session: Session, code: string, challenge = {}) {
  const { state, enrolled } = await look(scene, session)
  const stored = state.challenge
  if (!stored) throw new Error('nothing is asked')
  const asked = { ...stored, challenge: { ...stored.challenge, ...challenge } }
  return checkCode(scene.core, ADA.id, asked, enrolled, { kind: 'digits', code })
}

describe('a code that is compared', () => {
  it('is right once, and a repeat after that', async () => {
    const scene = openScene()
    const { session, setupKey } = await heldByApp(scene)
    const code = codeOf(scene, setupKey)
    expect(await judge(scene, session, code)).toEqual({ outcome: 'right' })
    expect(await judge(scene, session, code)).toEqual({ outcome: 'repeat' })
  })

  it('that another request of another process has just claimed is a repeat', async () => {
    const scene = openScene()
    const { session, setupKey } = await heldByApp(scene)
    const code = codeOf(scene, setupKey)
    const both = await Promise.all([judge(scene, session, code), judge(scene, session, code)])
    expect(both).toEqual([{ outcome: 'right' }, { outcome: 'repeat' }])
  })

  it('is wrong where the authenticator that was asked is gone, and counts nowhere', async () => {
    const scene = openScene()
    const { session, setupKey } = await heldByApp(scene)
    const gone = { authenticatorId: 'A'.repeat(22) }
    expect(await judge(scene, session, codeOf(scene, setupKey), gone)).toEqual({ outcome: 'wrong' })
    expect((await scene.authenticators.load(ADA.id)).authenticators).toMatchObject([{ failures: 0 }])
  })

  it('of a text answers the challenge it was sent for, and no other', async () => {
    const scene = openScene()
    const { session } = await heldByPhone(scene)
    const code = scene.phone.codeFor() as string
    expect(await judge(scene, session, code, { id: 'B'.repeat(22) })).toEqual({ outcome: 'wrong' })
    expect(await judge(scene, session, code)).toEqual({ outcome: 'right' })
  })

  it('is wrong for a phone that was sent none', async () => {
    const scene = openScene()
    const { session } = await heldByPhone(scene)
    const code = scene.phone.codeFor() as string
    expect(await judge(scene, session, code, { codeHash: undefined })).toEqual({ outcome: 'wrong' })
  })

  it('says how far a phone is off that is out of the window, and not for one within it', async () => {
    const scene = openScene()
    const { session, setupKey } = await heldByApp(scene)
    expect(await judge(scene, session, codeOf(scene, setupKey, 2))).toEqual({ outcome: 'wrong', driftSteps: 2 })
    expect(await judge(scene, session, codeOf(scene, setupKey, 1))).toEqual({ outcome: 'right' })
    expect(await judge(scene, session, codeOf(scene, setupKey, -1))).toEqual({ outcome: 'wrong' })
  })
})

describe('a disabled authenticator', () => {
  it('accepts nothing from the cap on, and one failure before it still does', async () => {
    const scene = openScene({ failureCap: 10 })
    const { session, setupKey, id } = await heldByApp(scene)
    for (let failure = 0; failure < 9; failure += 1) await scene.authenticators.countFailure(ADA.id, id)
    expect(await judge(scene, session, codeOf(scene, setupKey))).toMatchObject({ outcome: 'right' })
    for (let failure = 0; failure < 10; failure += 1) await scene.authenticators.countFailure(ADA.id, id)
    expect(await judge(scene, session, codeOf(scene, setupKey, 1))).toEqual({ outcome: 'wrong' })
  })
})

describe('a key that was rotated', () => {
  it.each(['an app', 'a phone'])('seals %s anew when it is used', async (kind) => {
    const before = openScene()
    const session = { store: before.store, authenticators: before.authenticators, clock: before.clock }
    const scene = openScene({ ...session, keys: [OTHER_KEY, KEY], channels: before.phone.channels })
    const held = kind === 'an app' ? { ...(await enrolApp(before)) } : { ...(await heldByPhone(before)), setupKey: '' }
    before.clock.advance(30_000)
    const { session: later } = await arrive(scene)
    const code = kind === 'an app' ? codeOf(before, held.setupKey) : before.phone.codeFor()
    const sealed = async () => (await scene.authenticators.load(ADA.id)).authenticators[0]?.sealed as string
    const old = await sealed()
    await verify(scene, later, code)
    expect(keyIdOf(await sealed())).not.toBe(keyIdOf(old))
    expect(scene.keys.isOutdated(await sealed())).toBe(false)
  })

  it('is left alone where it is the newest', async () => {
    const scene = openScene()
    const { session, setupKey } = await heldByApp(scene)
    const sealed = async () => (await scene.authenticators.load(ADA.id)).authenticators[0]?.sealed
    const old = await sealed()
    await verify(scene, session, codeOf(scene, setupKey))
    expect(await sealed()).toBe(old)
  })
})
