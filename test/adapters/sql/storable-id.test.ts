import fc from 'fast-check'
import { storableId } from '../../../lib/adapters/sql/storable-id'

describe('user ids in the tables', () => {
  it.each(['42', 'b7f3c7e2-8b1e-4b43-9d2e-0d9b6a4f3c11', "o'brien@example.com", 'x:y', ' ', 'x'.repeat(200)])(
    'an id of printable ASCII (%j) → stays as it is, for people to find',
    (id) => expect(storableId(id)).toBe(id),
  )

  it.each([
    '',
    'x'.repeat(201),
    'zoë',
    'a\0b',
    'a\r\nb',
    '🔐',
    'a\ud83d',
    'a\ud83c',
    'u'.repeat(10_240),
    'sha256:x',
    storableId('zoë'),
  ])('any other id (case %#) → a hash of its own, short and printable', (id) => {
    expect(storableId(id)).toMatch(/^sha256:[A-Za-z0-9_-]{43}$/)
    expect(storableId(id)).not.toBe(id)
  })

  it('any two ids that differ → keys that differ', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.constantFrom('', 'a\ud83d', 'a\ud83c', 'a\ufffd'),
    )
    fc.assert(fc.property(text, text, (one, other) => (storableId(one) === storableId(other)) === (one === other)))
  })
})
