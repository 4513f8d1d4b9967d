import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { refuseWhileStopped } from '../../lib/core/conversion'
import { readPhoneSecret } from '../../lib/core/sealed'
import { createKeyRing } from '../../lib/core/secrets'
import { createSendingCalls } from '../../lib/core/sending'
import type { TwoFactorOptions } from '../../lib/options'
import type { SendCounts } from '../../lib/ports'
import { ADA, BOB, enrolPhone, HOUR, heard, MINUTE, openScene, refusalOf, type Scene } from './scene'

const SERIES = { country: 'FR', method: 'sms' } as const
const NUMBER = readPhoneSecret('+33612345678 33 sms,voice FR')
const SLICE = 5 * MINUTE

/** A clock at the start of a slice, so that a boundary can be met to the millisecond. */
function openAtSlice(overrides: Partial<TwoFactorOptions> = {}): Scene {
  const scene = openScene(overrides)
  scene.clock.advance(SLICE - (scene.clock.now() % SLICE))
  return scene
}

const count = (scene: Scene, counts: SendCounts) =>
  scene.store.countSends(SERIES, scene.clock.now() - (scene.clock.now() % SLICE), counts)
const judge = ({ core }: Scene, method: 'sms' | 'voice' = 'sms', number = NUMBER) =>
  refuseWhileStopped(core, { user: ADA, handle: 'h' }, number, method)
const stopped = (scene: Scene) => refusalOf(judge(scene))

describe('the conversion brake', () => {
  it.each([
    ['one short of the sample', { newSent: 49 }],
    ['just enough back', { newSent: 52, newVerified: 13 }],
    ['none of them new', { sent: 500 }],
  ])('lets %s pass', async (_name, counts) => {
    const scene = openAtSlice()
    await count(scene, counts)
    scene.clock.advance(10 * MINUTE)
    await expect(judge(scene)).resolves.toBeUndefined()
    expect(heard(scene, 'sends.stopped')).toEqual([])
  })

  it.each([
    ['the sample, none back', { newSent: 50 }, 50, 0],
    ['one too few back', { newSent: 52, newVerified: 12 }, 52, 12],
  ])('stops at %s, and says until when', async (_name, counts, sent, verified) => {
    const scene = openAtSlice()
    await count(scene, counts)
    scene.clock.advance(10 * MINUTE)
    const until = scene.clock.now() + HOUR
    expect(await stopped(scene)).toEqual({
      code: 'ERR_TFA_SENDS_STOPPED',
      retryAfterMs: HOUR,
      factors: ['totp'],
    })
    expect(heard(scene, 'sends.stopped')).toEqual([{ ...SERIES, sent, verified, until: new Date(until) }])
    expect(heard(scene, 'send.refused')).toEqual([{ userId: ADA.id, ...SERIES, brake: 'conversion' }])
    scene.clock.advance(HOUR - 1)
    expect(await stopped(scene)).toMatchObject({ retryAfterMs: 1 })
    expect(heard(scene, 'sends.stopped')).toHaveLength(1)
    scene.clock.advance(1)
    await expect(judge(scene)).resolves.toBeUndefined()
  })

  it('counts each refusal where its sends are counted', async () => {
    const scene = openAtSlice()
    await count(scene, { newSent: 50 })
    scene.clock.advance(10 * MINUTE)
    for (const _time of [1, 2, 3]) await stopped(scene)
    const [counts] = await scene.store.readSends(SERIES, [scene.clock.now()], ['refused', 'stopped', 'newSent'])
    expect(counts).toEqual({ refused: 3, stopped: 1 })
  })

  it('judges a slice two minutes after its end, not a moment before', async () => {
    const scene = openAtSlice()
    await count(scene, { newSent: 50 })
    scene.clock.advance(7 * MINUTE - 1)
    await expect(judge(scene)).resolves.toBeUndefined()
    scene.clock.advance(1)
    expect(await stopped(scene)).toMatchObject({ code: 'ERR_TFA_SENDS_STOPPED' })
  })

  it('judges what was sent after a stop alone: one attack is no reason to stop twice', async () => {
    const scene = openAtSlice()
    await count(scene, { newSent: 50 })
    scene.clock.advance(7 * MINUTE)
    await count(scene, { newSent: 50 })
    await stopped(scene)
    scene.clock.advance(HOUR - 2 * MINUTE)
    await expect(judge(scene)).resolves.toBeUndefined()
    expect(heard(scene, 'sends.stopped')).toHaveLength(1)
  })

  it('looks back as far as its window, and no further', async () => {
    const scene = openAtSlice({ conversionWindowMs: 30 * MINUTE })
    await count(scene, { newSent: 50 })
    scene.clock.advance(30 * MINUTE + SLICE)
    await expect(judge(scene)).resolves.toBeUndefined()
    scene.clock.advance(-SLICE)
    expect(await stopped(scene)).toMatchObject({ retryAfterMs: 30 * MINUTE })
  })

  it('lets go by hand, once it has stopped, and stops again for what is sent after that alone', async () => {
    const scene = openAtSlice()
    const { release } = createSendingCalls(scene.core)
    const act = { actor: 'support-7', reason: 'the route is back' }
    expect(await refusalOf(release(SERIES, act))).toEqual({ code: 'ERR_TFA_NOT_FOUND' })
    await count(scene, { newSent: 50 })
    scene.clock.advance(10 * MINUTE)
    await Promise.all([stopped(scene), stopped(scene)])
    expect(await refusalOf(release(SERIES, { actor: '', reason: 'x' }))).toMatchObject({ field: 'reason' })
    await release(SERIES, act)
    expect(heard(scene, 'sends.released')).toEqual([{ ...SERIES, ...act }])
    await expect(judge(scene)).resolves.toBeUndefined()
    expect(await refusalOf(release(SERIES, act))).toEqual({ code: 'ERR_TFA_NOT_FOUND' })
    scene.clock.advance(SLICE)
    await count(scene, { newSent: 50 })
    scene.clock.advance(10 * MINUTE)
    expect(await stopped(scene)).toMatchObject({ retryAfterMs: HOUR })
    expect(heard(scene, 'sends.stopped')).toHaveLength(2)
  })

  it('goes by its own options', async () => {
    const scene = openAtSlice({ conversionMinimumSends: 10, conversionMinimumPercent: 90 })
    await count(scene, { newSent: 10, newVerified: 8 })
    scene.clock.advance(10 * MINUTE)
    expect(await stopped(scene)).toMatchObject({ code: 'ERR_TFA_SENDS_STOPPED' })
  })

  it('asks nothing of the store where it is off', async () => {
    const scene = openAtSlice({ conversionMinimumPercent: 0 })
    await count(scene, { newSent: 500, stopped: 1 })
    scene.store.readSends = () => Promise.reject(new Error('asked'))
    scene.clock.advance(10 * MINUTE)
    await expect(judge(scene)).resolves.toBeUndefined()
  })

  it('leaves calls, other countries and confirmed numbers alone', async () => {
    const scene = openAtSlice()
    await count(scene, { newSent: 50 })
    scene.clock.advance(10 * MINUTE)
    await stopped(scene)
    await expect(judge(scene, 'voice')).resolves.toBeUndefined()
    await expect(judge(scene, 'sms', { ...NUMBER, country: 'BE' })).resolves.toBeUndefined()
  })

  it('lets a number pass that this user once confirmed, and no other user’s', async () => {
    const scene = openAtSlice()
    await enrolPhone(scene)
    await setImmediate()
    await count(scene, { newSent: 50 })
    scene.clock.advance(10 * MINUTE)
    await expect(judge(scene)).resolves.toBeUndefined()
    const bob = refuseWhileStopped(scene.core, { user: BOB, handle: 'h' }, NUMBER, 'sms')
    expect(await refusalOf(bob)).toMatchObject({ code: 'ERR_TFA_SENDS_STOPPED' })
    expect(await refusalOf(judge(scene, 'sms', { ...NUMBER, e164: '+33612345679' }))).toMatchObject({
      retryAfterMs: HOUR,
    })
  })

  it('is told of once, though many find out at once', async () => {
    const scene = openAtSlice()
    await count(scene, { newSent: 50 })
    scene.clock.advance(10 * MINUTE)
    await Promise.all(Array.from({ length: 5 }, () => stopped(scene)))
    expect(heard(scene, 'sends.stopped')).toHaveLength(1)
    expect(heard(scene, 'send.refused')).toHaveLength(5)
  })

  it('knows a number that was confirmed under the key before', async () => {
    const scene = openAtSlice()
    await enrolPhone(scene)
    await setImmediate()
    const keys = createKeyRing([randomBytes(32), ...scene.core.settings.keys], randomBytes)
    await count(scene, { newSent: 50 })
    scene.clock.advance(10 * MINUTE)
    await expect(judge({ ...scene, core: { ...scene.core, keys } })).resolves.toBeUndefined()
    expect(
      await stopped({ ...scene, core: { ...scene.core, keys: createKeyRing([randomBytes(32)], randomBytes) } }),
    ).toMatchObject({
      code: 'ERR_TFA_SENDS_STOPPED',
    })
  })

  it('of what cannot be read opens nothing', async () => {
    const scene = openAtSlice()
    scene.store.readSends = () => Promise.reject(new Error('down'))
    await expect(judge(scene)).rejects.toThrow('down')
  })
})
