import { revokeAll } from '../../lib/core/grant'
import {
  deviceIdOf,
  forgetDevice,
  forgetDevices,
  listDevices,
  newDevice,
  recogniseDevice,
} from '../../lib/core/remembered-device'
import {
  ADA,
  arrive,
  BOB,
  codeOf,
  DAY,
  enrolApp,
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
  verify,
} from './scene'

/** A user with an app whose browser is remembered, and the token it keeps. */
async function remembered(scene = openScene()) {
  const held = await heldByApp(scene)
  const { device } = await verify(scene, held.session, codeOf(scene, held.setupKey), { rememberAs: 'Firefox' })
  return { scene, ...held, token: device?.token as string, deviceId: device?.device.id as string }
}

describe('a sign-in', () => {
  it('of a user without a factor passes, and opens nothing', async () => {
    const scene = openScene()
    const { standing, grant, requirement, session } = await arrive(scene)
    expect(standing).toBe('passed')
    expect(requirement).toEqual({ mode: 'optional', postponable: false })
    expect(grant).toMatchObject({ assurance: 'password', methods: [], hasFactor: false })
    expect((await look(scene, session)).state.challenge).toBeNull()
    expect(heard(scene, 'grant.issued')).toEqual([{ userId: ADA.id, assurance: 'password' }])
  })

  it('of a user with a factor is held, with a challenge that is sent once', async () => {
    const scene = openScene()
    const { standing, session } = await heldByPhone(scene)
    expect(standing).toBe('held')
    expect((await look(scene, session)).state.challenge?.challenge).toMatchObject({ purpose: 'sign-in', method: 'sms' })
    expect(scene.phone.messages).toHaveLength(2)
  })

  it('at first sight is held too, and costs no message', async () => {
    const scene = openScene()
    await heldByPhone(scene)
    const { standing, session } = await arrive(scene, { open: 'when-asked' })
    expect(standing).toBe('held')
    expect((await look(scene, session)).state.challenge).toBeNull()
    expect(scene.phone.messages).toHaveLength(2)
  })

  it('texts in the language of whom it texts', async () => {
    const scene = openScene()
    await heldByPhone(scene)
    const english = scene.phone.last()?.text
    await arrive(scene, { locale: 'fr' })
    expect(scene.phone.last()?.text).not.toBe(english)
    expect(scene.phone.last()?.text).toContain('votre code')
  })

  it('whose challenge comes before its grant is opened all the same', async () => {
    const scene = openScene()
    await heldByPhone(scene)
    const { issueGrant } = scene.store
    scene.store.issueGrant = async (...issue) => {
      await new Promise((resolve) => setImmediate(resolve))
      return issueGrant(...issue)
    }
    const { session } = await arrive(scene)
    expect((await look(scene, session)).state.challenge).not.toBeNull()
    expect(scene.phone.messages).toHaveLength(3)
  })

  it('that races an enrolment rests on what is enrolled by then', async () => {
    const scene = openScene()
    interrupt(scene.store, 'issueGrant', 'before', () => enrolApp(scene))
    const { standing, grant } = await arrive(scene)
    expect([standing, grant.hasFactor]).toEqual(['held', true])
    expect(heard(scene, 'grant.issued').filter(({ assurance }) => assurance === 'password')).toHaveLength(2)
  })

  it('that is outrun again and again ends as unavailable, and leaves no grant', async () => {
    const scene = openScene()
    let tries = 0
    scene.store.issueGrant = async () => {
      tries += 1
      return 'stale'
    }
    expect(await refusalOf(arrive(scene))).toEqual({
      code: 'ERR_TFA_STORE_UNAVAILABLE',
      detail: expect.any(String),
    })
    expect(tries).toBe(3)
    expect(heard(scene, 'grant.issued')).toEqual([])
  })

  it('under a requirement notes the first prompt, from which the grace period counts', async () => {
    const scene = openScene({ policy: { requirement: 'required', graceMs: 28 * DAY } })
    const { standing, grant, requirement } = await arrive(scene)
    const now = scene.clock.now()
    expect(standing).toBe('prompted')
    expect(grant.firstPromptAt).toBe(now)
    expect(requirement).toEqual({
      mode: 'required',
      deadline: new Date(now + 28 * DAY),
      daysLeft: 28,
      postponable: true,
    })
  })
})

describe('a remembered browser', () => {
  it('passes without a code, is told, and its token is another from then on', async () => {
    const { scene, token, deviceId } = await remembered()
    scene.clock.advance(DAY)
    const devices: unknown[] = []
    const onDevice = (device: unknown) => void devices.push(device)
    const { standing, grant, device, session } = await arrive(scene, { deviceToken: token, onDevice })
    const now = scene.clock.now()
    expect(standing).toBe('passed')
    expect(grant).toMatchObject({ assurance: 'remembered-device', methods: [], expiresAt: now + 12 * HOUR })
    expect(grant).not.toHaveProperty('verifiedAt')
    expect(device).toMatchObject({
      deviceId,
      token: expect.stringMatching(`^${deviceId}\\.[\\w-]{22}$`),
      expiresAt: now + 29 * DAY,
    })
    expect(device?.token).not.toBe(token)
    expect(devices).toEqual([device])
    expect((await look(scene, session)).state.challenge).toBeNull()
    expect(heard(scene, 'device.recognised')).toEqual([{ userId: ADA.id, deviceId }])
    expect(heard(scene, 'grant.issued').at(-1)).toEqual({ userId: ADA.id, assurance: 'remembered-device' })
  })

  it('has a grant that ends with the device, where that is sooner', async () => {
    const { scene, token } = await remembered()
    scene.clock.advance(30 * DAY - HOUR)
    const { grant } = await arrive(scene, { deviceToken: token })
    expect(grant.expiresAt).toBe(scene.clock.now() + HOUR)
  })

  it('is not after thirty days, however often it was used', async () => {
    const { scene, token } = await remembered()
    scene.clock.advance(15 * DAY)
    const { device } = await arrive(scene, { deviceToken: token })
    scene.clock.advance(15 * DAY)
    const late = await arrive(scene, { deviceToken: device?.token as string })
    expect(late.standing).toBe('held')
    expect(late).not.toHaveProperty('device')
  })

  it('in two tabs at once passes in both; the older token does a minute longer, and then forgets the device', async () => {
    const { scene, token, deviceId } = await remembered()
    await arrive(scene, { deviceToken: token })
    scene.clock.advance(59_999)
    const second = await arrive(scene, { deviceToken: token })
    expect(second.standing).toBe('passed')
    expect(second.device).toMatchObject({ deviceId, expiresAt: expect.any(Number) })
    expect(second.device).not.toHaveProperty('token')
    scene.clock.advance(2)
    expect((await arrive(scene, { deviceToken: token })).standing).toBe('held')
    expect(heard(scene, 'device.reused')).toEqual([{ userId: ADA.id, deviceId }])
    expect(await listDevices(scene.core, ADA.id)).toEqual([])
  })

  it('of a user who has no factor any more proves nothing', async () => {
    const { scene, token } = await remembered()
    const { version } = await scene.authenticators.load(ADA.id)
    await scene.authenticators.change(ADA.id, version, { remove: 'all', recoveryCodes: [] })
    const { grant } = await arrive(scene, { deviceToken: token })
    expect(grant.assurance).toBe('password')
  })

  it('is looked at again by its new token, where a revocation came between', async () => {
    const { scene, token, deviceId } = await remembered()
    interrupt(scene.store, 'issueGrant', 'before', () =>
      scene.store.revoke(ADA.id, { epoch: 'E'.repeat(22), devices: 'keep' }),
    )
    const { standing, device } = await arrive(scene, { deviceToken: token })
    expect(standing).toBe('passed')
    expect(device?.deviceId).toBe(deviceId)
    scene.clock.advance(2 * MINUTE)
    expect((await arrive(scene, { deviceToken: device?.token as string })).standing).toBe('passed')
  })

  it('is not, where everything was revoked while it was being recognised', async () => {
    const { scene, token } = await remembered()
    const revoke = () => revokeAll(scene.core, ADA.id, 'password-changed')
    interrupt(scene.store, 'recogniseDevice', 'after', revoke)
    expect((await arrive(scene, { deviceToken: token })).standing).toBe('held')
  })

  it('is not, where it was recognised just before everything was revoked, and the rest read just after', async () => {
    const { scene, token } = await remembered()
    interrupt(scene.store, 'readSession', 'before', async () => {
      await new Promise((resolve) => setImmediate(resolve))
      await revokeAll(scene.core, ADA.id, 'password-changed')
    })
    const { standing, grant } = await arrive(scene, { deviceToken: token })
    expect([standing, grant.assurance]).toEqual(['held', 'password'])
  })

  it('is not, once the password was changed between its token and its grant', async () => {
    const { scene, token } = await remembered()
    interrupt(scene.store, 'issueGrant', 'before', () => revokeAll(scene.core, ADA.id, 'password-changed'))
    expect((await arrive(scene, { deviceToken: token })).standing).toBe('held')
  })
})

describe('a token that is none', () => {
  it.each([
    ['another user’s', async ({ token }: { token: string }) => token, BOB.id],
    ['with more at its end', async ({ token }: { token: string }) => `${token}A`, ADA.id],
    ['with more at its start', async ({ token }: { token: string }) => `A${token}`, ADA.id],
    ['its id alone', async ({ deviceId }: { deviceId: string }) => `${deviceId}.`, ADA.id],
    ['nothing', async () => '', ADA.id],
  ])('%s: it is not recognised, and the device stays', async (_name, forge, userId) => {
    const { scene, ...device } = await remembered()
    expect(await recogniseDevice(scene.core, userId, await forge(device))).toBeNull()
    expect(await listDevices(scene.core, ADA.id)).toHaveLength(1)
    expect([...heard(scene, 'device.recognised'), ...heard(scene, 'device.reused')]).toEqual([])
  })

  it('but names a device with a secret it never had is told, and the device is forgotten', async () => {
    const { scene, deviceId } = await remembered()
    expect(await recogniseDevice(scene.core, ADA.id, `${deviceId}.${'A'.repeat(22)}`)).toBeNull()
    expect(heard(scene, 'device.reused')).toEqual([{ userId: ADA.id, deviceId }])
    expect(await listDevices(scene.core, ADA.id)).toEqual([])
  })

  it.each(['', '.', 'x', 'A'.repeat(45), `${'A'.repeat(22)}.`, `.${'A'.repeat(22)}`])(
    'as %j is asked of no store at all',
    async (token) => {
      const { scene } = await remembered()
      scene.store.recogniseDevice = () => Promise.reject(new Error('asked'))
      expect(await recogniseDevice(scene.core, ADA.id, token)).toBeNull()
    },
  )

  it('is asked of no store where none is remembered', async () => {
    const { scene, token } = await remembered()
    const none = openScene({ store: scene.store, authenticators: scene.authenticators, deviceTtlMs: 0 })
    expect(await recogniseDevice(none.core, ADA.id, token)).toBeNull()
    expect(heard(none, 'device.recognised')).toEqual([])
    expect(await recogniseDevice(scene.core, ADA.id, undefined)).toBeNull()
  })
})

describe('a user’s devices', () => {
  const two = async (): Promise<{ scene: Scene; ids: string[]; token: string }> => {
    const scene = openScene()
    const { setupKey } = await enrolApp(scene)
    const devices = []
    for (const rememberAs of ['Firefox', 'Safari']) {
      scene.clock.advance(30_000)
      const { session } = await arrive(scene)
      devices.push((await verify(scene, session, codeOf(scene, setupKey), { rememberAs })).device)
    }
    const ids = devices.map((device) => device?.device.id as string)
    return { scene, ids, token: devices[0]?.token as string }
  }

  it('are listed the last used first, each with its dates, and "this one" marked', async () => {
    const { scene, ids, token } = await two()
    const now = scene.clock.now()
    const dated = (at: number) => ({
      createdAt: new Date(at),
      lastUsedAt: new Date(at),
      expiresAt: new Date(at + 30 * DAY),
    })
    expect(await listDevices(scene.core, ADA.id, token)).toEqual([
      { id: ids[1], name: 'Safari', ...dated(now), current: false },
      { id: ids[0], name: 'Firefox', ...dated(now - 30_000), current: true },
    ])
    scene.clock.advance(1000)
    await arrive(scene, { deviceToken: token })
    const [first] = await listDevices(scene.core, ADA.id)
    expect(first).toMatchObject({ id: ids[0], lastUsedAt: new Date(now + 1000), current: false })
  })

  it('are forgotten one by one, or all; a stranger’s is not there', async () => {
    const { scene, ids } = await two()
    expect(await forgetDevice(scene.core, ADA.id, 'A'.repeat(22))).toBe(false)
    expect(await forgetDevice(scene.core, BOB.id, ids[0] as string)).toBe(false)
    expect(heard(scene, 'device.forgotten')).toEqual([])
    expect(await forgetDevice(scene.core, ADA.id, ids[0] as string)).toBe(true)
    expect(await listDevices(scene.core, ADA.id)).toMatchObject([{ id: ids[1] }])
    await forgetDevices(scene.core, ADA.id)
    expect(await listDevices(scene.core, ADA.id)).toEqual([])
    expect(heard(scene, 'device.forgotten')).toEqual([
      { userId: ADA.id, deviceId: ids[0] },
      { userId: ADA.id, deviceId: 'all' },
    ])
  })

  it('are named by a token only as far as it names one', () => {
    const { core } = openScene()
    const { token, device } = newDevice(core, ADA.id, 'Firefox')
    expect(deviceIdOf(token)).toBe(device.id)
    expect(deviceIdOf(undefined)).toBeUndefined()
    expect(deviceIdOf(`${device.id}.`)).toBeUndefined()
    expect(JSON.stringify(device)).not.toContain(token.split('.')[1])
  })
})
