import { randomBytes } from 'node:crypto'
import { createKeyRing, keyIdOf } from '../../lib/core/secrets'

const [first, second] = [randomBytes(32), randomBytes(32)]
const PLACE = ['authenticator', 'ada', 'one']

describe('the key ring', () => {
  it('opens what it sealed, in its place alone', () => {
    const ring = createKeyRing([first], randomBytes)
    const sealed = ring.seal('JBSWY3DPEHPK3PXP', PLACE)
    expect(ring.open(sealed, PLACE)).toBe('JBSWY3DPEHPK3PXP')
    expect(() => ring.open(sealed, ['authenticator', 'bob', 'one'])).toThrow(
      'ERR_TFA_CONFIG: sealed data does not open',
    )
    expect(() => ring.open(sealed, ['authenticator', 'ada","one'])).toThrow('ERR_TFA_CONFIG')
  })

  it('seals the same text differently each time', () => {
    const ring = createKeyRing([first], randomBytes)
    expect(ring.seal('text', PLACE)).not.toBe(ring.seal('text', PLACE))
  })

  it.each([0, 7, 20, -1])('refuses a text whose character %i was altered', (index) => {
    const ring = createKeyRing([first], randomBytes)
    const characters = [...ring.seal('text', PLACE)]
    const at = index < 0 ? characters.length - 2 : index
    characters[at] = characters[at] === 'A' ? 'B' : 'A'
    expect(() => ring.open(characters.join(''), PLACE)).toThrow('ERR_TFA_CONFIG')
  })

  it('opens and recognises what an older key made, and names the key that is missing', () => {
    const old = createKeyRing([first], randomBytes)
    const [sealed, hash] = [old.seal('text', PLACE), old.hash(['code', '1'])]
    const rotated = createKeyRing([second, first], randomBytes)
    expect(rotated.open(sealed, PLACE)).toBe('text')
    expect(rotated.isOutdated(sealed)).toBe(true)
    expect(rotated.isOutdated(rotated.seal('text', PLACE))).toBe(false)
    expect(rotated.isHashOf(hash, ['code', '1'])).toBe(true)
    expect(rotated.hashes(['code', '1'])).toContain(hash)
    const without = createKeyRing([second], randomBytes)
    expect(() => without.open(sealed, PLACE)).toThrow(keyIdOf(sealed))
    expect(without.isHashOf(hash, ['code', '1'])).toBe(false)
  })

  it('keeps the parts of a hash apart', () => {
    const ring = createKeyRing([first], randomBytes)
    expect(ring.hash(['a', 'b'])).not.toBe(ring.hash(['ab']))
    expect(ring.hash(['a', 'b'])).not.toBe(ring.hash(['a","b']))
    expect(ring.isHashOf(ring.hash(['a', 'b']), ['a', 'c'])).toBe(false)
    expect(ring.isHashOf('', ['a', 'b'])).toBe(false)
    // Longer by what an attacker hung on, shorter by what was cut off: no error, and no match.
    expect(ring.isHashOf(`${ring.hash(['a', 'b'])}A`, ['a', 'b'])).toBe(false)
    expect(ring.isHashOf(ring.hash(['a', 'b']).slice(0, -1), ['a', 'b'])).toBe(false)
  })
})
