import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import {
  callingCodeOf,
  isCountry,
  maskPhone,
  newDigits,
  parsePhone,
  type TypedPhone,
} from '../../../lib/core/factors/phone'
import { TwoFactorError } from '../../../lib/errors'

const EUROPE = ['FR', 'GB']

function parse(phone: string, fields: Partial<TypedPhone> = {}, allowed: readonly string[] = EUROPE) {
  return parsePhone({ country: 'FR', phone, method: 'sms', ...fields }, allowed)
}

function errorOf(attempt: () => unknown): TwoFactorError {
  try {
    attempt()
  } catch (error) {
    if (error instanceof TwoFactorError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('reading a phone number as people type it', () => {
  it.each([
    '0612345678',
    '06 12 34 56 78',
    '06.12.34.56.78',
    '06-12-34-56-78',
    '06/12/34/56/78',
    ' 06 12 34 56 78 ',
    '+33612345678',
    '+33 (0)6 12 34 56 78',
    '0033 6 12 34 56 78',
    ' 0033612345678',
    '   0033612345678',
    ' +33612345678',
  ])('%p is the same French mobile', (phone) => {
    expect(parse(phone)).toEqual({ e164: '+33612345678', country: 'FR', callingCode: '33', methods: ['sms', 'voice'] })
  })

  it('reads a national number by the country chosen, an international one by its own', () => {
    expect(parse('07400 123456', { country: 'GB' }).e164).toBe('+447400123456')
    expect(parse('+44 7400 123456')).toMatchObject({ e164: '+447400123456', country: 'GB', callingCode: '44' })
    expect(parse('0044 7400 123456')).toMatchObject({ e164: '+447400123456', country: 'GB' })
  })

  it.each([
    '',
    ' ',
    '+',
    '12',
    '112',
    '06 12 34 56',
    '06 12 34 56 78 90',
    '0612345678\r\n',
    '0612345678\r\nBcc: x',
    '0612345678;ext=5',
    '0612345678 ext 5',
    '0612345678x5',
    '0612345678,5',
    '0612345678#5',
    'tel:+33612345678',
    'call 0612345678',
    '1-800-FLOWERS',
    '٠٦١٢٣٤٥٦٧٨',
    '\uff10\uff16\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18',
    '06\u00a012\u00a034\u00a056\u00a078',
    '\ufeff0612345678',
    '0612345678\u0000',
    '06+12345678',
    '++33612345678',
    '+33 612345678 +33',
    '+999612345678',
    '06 39 98 12 34',
    '+0612345678',
    `06 12 34 56 78${' '.repeat(30)}`,
    '0'.repeat(1_000_000),
  ])('refuses %p as no phone number', (phone) => {
    const error = errorOf(() => parse(phone))
    expect(error).toMatchObject({ code: 'ERR_TFA_PHONE_INVALID', status: 422, fields: { field: 'phone' } })
  })

  it.each([undefined, null, 612345678, ['0612345678'], { toString: () => '0612345678' }])(
    'refuses %p: not even text',
    (phone) => {
      expect(errorOf(() => parse(phone as unknown as string)).code).toBe('ERR_TFA_PHONE_INVALID')
    },
  )

  it.each(['', 'fr', 'FRA', 'ZZ', '001', '__proto__', 'constructor', undefined, ['FR']])(
    'refuses the country %p',
    (country) => {
      const error = errorOf(() => parse('0612345678', { country: country as string }))
      expect(error).toMatchObject({ code: 'ERR_TFA_PHONE_INVALID', fields: { field: 'country' } })
    },
  )

  it('repeats nothing of what was typed in the error', () => {
    const error = errorOf(() => parse('06 12 34 56 79 99'))
    expect(`${error.stack}${JSON.stringify(error)}`).not.toMatch(/06 12|561|79 99/)
  })

  it('accepts nothing but E.164 of an allowed country, whatever is typed', () => {
    const typed = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.string({ unit: fc.constantFrom(...'0123456789+ ()-./'), maxLength: 20 }),
    )
    fc.assert(
      fc.property(typed, (phone) => {
        try {
          const { e164, country } = parse(phone)
          expect(e164).toMatch(/^\+[1-9][0-9]{6,14}$/)
          expect(EUROPE).toContain(country)
        } catch (error) {
          expect(error).toBeInstanceOf(TwoFactorError)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('countries that codes may be sent to', () => {
  it('refuses a number of a country that is not listed, naming the field at fault', () => {
    expect(errorOf(() => parse('+49 1512 3456789'))).toMatchObject({
      code: 'ERR_TFA_PHONE_NOT_ALLOWED',
      fields: { field: 'phone' },
    })
    expect(errorOf(() => parse('01512 3456789', { country: 'DE' }))).toMatchObject({
      code: 'ERR_TFA_PHONE_NOT_ALLOWED',
      fields: { field: 'country' },
    })
  })

  it('does not open the Caribbean with +1, nor Kazakhstan with +7', () => {
    expect(parse('(212) 555-2368', { country: 'US' }, ['US']).e164).toBe('+12125552368')
    for (const [country, phone] of [
      ['US', '+1 876 555 1234'],
      ['US', '876 555 1234'],
      ['RU', '+7 701 234 5678'],
    ] as const)
      expect(errorOf(() => parse(phone, { country }, ['US', 'RU'])).code).toBe('ERR_TFA_PHONE_NOT_ALLOWED')
  })

  it('sends nowhere while the list is empty, and says which option to set', () => {
    const error = errorOf(() => parse('0612345678', {}, []))
    expect(error.code).toBe('ERR_TFA_PHONE_NOT_ALLOWED')
    expect(error.fields.detail).toContain("'countries'")
  })

  it('refuses numbers that belong to no country', () => {
    expect(errorOf(() => parse('+883 5100 1234 5678')).code).toBe('ERR_TFA_PHONE_NOT_ALLOWED')
  })
})

describe('kinds of numbers', () => {
  it.each([
    ['premium', 'FR', '0899 12 34 56'],
    ['toll-free', 'FR', '0800 12 34 56'],
    ['shared cost', 'GB', '0843 123 4567'],
    ['VoIP', 'FR', '09 70 00 00 00'],
    ['personal', 'GB', '070 0912 3456'],
    ['pager', 'GB', '076 0012 3456'],
    ['UAN', 'GB', '0300 123 4567'],
    ['North American premium', 'US', '+1 900 234 5678'],
    ['North American toll-free', 'US', '+1 800 234 5678'],
  ])('refuses a %s number for texts and calls', (_kind, country, phone) => {
    for (const method of ['sms', 'voice'] as const)
      expect(errorOf(() => parse(phone, { country, method }, ['FR', 'GB', 'US'])).code).toBe(
        'ERR_TFA_PHONE_NOT_ALLOWED',
      )
  })

  it('calls a landline, and texts none', () => {
    expect(parse('01 42 68 53 00', { method: 'voice' })).toMatchObject({ e164: '+33142685300', methods: ['voice'] })
    expect(errorOf(() => parse('01 42 68 53 00')).code).toBe('ERR_TFA_PHONE_NOT_ALLOWED')
  })

  it('texts and calls where mobiles and landlines are told apart by nothing', () => {
    for (const method of ['sms', 'voice'] as const)
      expect(parse('(212) 555-2368', { country: 'US', method }, ['US']).methods).toEqual(['sms', 'voice'])
  })

  it('calls a mobile too', () => {
    expect(parse('06 12 34 56 78', { method: 'voice' }).methods).toEqual(['sms', 'voice'])
  })
})

describe('what is shown of a number', () => {
  it('is its country code and last two digits', () => {
    expect(maskPhone('+33612345678', '33')).toBe('+33 •• •• •• •• 78')
    expect(maskPhone('+33612345678')).toBe('+33 •• •• •• •• 78')
    expect(maskPhone('+12125552368', '1')).toBe('+1 •• •• •• •• 68')
  })

  it('does not tell the number’s length', () => {
    expect(maskPhone('+290225678', '290')).toBe('+290 •• •• •• •• 78')
  })

  it('falls back to the last two digits alone for what is no number', () => {
    expect(maskPhone('+999')).toBe('•• •• •• •• 99')
  })
})

describe('countries', () => {
  it('are two capital letters that numbers can be read for', () => {
    expect(['FR', 'US', 'GB', 'RE'].every(isCountry)).toBe(true)
    expect(['fr', 'ZZ', '001', '', 'toString'].some(isCountry)).toBe(false)
  })

  it('have a calling code', () => {
    expect(callingCodeOf('FR')).toBe('33')
    expect(callingCodeOf('JM')).toBe('1')
    expect(errorOf(() => callingCodeOf('ZZ'))).toMatchObject({
      code: 'ERR_TFA_PHONE_INVALID',
      fields: { field: 'country' },
    })
  })
})

describe('a new code', () => {
  it('has the digits asked for, leading zeros included', () => {
    expect(newDigits(6, () => Buffer.alloc(6))).toBe('000000')
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        (count) => /^[0-9]+$/.test(newDigits(count, randomBytes)) && newDigits(count, randomBytes).length === count,
      ),
    )
  })

  it('throws away the bytes that would make some digits likelier', () => {
    const draws = [
      [250, 255, 249, 251, 10, 7],
      [252, 128, 253, 254, 0, 31],
    ]
    expect(newDigits(6, () => Buffer.from(draws.shift() ?? []))).toBe('907801')
  })

  it('draws each digit equally often', () => {
    const counts = new Array<number>(10).fill(0)
    for (const digit of newDigits(100_000, randomBytes)) counts[Number(digit)] = (counts[Number(digit)] ?? 0) + 1
    // Six standard deviations of a binomial: about 95 each.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(570)
  })
})

describe('importing the factor', () => {
  it('does not load the number metadata until a number is read', () => {
    const script = `
      require('esbuild-register/dist/node').register()
      const { parsePhone, newDigits } = require('./lib/core/factors/phone')
      const isLoaded = () => Object.keys(require.cache).some((path) => path.includes('libphonenumber-js'))
      const before = isLoaded()
      parsePhone({ country: 'FR', phone: '0612345678', method: 'sms' }, ['FR'])
      console.log(before, isLoaded())`
    expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).trim()).toBe('false true')
  })
})
