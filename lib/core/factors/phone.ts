import type * as PhoneLibrary from 'libphonenumber-js/max'
import { type ErrorFields, TwoFactorError } from '../../errors'
import type { RandomBytes, SendingMethod } from '../../ports'

/** A phone number as a person gave it. */
export interface TypedPhone {
  /** ISO 3166-1 alpha-2, upper case: whose national numbers are meant. */
  country: string
  /** A national number of that country, or any country's with `+` or `00`. */
  phone: string
  method: SendingMethod
}

/** A number that codes may be sent to. */
export interface ParsedPhone {
  /** With its `+`. */
  e164: string
  /** The number's own country, ISO 3166-1 alpha-2. */
  country: string
  /** Digits without `+`. */
  callingCode: string
  /** What the number can receive: a landline takes calls only. */
  methods: readonly SendingMethod[]
}

/** ASCII only: the library itself would read other scripts' digits, extensions and letters. */
const TYPED = /^ *\+?[0-9 ()./-]+$/
const LONGEST_TYPED = 32

/**
 * Number types that belong to one person's line. Premium, shared-cost, toll-free, personal, pager and UAN numbers
 * cost or forward; VoIP does not prove possession of a device.
 * @see NIST SP 800-63B-4 §3.1.3.1
 */
const METHODS_OF_TYPE: Readonly<Record<string, readonly SendingMethod[]>> = {
  MOBILE: ['sms', 'voice'],
  FIXED_LINE_OR_MOBILE: ['sms', 'voice'],
  FIXED_LINE: ['voice'],
}

/** Its metadata takes longer to load than the rest of the package: it waits for the first number. */
function loadLibrary(): typeof PhoneLibrary {
  return require('libphonenumber-js/max') as typeof PhoneLibrary
}

/**
 * Reads a phone number that codes may be sent to.
 * @param allowedCountries - ISO 3166-1 alpha-2; a shared calling code such as +1 opens only the countries listed
 * @throws {@link TwoFactorError} `ERR_TFA_PHONE_INVALID`, or `ERR_TFA_PHONE_NOT_ALLOWED` for a real number of a
 * country or kind that codes are not sent to
 */
export function parsePhone(typed: TypedPhone, allowedCountries: readonly string[]): ParsedPhone {
  if (allowedCountries.length === 0)
    throw notAllowed('country', "the option 'countries' is empty: set it to the countries codes may be sent to")
  if (typeof typed.country !== 'string' || !isCountry(typed.country)) throw invalid('country')
  const number = readNumber(typed)
  const { country, countryCallingCode } = number
  if (!country || !allowedCountries.includes(country))
    throw notAllowed(
      country === typed.country ? 'country' : 'phone',
      "the number's country is not in the option 'countries'",
    )
  const methods = METHODS_OF_TYPE[number.getType() ?? ''] ?? []
  if (!methods.includes(typed.method)) throw notAllowed('phone', `no ${typed.method} goes to this kind of number`)
  return { e164: number.number, country, callingCode: countryCallingCode, methods }
}

function readNumber({ country, phone }: TypedPhone): PhoneLibrary.PhoneNumber {
  if (typeof phone !== 'string' || phone.length > LONGEST_TYPED || !TYPED.test(phone)) throw invalid('phone')
  const number = loadLibrary().parsePhoneNumberFromString(phone.replace(/^ +/, '').replace(/^00/, '+'), {
    defaultCountry: country as PhoneLibrary.CountryCode,
    extract: false,
  })
  if (!number?.isValid() || number.ext) throw invalid('phone')
  return number
}

function invalid(field: NonNullable<ErrorFields['field']>): TwoFactorError {
  return new TwoFactorError('ERR_TFA_PHONE_INVALID', { field })
}

function notAllowed(field: NonNullable<ErrorFields['field']>, detail: string): TwoFactorError {
  return new TwoFactorError('ERR_TFA_PHONE_NOT_ALLOWED', { field, detail })
}

/**
 * Shows a number to its owner without giving it away: country code and last two digits, never its length.
 * @param e164 - with its `+`
 * @param callingCode - digits without `+`, as {@link parsePhone} gave it; without it the library is asked
 * @returns for instance `+33 •• •• •• •• 78`
 */
export function maskPhone(e164: string, callingCode?: string): string {
  const prefix = callingCode ?? loadLibrary().parsePhoneNumberFromString(e164)?.countryCallingCode
  return `${prefix ? `+${prefix} ` : ''}•• •• •• •• ${e164.slice(-2)}`
}

/** Says whether this is a country phone numbers can be read for: ISO 3166-1 alpha-2, upper case. */
export function isCountry(code: string): boolean {
  return loadLibrary().isSupportedCountry(code)
}

/** The country of a number with its `+`, ISO 3166-1 alpha-2; `ZZ`, nobody's, where there is none. */
export function countryOf(e164: string): string {
  return loadLibrary().parsePhoneNumberFromString(e164)?.country ?? 'ZZ'
}

/**
 * Gives a country's calling code, digits without `+`.
 * @throws {@link TwoFactorError} `ERR_TFA_PHONE_INVALID` when there is no such country
 */
export function callingCodeOf(country: string): string {
  if (!isCountry(country)) throw invalid('country')
  return loadLibrary().getCountryCallingCode(country as PhoneLibrary.CountryCode)
}

/** The greatest multiple of ten in a byte: bytes from here on would favour the digits 0 to 5. */
const UNBIASED_BYTES = 250

/**
 * Makes a numeric code, each digit equally likely, leading zeros included.
 * @param count - how many digits
 */
export function newDigits(count: number, randomBytes: RandomBytes): string {
  let digits = ''
  while (digits.length < count) {
    for (const byte of randomBytes(count)) if (byte < UNBIASED_BYTES) digits += byte % 10
  }
  return digits.slice(0, count)
}
