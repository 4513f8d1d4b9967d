import { hashCodes } from '../../lib/core/confirm'
import { readId } from '../../lib/core/ids'
import { allMethods } from '../../lib/core/methods'
import { reachOf } from '../../lib/core/reach'
import { isReadable, openPhone, openSecret, phoneSecret, sealSecret } from '../../lib/core/sealed'
import { createKeyRing, keyIdOf } from '../../lib/core/secrets'
import type { Authenticator, Enrolled } from '../../lib/ports'
import { KEY } from '../support/app'
import { ADA, BOB, enrolApp, enrolPhone, heard, openScene, refusalOf, type Scene } from './scene'

const OTHER_KEY = Buffer.from(KEY, 'base64').reverse().toString('base64')
const MOBILE = { e164: '+33612345678', callingCode: '33', country: 'FR', methods: ['sms', 'voice'] } as const

function phoneOf({ core }: Pick<Scene, 'core'>, fields: Partial<Authenticator> = {}, number = phoneSecret(MOBILE)) {
  const id = fields.id ?? 'phone-1'
  const base = { factor: 'phone', label: '', createdAt: 0, lastStep: -1, failures: 0, preferredMethod: 'sms' } as const
  return { ...base, id, sealed: sealSecret(core, ADA.id, id, number), ...fields } as Authenticator
}

describe('what an authenticator rests on', () => {
  it('opens for its user and authenticator, and for no other', async () => {
    const scene = openScene()
    const phone = phoneOf(scene)
    expect(openPhone(scene.core, ADA.id, phone)).toEqual(MOBILE)
    expect(isReadable(scene.core, ADA.id, phone)).toBe(true)
    for (const [userId, moved] of [
      [BOB.id, { ...phone }],
      [ADA.id, { ...phone, id: 'phone-2' }],
    ] as const) {
      expect(await refusalOf(() => openSecret(scene.core, userId, moved))).toEqual({
        code: 'ERR_TFA_METHOD_UNAVAILABLE',
      })
      expect(isReadable(scene.core, userId, moved)).toBe(false)
    }
    expect(heard(scene, 'authenticator.altered')).toEqual([
      { userId: BOB.id, authenticatorId: 'phone-1' },
      { userId: ADA.id, authenticatorId: 'phone-2' },
    ])
    expect(heard(scene, 'key.missing')).toEqual([])
  })

  it('whose key is gone is told with the id of that key, once however often it is looked at', async () => {
    const phone = phoneOf(openScene())
    const scene = openScene({ keys: [OTHER_KEY] })
    for (const _look of [1, 2, 3]) expect(isReadable(scene.core, ADA.id, phone)).toBe(false)
    expect(heard(scene, 'key.missing')).toEqual([{ userId: ADA.id, keyId: keyIdOf(phone.sealed) }])
    expect(heard(scene, 'authenticator.altered')).toEqual([])
  })
})

describe('how an authenticator is reached', () => {
  it('an app by its codes alone', async () => {
    const scene = openScene()
    const { authenticator } = await enrolApp(scene)
    expect(reachOf(scene.core, ADA.id, authenticator)).toEqual({ methods: ['totp'] })
  })

  it('a phone by what it takes and the service sends, the preferred first, with its number masked', () => {
    const scene = openScene()
    const destination = '+33 •• •• •• •• 78'
    expect(reachOf(scene.core, ADA.id, phoneOf(scene))).toEqual({ methods: ['sms', 'voice'], destination })
    const preferring = phoneOf(scene, { preferredMethod: 'voice' })
    expect(reachOf(scene.core, ADA.id, preferring).methods).toEqual(['voice', 'sms'])
    const landline = phoneOf(scene, {}, phoneSecret({ ...MOBILE, methods: ['voice'] }))
    expect(reachOf(scene.core, ADA.id, landline).methods).toEqual(['voice'])
    const [sms] = scene.phone.channels
    const texting = openScene({ channels: [sms] })
    expect(reachOf(texting.core, ADA.id, phoneOf(texting)).methods).toEqual(['sms'])
  })

  it('a phone whose number does not open by what the service sends, without its number', () => {
    const phone = phoneOf(openScene(), { preferredMethod: 'voice' })
    const scene = openScene({ keys: [OTHER_KEY] })
    expect(reachOf(scene.core, ADA.id, phone)).toEqual({ methods: ['voice', 'sms'] })
  })
})

describe('the order in which methods are offered', () => {
  const enrolled = (authenticators: readonly Authenticator[], remaining = 0): Enrolled => ({
    version: 1,
    authenticators,
    recoveryCodes: { remaining, total: 10 },
  })

  it('is apps, then phones, the one used last first, and recovery codes at the end while there are any', async () => {
    const scene = openScene()
    const app = { ...(await enrolApp(scene)).authenticator, lastUsedAt: 0 }
    const one = phoneOf(scene, { id: 'one', createdAt: 1, lastUsedAt: 5 })
    const two = phoneOf(scene, { id: 'two', createdAt: 2, lastUsedAt: 9 })
    const unused = phoneOf(scene, { id: 'unused', createdAt: 7 })
    for (const order of [
      [one, two, unused, app],
      [app, unused, two, one],
    ]) {
      const offered = allMethods(scene.core, ADA.id, enrolled(order, 1))
      expect(offered.map(({ authenticatorId, method }) => `${authenticatorId} ${method}`)).toEqual([
        `${app.id} totp`,
        'two sms',
        'two voice',
        'unused sms',
        'unused voice',
        'one sms',
        'one voice',
        'recovery-codes recovery-code',
      ])
    }
    expect(allMethods(scene.core, ADA.id, enrolled([app]))).toEqual([{ method: 'totp', authenticatorId: app.id }])
  })

  it('names a phone by its masked number', async () => {
    const scene = openScene()
    const { session, id } = await enrolPhone(scene)
    const [first] = allMethods(scene.core, ADA.id, await scene.authenticators.load(session.user.id))
    expect(first).toEqual({ method: 'sms', authenticatorId: id, destination: '+33 •• •• •• •• 78' })
  })
})

describe('the key ring', () => {
  const ring = createKeyRing([Buffer.from(KEY, 'base64')], (size) => Buffer.alloc(size, 7))

  it('knows what it made, and nothing else', () => {
    const other = createKeyRing([Buffer.from(OTHER_KEY, 'base64')], (size) => Buffer.alloc(size, 7))
    expect(ring.isKnown(ring.hash(['a']))).toBe(true)
    expect(ring.isKnown(ring.seal('text', ['a']))).toBe(true)
    expect(ring.isKnown(other.hash(['a']))).toBe(false)
    expect(
      createKeyRing(
        [OTHER_KEY, KEY].map((key) => Buffer.from(key, 'base64')),
        () => Buffer.alloc(12),
      ).isKnown(ring.hash(['a'])),
    ).toBe(true)
  })

  it.each(['', 'short', 'line\n!rest', 'a b c d', '{"a":1}'])('names no key of %j, which may go into a log', (made) => {
    expect(keyIdOf(made)).toBe('none')
  })

  it('makes 128 bits of hash after a key id of six characters, and opens texts of any script', () => {
    expect(ring.hash(['a'])).toMatch(/^[\w-]{6}[\w-]{22}$/)
    for (const text of ['', 'é', '日本語', 'x'.repeat(1000)])
      expect(ring.open(ring.seal(text, ['p']), ['p'])).toBe(text)
  })

  it('writes down neither the text nor the key, and different things with different keys', () => {
    const sealed = ring.seal('JBSWY3DPEHPK3PXP', ['p'])
    expect(Buffer.from(sealed.slice(6), 'base64url').includes('JBSWY3DPEHPK3PXP')).toBe(false)
    // IV, text and tag: nothing of the tag is cut off.
    expect(Buffer.from(sealed.slice(6), 'base64url')).toHaveLength(12 + 16 + 16)
    expect(() => ring.open(`${sealed.slice(0, 6)}${Buffer.alloc(8).toString('base64url')}`, ['p'])).toThrow(
      'ERR_TFA_CONFIG',
    )
    expect(() => ring.open('', ['p'])).toThrow('"none"')
  })
})

describe('what an earlier release stored', () => {
  const scene = openScene()
  const sealed = 'QV7qJEBwcHBwcHBwcHBwcH55yho2SgbY3m2sAHHedXOmd4PtXddUOCRhaGSLvbU2M'
  const phone = 'QV7qJEBwcHBwcHBwcHBwcHhu3BwgyhGumWpKd0DoQ8Sgn-qe68O2eWHpXJY7zxBPuMPyfH2nClL0M'

  it('opens: the secret of an app, the number of a phone', () => {
    const app = { ...phoneOf(scene), id: 'app-1', sealed }
    expect(openSecret(scene.core, ADA.id, app)).toBe('JBSWY3DPEHPK3PXP')
    expect(openPhone(scene.core, ADA.id, { ...app, id: 'phone-1', sealed: phone })).toEqual(MOBILE)
  })

  it('is recognised: a recovery code', () => {
    expect(hashCodes(scene.core, ADA.id, ['AAAA-BBBB-CCCC-DDDD'])).toEqual(['QV7qJEfFhttWc6cb-ASScbQTccaA'])
  })
})

describe('an id of ours', () => {
  it.each(['A'.repeat(22), 'aZ09_-'.padEnd(22, '-')])('%s is one', (id) => {
    expect(readId(id, 'id')).toBe(id)
  })

  it.each([
    '',
    'A'.repeat(21),
    'A'.repeat(23),
    `${'A'.repeat(21)}:`,
    `${'A'.repeat(22)}\n`,
    22,
    null,
    ['A'.repeat(22)],
  ])('%j is none', async (value) => {
    expect(await refusalOf(() => readId(value, 'deviceId'))).toEqual({
      code: 'ERR_TFA_INPUT_INVALID',
      field: 'deviceId',
      detail: expect.any(String),
    })
  })
})
