import { changeFactors } from '../../lib/core/change'
import {
  describeAnew,
  disable,
  refuseRequired,
  removeAuthenticator,
  replaceRecoveryCodes,
} from '../../lib/core/factor-changes'
import { actionHash, missingFor } from '../../lib/core/freshness'
import { revokeAll } from '../../lib/core/grant'
import { TwoFactorError } from '../../lib/errors'
import type { Grant } from '../../lib/ports'
import {
  ADA,
  arrive,
  codeOf,
  DAY,
  enrolApp,
  enrolPhone,
  HOUR,
  heard,
  heldByApp,
  interrupt,
  MINUTE,
  openScene,
  refusalOf,
  type Scene,
  verify,
} from './scene'

const NOBODYS = 'A'.repeat(22)
const IN_FORCE = { requirement: 'required', graceMs: 28 * DAY } as const

/** A user with an app and a phone, in a passed session, on a remembered device; a minute after the code. */
async function settled(scene = openScene()) {
  const app = await enrolApp(scene)
  const phone = await enrolPhone(scene, app.session)
  scene.clock.advance(30_000)
  const { session } = await arrive(scene)
  const verified = await verify(scene, session, codeOf(scene, app.setupKey), { rememberAs: 'Firefox' })
  scene.clock.advance(MINUTE)
  return { scene, app, phone, grant: verified.grant, session: { user: ADA, handle: verified.handle } }
}

const load = ({ authenticators }: Scene) => authenticators.load(ADA.id)

describe('an authenticator that is removed', () => {
  it('leaves alone, with the devices and the other sessions; this one goes on as it was, no fresher', async () => {
    const { scene, app, phone, session, grant } = await settled()
    const other = await arrive(scene)
    const reissued = await removeAuthenticator(scene.core, session, grant, phone.id)
    const now = scene.clock.now()
    expect(reissued?.grant).toEqual({ ...grant, issuedAt: now, expiresAt: now + 12 * HOUR })
    expect(missingFor(scene.core, reissued?.grant as Grant)).toEqual(['password', 'second-factor'])
    const { authenticators, recoveryCodes } = await load(scene)
    expect(authenticators.map(({ id }) => id)).toEqual([app.id])
    expect(recoveryCodes.total).toBe(10)
    expect(await scene.store.listDevices(ADA.id)).toEqual([])
    for (const { handle } of [other, session]) expect(await scene.store.readGrant(ADA.id, handle)).toBeNull()
    expect(await scene.store.readGrant(ADA.id, reissued?.handle ?? '')).toEqual(reissued?.grant)
    expect(heard(scene, 'grants.revoked').at(-1)).toEqual({ userId: ADA.id, reason: 'authenticator-removed' })
    expect(heard(scene, 'authenticator.removed')).toEqual([{ userId: ADA.id, authenticatorId: phone.id }])
  })

  it('as the last one takes the recovery codes along, and the session goes on as by password', async () => {
    const scene = openScene()
    const { session, id, reissued } = await enrolApp(scene)
    const after = await removeAuthenticator(scene.core, session, reissued?.grant as Grant, id)
    expect(after?.grant).toMatchObject({ assurance: 'password', methods: [], hasFactor: false })
    expect(after?.grant).not.toHaveProperty('verifiedAt')
    expect(await load(scene)).toMatchObject({ authenticators: [], recoveryCodes: { remaining: 0, total: 0 } })
  })

  it('is not the last one where the policy requires one; one of two is', async () => {
    const { scene, app, phone, session, grant } = await settled(openScene({ policy: IN_FORCE }))
    const after = await removeAuthenticator(scene.core, session, grant, phone.id)
    const next = { user: ADA, handle: after?.handle ?? '' }
    const refused = removeAuthenticator(scene.core, next, after?.grant as Grant, app.id)
    expect(await refusalOf(refused)).toEqual({ code: 'ERR_TFA_LAST_AUTHENTICATOR' })
    expect((await load(scene)).authenticators).toHaveLength(1)
  })

  it('may be the last one until the requirement is in force', async () => {
    const enforceFrom = new Date(Date.UTC(2027, 0))
    const scene = openScene({ policy: { ...IN_FORCE, enforceFrom } })
    const { session, id, reissued } = await enrolApp(scene)
    await removeAuthenticator(scene.core, session, reissued?.grant as Grant, id)
    expect((await load(scene)).authenticators).toEqual([])
  })

  it('that is nobody’s is not found', async () => {
    const { scene, session, grant } = await settled()
    const refused = removeAuthenticator(scene.core, session, grant, NOBODYS)
    expect(await refusalOf(refused)).toEqual({ code: 'ERR_TFA_NOT_FOUND' })
    expect(heard(scene, 'authenticator.removed')).toEqual([])
  })
})

describe('new recovery codes', () => {
  it('take the place of the old ones, and the session goes on as it was', async () => {
    const { scene, app, session, grant } = await settled()
    const { codes, reissued } = await replaceRecoveryCodes(scene.core, session, grant)
    expect(codes).toHaveLength(10)
    expect(reissued?.grant).toMatchObject({
      assurance: 'second-factor',
      methods: ['totp'],
      verifiedAt: grant.verifiedAt,
    })
    expect((await load(scene)).recoveryCodes).toEqual({ remaining: 10, total: 10 })
    expect(await scene.store.listDevices(ADA.id)).toEqual([])
    expect(heard(scene, 'grants.revoked').at(-1)).toEqual({ userId: ADA.id, reason: 'recovery-codes-replaced' })
    expect(heard(scene, 'recovery-codes.replaced')).toEqual([{ userId: ADA.id }])
    const { session: held } = await arrive(scene)
    expect(await refusalOf(verify(scene, held, app.recoveryCodes?.[0]))).toMatchObject({
      code: 'ERR_TFA_CODE_INCORRECT',
    })
    await verify(scene, held, codes[0])
  })

  it('are not for a user without an authenticator', async () => {
    const scene = openScene()
    const { session, grant } = await arrive(scene)
    expect(await refusalOf(replaceRecoveryCodes(scene.core, session, grant))).toEqual({ code: 'ERR_TFA_NOT_FOUND' })
    expect((await load(scene)).recoveryCodes.total).toBe(0)
  })
})

describe('turning the second factor off', () => {
  it('removes everything, and the session goes on as by password', async () => {
    const { scene, session } = await settled()
    const reissued = await disable(scene.core, session)
    expect(reissued?.grant).toMatchObject({ assurance: 'password', methods: [], hasFactor: false })
    expect(await load(scene)).toMatchObject({ authenticators: [], recoveryCodes: { total: 0 } })
    expect(await scene.store.listDevices(ADA.id)).toEqual([])
    expect(heard(scene, 'grants.revoked').at(-1)).toEqual({ userId: ADA.id, reason: 'disabled' })
  })

  it('is refused while the policy requires it', async () => {
    const required = openScene({ policy: IN_FORCE })
    const { session } = await arrive(required)
    expect(await refusalOf(refuseRequired(required.core, session))).toEqual({ code: 'ERR_TFA_REQUIRED_BY_POLICY' })
    await refuseRequired(openScene().core, session)
  })
})

describe('a change of factors', () => {
  const wanted = (version: number) =>
    ({ version, change: { recoveryCodes: [] }, reason: 'disabled', devices: 'keep', goesOnWith: null }) as const

  it('decided on what another request has changed since is refused, and ends the sessions all the same', async () => {
    const { scene, session, grant } = await settled()
    const { version } = await load(scene)
    await scene.authenticators.change(ADA.id, version, {})
    expect(await refusalOf(changeFactors(scene.core, session, wanted(version)))).toEqual({
      code: 'ERR_TFA_CHALLENGE_EXPIRED',
      detail: expect.any(String),
    })
    expect((await load(scene)).recoveryCodes.total).toBe(10)
    expect(await scene.store.readGrant(ADA.id, session.handle)).toBeNull()
    expect(grant.hasFactor).toBe(true)
  })

  it('in a session that was signed out changes nothing, and ends nothing', async () => {
    const { scene, session } = await settled()
    const other = await arrive(scene)
    await scene.store.endSession(ADA.id, session.handle)
    const { version } = await load(scene)
    expect(await refusalOf(changeFactors(scene.core, session, wanted(version)))).toEqual({
      code: 'ERR_TFA_SIGN_IN_REQUIRED',
    })
    expect((await load(scene)).version).toBe(version)
    expect(await scene.store.readGrant(ADA.id, other.handle)).toEqual(other.grant)
    expect(heard(scene, 'grants.revoked').map(({ reason }) => reason)).not.toContain('disabled')
  })

  it('during which the password is changed leaves no session', async () => {
    const { scene, session, grant, phone } = await settled()
    interrupt(scene.authenticators, 'change', 'before', () => revokeAll(scene.core, ADA.id, 'password-changed'))
    expect(await removeAuthenticator(scene.core, session, grant, phone.id)).toBeNull()
    expect(await scene.store.readGrant(ADA.id, session.handle)).toBeNull()
  })

  it('ends what signed in while it was written', async () => {
    const { scene, session, grant, phone } = await settled()
    let racer = ''
    interrupt(scene.authenticators, 'change', 'before', async () => {
      racer = (await arrive(scene)).handle
    })
    const reissued = await removeAuthenticator(scene.core, session, grant, phone.id)
    expect(await scene.store.readGrant(ADA.id, racer)).toBeNull()
    expect(await scene.store.readGrant(ADA.id, reissued?.handle ?? '')).toEqual(reissued?.grant)
  })
})

describe('a change whose second revocation fails', () => {
  it('is an error, and what signed in meanwhile is ended as soon as the store is back', async () => {
    const { scene, session, grant, phone } = await settled()
    const { revoke } = scene.store
    const other = await arrive(scene)
    let calls = 0
    const isDone = new Promise<void>((resolve) => {
      scene.store.revoke = async (...asked) => {
        calls += 1
        if (calls === 2 || calls === 3) throw new TwoFactorError('ERR_TFA_STORE_UNAVAILABLE')
        const outcome = await revoke(...asked)
        if (calls === 4) resolve()
        return outcome
      }
    })
    let racer = other.handle
    interrupt(scene.authenticators, 'change', 'before', async () => {
      racer = (await arrive(scene)).handle
    })
    const refused = removeAuthenticator(scene.core, session, grant, phone.id)
    expect(await refusalOf(refused)).toEqual({ code: 'ERR_TFA_STORE_UNAVAILABLE' })
    expect(await scene.store.readGrant(ADA.id, racer)).not.toBeNull()
    await isDone
    expect(await scene.store.readGrant(ADA.id, racer)).toBeNull()
    expect((await load(scene)).authenticators).toHaveLength(1)
  })
})

describe('an authenticator that is described anew', () => {
  it('is renamed, or prefers another method, one without the other, and no session ends', async () => {
    const { scene, session, phone } = await settled()
    const words = async () => {
      const found = (await load(scene)).authenticators.find(({ id }) => id === phone.id)
      return [found?.label, found?.preferredMethod]
    }
    await describeAnew(scene.core, session, phone.id, { label: 'Blue' })
    expect(await words()).toEqual(['Blue', 'sms'])
    await describeAnew(scene.core, session, phone.id, { preferredMethod: 'voice' })
    expect(await words()).toEqual(['Blue', 'voice'])
    await describeAnew(scene.core, session, phone.id, { label: '' })
    expect(await words()).toEqual(['', 'voice'])
    expect(await scene.store.readGrant(ADA.id, session.handle)).not.toBeNull()
  })

  it('prefers no method that it has not', async () => {
    const { scene, session, app, phone } = await settled()
    for (const [id, preferredMethod] of [
      [app.id, 'sms'],
      [phone.id, 'totp'],
      [phone.id, 'pigeon'],
    ] as const)
      expect(await refusalOf(describeAnew(scene.core, session, id, { preferredMethod }))).toEqual({
        code: 'ERR_TFA_INPUT_INVALID',
        field: 'preferredMethod',
        detail: expect.any(String),
      })
  })

  it('that is nobody’s, or leaves meanwhile, is not found', async () => {
    const { scene, session, phone } = await settled()
    const notFound = { code: 'ERR_TFA_NOT_FOUND' }
    for (const words of [{ label: 'x' }, { preferredMethod: 'sms' }])
      expect(await refusalOf(describeAnew(scene.core, session, NOBODYS, words))).toEqual(notFound)
    const { version } = await load(scene)
    const remove = () => scene.authenticators.change(ADA.id, version, { remove: phone.id })
    interrupt(scene.authenticators, 'describe', 'before', remove)
    expect(await refusalOf(describeAnew(scene.core, session, phone.id, { label: 'x' }))).toEqual(notFound)
  })
})

describe('what a change of factors still asks for', () => {
  const scene = openScene({ reauthenticationTtlMs: MINUTE })
  const issuedAt = scene.clock.now() - 10 * MINUTE
  const ago = (ms: number) => scene.clock.now() - ms
  const missing = (fields: Partial<Grant>) =>
    missingFor(scene.core, {
      assurance: 'second-factor',
      methods: ['totp'],
      hasFactor: true,
      issuedAt,
      expiresAt: issuedAt + DAY,
      ...fields,
    })

  it.each([
    ['both, when neither was asked again', {}, ['password', 'second-factor']],
    ['nothing, just after both', { passwordAt: ago(0), verifiedAt: ago(0) }, []],
    ['nothing, in the last millisecond', { passwordAt: ago(MINUTE - 1), verifiedAt: ago(MINUTE - 1) }, []],
    ['the password, a minute after it', { passwordAt: ago(MINUTE), verifiedAt: ago(0) }, ['password']],
    ['the code, a minute after it', { passwordAt: ago(0), verifiedAt: ago(MINUTE) }, ['second-factor']],
    [
      'the code of whom a device was remembered for',
      { passwordAt: ago(0), verifiedAt: ago(0), assurance: 'remembered-device' },
      ['second-factor'],
    ],
    ['the password alone of whom has no factor', { hasFactor: false, assurance: 'password' }, ['password']],
    [
      'nothing, where both came with the grant itself',
      { issuedAt: ago(5), passwordAt: ago(5), verifiedAt: ago(5) },
      [],
    ],
    [
      'both, where they are from before the grant',
      { issuedAt: ago(4), passwordAt: ago(5), verifiedAt: ago(5) },
      ['password', 'second-factor'],
    ],
  ] as const)('%s', (_rule, fields, expected) => {
    expect(missing(fields)).toEqual(expected)
  })
})

describe('an action’s key', () => {
  it('is kept as a hash: the same for the same, short however long, and telling nothing', () => {
    const long = 'payout 250 FR76 '.repeat(100)
    expect(actionHash(long)).toMatch(/^[\w-]{22}$/)
    expect(actionHash(long)).toBe(actionHash(long))
    expect(actionHash('payout 250')).not.toBe(actionHash('payout 2500'))
  })
})

describe('a held session of a user with an app', () => {
  it('has no fresh proof at all', async () => {
    const scene = openScene()
    const { grant } = await heldByApp(scene)
    expect(missingFor(scene.core, grant)).toEqual(['password', 'second-factor'])
  })
})
