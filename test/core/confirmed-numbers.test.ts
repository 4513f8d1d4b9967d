import { setImmediate } from 'node:timers/promises'
import { ADA, arrive, BOB, begin, enrolPhone, HOUR, openScene, type Scene } from './scene'

const SERIES = { country: 'FR', method: 'sms' } as const

/** What was counted of new numbers so far; nobody waits for the counting but we. */
async function counted({ clock, store }: Scene): Promise<object> {
  await setImmediate()
  const slice = clock.now() - (clock.now() % 300_000)
  const [counts] = await store.readSends(SERIES, [slice], ['newSent', 'newVerified'])
  return counts as object
}

describe('of new numbers', () => {
  it('a code that is sent and comes back is counted as both', async () => {
    const scene = openScene()
    const { session } = await arrive(scene)
    await begin(scene, session)
    expect(await counted(scene)).toEqual({ newSent: 1 })
    await enrolPhone(scene, session)
    expect(await counted(scene)).toEqual({ newSent: 2, newVerified: 1 })
  })

  it('a sign-in is none, nor a number that somebody has confirmed', async () => {
    const scene = openScene()
    await enrolPhone(scene)
    await arrive(scene)
    const bob = await arrive(scene, { user: BOB })
    await enrolPhone(scene, bob.session)
    expect(await counted(scene)).toEqual({ newSent: 1, newVerified: 1 })
  })

  it('a sign-in is none, however long ago its number was confirmed', async () => {
    const scene = openScene()
    await enrolPhone(scene)
    const before = await counted(scene)
    scene.store.isConfirmed = async () => false
    await arrive(scene)
    expect(await counted(scene)).toEqual(before)
  })

  it('three of each user are counted, of each method by itself, within the brake’s window', async () => {
    const scene = openScene({ sendBudgets: [{ points: 100, windowMs: HOUR }] })
    const { session } = await arrive(scene, { user: ADA })
    for (let at = 10; at < 15; at += 1) await begin(scene, session, { phone: `06 12 34 56 ${at}` })
    expect(await counted(scene)).toEqual({ newSent: 3 })
    await begin(scene, (await arrive(scene, { user: BOB })).session, { phone: '06 12 34 56 20' })
    expect(await counted(scene)).toEqual({ newSent: 4 })
  })

  it('what its channel refused is none', async () => {
    const scene = openScene()
    scene.phone.failNext({ status: 'failed', reason: 'unreachable' })
    await begin(scene, (await arrive(scene)).session).catch(() => {})
    expect(await counted(scene)).toEqual({})
  })
})
