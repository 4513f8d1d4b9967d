import { newId, readId } from '../../lib/core/ids'

it('an id, handle or token → 128 random bits, in 22 characters that are safe in a path and a key', () => {
  const asked: number[] = []
  const id = newId((bytes) => {
    asked.push(bytes)
    return Buffer.alloc(bytes, 0xfb)
  })
  expect(asked).toEqual([16])
  expect(id).toMatch(/^[\w-]{22}$/)
  expect(Buffer.from(id, 'base64url')).toEqual(Buffer.alloc(16, 0xfb))
})

it.each(['', 'a'.repeat(21), 'a'.repeat(23), `${'a'.repeat(21)}:`, `${'a'.repeat(22)}\n`, 22, null, ['a'.repeat(22)]])(
  '%j, which is no id → refused by the name of its field, before any store is asked',
  (value) => {
    expect(() => readId(value, 'authenticatorId')).toThrow(
      expect.objectContaining({
        code: 'ERR_TFA_INPUT_INVALID',
        fields: expect.objectContaining({ field: 'authenticatorId' }),
      }),
    )
  },
)
