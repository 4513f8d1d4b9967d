import { randomBytes } from 'node:crypto'
import { readCode } from '../../lib/core/code'
import { newRecoveryCodes, readRecoveryCode } from '../../lib/core/factors/recovery-code'

describe('a typed code', () => {
  it.each(['123456', '123 456', ' 123456 ', '123-456', '1 2 3 4 5 6'])('%j is six digits', (typed) => {
    expect(readCode(typed, 6)).toEqual({ kind: 'digits', code: '123456' })
  })

  it.each(['ABCD-EFGH-2345-WXYZ', 'abcdefgh2345wxyz', 'abcd efgh 2345 wxyz'])('%j is a recovery code', (typed) => {
    expect(readCode(typed, 6)).toEqual({ kind: 'recovery-code', code: 'ABCDEFGH2345WXYZ' })
  })

  it.each([
    '',
    '12345',
    '1234567',
    '12345x',
    '+12345',
    '１２３４５６',
    '١٢٣٤٥٦',
    '123\u00a0456',
    '\ufeff123456',
    '123456\n',
    '123456\0',
    'x'.repeat(1_000_000),
    'ABCDEFGH2345WXY1',
    'ABCDEFGH2345WXYZA',
    'AABCDEFGH2345WXYZ',
    '8ABCDEFGH2345WXYZ',
    'ABCDEFGH2345WXYZ8',
    'ABCDEFGH2345WXßZ',
    'ıBCDEFGH2345WXYZ',
    null,
    undefined,
    123456,
    ['123456'],
    { code: '123456' },
    true,
  ])('%p is refused', (typed) => {
    expect(() => readCode(typed, 6)).toThrow(expect.objectContaining({ code: 'ERR_TFA_INPUT_INVALID' }))
  })

  it('of eight digits is read where eight are sent, beside the six of an app', () => {
    expect(readCode('12345678', 8).code).toBe('12345678')
    expect(readCode('123456', 8).code).toBe('123456')
    expect(() => readCode('1234567', 8)).toThrow()
  })
})

describe('recovery codes', () => {
  it('are ten different ones of 80 bits, grouped by four', () => {
    const codes = newRecoveryCodes(randomBytes)
    expect(new Set(codes).size).toBe(10)
    for (const code of codes) {
      expect(code).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/)
      expect(readRecoveryCode(code)).toBe(code.replaceAll('-', ''))
    }
  })
})
