import { createAdmin } from '../../lib/core/admin'
import { disable } from '../../lib/core/factor-changes'
import { TwoFactorError } from '../../lib/errors'
import type { Grant } from '../../lib/ports'
import { ADA, arrive, enrolApp, openScene, refusalOf, type Scene } from './scene'

const DOWN = new TwoFactorError('ERR_TFA_STORE_UNAVAILABLE')
const FIRST_TRY_MS = 500

/** Within a suite: the mutants' run has all tests in one file, where hooks of no suite are everybody's. */
function moveTimersByHand(): void {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'performance', 'Date'] }))
  afterEach(() => void jest.useRealTimers())
}

/** Ada with an app, in a session that may change it. */
async function settled(): Promise<{ scene: Scene; session: { user: typeof ADA; handle: string } }> {
  const scene = openScene()
  const { session } = await enrolApp(scene)
  return { scene, session }
}

/** A grant that a sign-in got by facts from before the change. */
async function race({ store, core }: Scene): Promise<string> {
  const { epoch } = await store.readSession(ADA.id, { handle: '' })
  const now = core.settings.clock.now()
  const grant: Grant = { assurance: 'password', methods: [], issuedAt: now, expiresAt: now + 60_000, hasFactor: false }
  expect(await store.issueGrant(ADA.id, { handle: 'raced', grant, epoch })).toBe('issued')
  return 'raced'
}

function isThere({ store }: Scene, handle: string): Promise<boolean> {
  return store.readGrant(ADA.id, handle).then((grant) => grant !== null)
}

/** Lets the first call through, and refuses as many after it. */
function refuse(scene: Scene, call: 'revoke' | 'load', passed: number, refused: number): void {
  const port = (call === 'revoke' ? scene.store : scene.authenticators) as unknown as Record<string, unknown>
  const through = port[call] as (...args: unknown[]) => Promise<unknown>
  let calls = 0
  port[call] = (...args: unknown[]) => {
    calls += 1
    return calls > passed && calls <= passed + refused ? Promise.reject(DOWN) : through.apply(port, args)
  }
}

/** Turns the factor off, while somebody signs in between the change and the second revocation. */
async function disableRaced(scene: Scene, session: { user: typeof ADA; handle: string }): Promise<string> {
  const { change } = scene.authenticators
  let raced = ''
  scene.authenticators.change = async (...args) => {
    raced = await race(scene)
    return change.apply(scene.authenticators, args)
  }
  expect(await refusalOf(disable(scene.core, session))).toMatchObject({ code: 'ERR_TFA_STORE_UNAVAILABLE' })
  return raced
}

describe('a second revocation that fails', () => {
  moveTimersByHand()

  it('is made at once, as soon as the store is back', async () => {
    const { scene, session } = await settled()
    refuse(scene, 'revoke', 1, 1)
    const raced = await disableRaced(scene, session)
    expect(await isThere(scene, raced)).toBe(true)
    await jest.advanceTimersByTimeAsync(5)
    expect(await isThere(scene, raced)).toBe(false)
  })

  it('is tried again after half a second, and then after twice as long each time', async () => {
    const { scene, session } = await settled()
    refuse(scene, 'revoke', 1, 3)
    const raced = await disableRaced(scene, session)
    await jest.advanceTimersByTimeAsync(FIRST_TRY_MS + 990)
    expect(await isThere(scene, raced)).toBe(true)
    await jest.advanceTimersByTimeAsync(10)
    expect(await isThere(scene, raced)).toBe(false)
  })

  it('is given up after some minutes', async () => {
    const { scene, session } = await settled()
    refuse(scene, 'revoke', 1, 1_000)
    await disableRaced(scene, session)
    await jest.advanceTimersByTimeAsync(60 * 60_000)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('because what is enrolled could not be read for the new grant, is made all the same', async () => {
    const { scene, session } = await settled()
    const { load } = scene.authenticators
    refuse(scene, 'load', 1, 1)
    const raced = await disableRaced(scene, session)
    scene.authenticators.load = load
    await jest.advanceTimersByTimeAsync(5)
    expect(await isThere(scene, raced)).toBe(false)
  })

  it('of a change that lost to another one leaves what that one gave', async () => {
    const { scene, session } = await settled()
    refuse(scene, 'revoke', 1, 1)
    scene.authenticators.change = async () => false
    expect(await refusalOf(disable(scene.core, session))).toMatchObject({ code: 'ERR_TFA_STORE_UNAVAILABLE' })
    expect(jest.getTimerCount()).toBe(0)
  })
})

describe('a change that is given up', () => {
  moveTimersByHand()

  /** The statement waits for a lock, and runs when `release` is called. */
  function delay(scene: Scene): { release(): Promise<boolean> } {
    const { change } = scene.authenticators
    let args: Parameters<typeof change> | undefined
    scene.authenticators.change = (...given) => {
      args = given
      return Promise.reject(DOWN)
    }
    return { release: () => change.apply(scene.authenticators, args as Parameters<typeof change>) }
  }

  it('and happens all the same, ends what was given by facts from before it', async () => {
    const { scene, session } = await settled()
    const statement = delay(scene)
    expect(await refusalOf(disable(scene.core, session))).toMatchObject({ code: 'ERR_TFA_STORE_UNAVAILABLE' })
    const raced = await race(scene)
    await jest.advanceTimersByTimeAsync(3 * FIRST_TRY_MS)
    expect(await isThere(scene, raced)).toBe(true)
    expect(await statement.release()).toBe(true)
    await jest.advanceTimersByTimeAsync(4 * FIRST_TRY_MS + 5)
    expect(await isThere(scene, raced)).toBe(false)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('and never happens, ends nothing, and is no longer looked for after some minutes', async () => {
    const { scene, session } = await settled()
    delay(scene)
    await refusalOf(disable(scene.core, session))
    const raced = await race(scene)
    await jest.advanceTimersByTimeAsync(60 * 60_000)
    expect(jest.getTimerCount()).toBe(0)
    expect(await scene.store.readSession(ADA.id, { handle: raced })).toMatchObject({ epoch: expect.any(String) })
  })

  it('while the database is down, is looked for until it is back', async () => {
    const { scene, session } = await settled()
    const statement = delay(scene)
    await refusalOf(disable(scene.core, session))
    const raced = await race(scene)
    await statement.release()
    refuse(scene, 'load', 0, 2)
    await jest.advanceTimersByTimeAsync(FIRST_TRY_MS + 1000)
    expect(await isThere(scene, raced)).toBe(true)
    await jest.advanceTimersByTimeAsync(2005)
    expect(await isThere(scene, raced)).toBe(false)
  })

  it('of support’s, ends what was given before it as well, devices included', async () => {
    const { scene } = await settled()
    const statement = delay(scene)
    const act = { actor: 'support-7', reason: 'lost phone' }
    expect(await refusalOf(createAdmin(scene.core).reset(ADA.id, act))).toMatchObject({
      code: 'ERR_TFA_STORE_UNAVAILABLE',
    })
    const { session } = await arrive(scene)
    await statement.release()
    await jest.advanceTimersByTimeAsync(FIRST_TRY_MS + 5)
    expect(await isThere(scene, session.handle)).toBe(false)
  })
})
