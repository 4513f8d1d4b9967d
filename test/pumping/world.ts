import type { SendBudget, SendingMethod } from 'express-two-factor'
import type { Phone } from '../support/crowd'

const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How much of everything takes part. */
export interface Scale {
  /** Requests of the attacker that would each send a message. */
  attackRequests: number
  numbers: number
  addresses: number
  accounts: number
  /** Numbers whose phones the attacker holds in his hand: their codes he can type. */
  ownNumbers: number
  /** People who sign in, by a number they have long had. */
  signIns: number
  /** People who enrol a number. */
  enrolments: number
  /** After so many minutes the attacker stops being careful. */
  slowMinutes: number
  conversionMinimumSends: number
  conversionMinimumPercent: number
}

/** Countries where whoever takes a message in is paid well for it. */
export const PREMIUM = ['LV', 'TN', 'AZ'] as const
export const ORDINARY = ['FR', 'BE', 'DE', 'ES'] as const
export const METHODS = ['sms', 'voice'] as const satisfies readonly SendingMethod[]
export type Country = (typeof PREMIUM)[number] | (typeof ORDINARY)[number]
export const COUNTRIES: readonly Country[] = [...ORDINARY, ...PREMIUM]

/** One country by one method: what is counted, and stopped, together. */
export interface Series {
  country: Country
  method: SendingMethod
}

export const SERIES: readonly Series[] = COUNTRIES.flatMap((country) => METHODS.map((method) => ({ country, method })))

export function nameOf({ country, method }: { country: string; method: string }): string {
  return `${country} ${method}`
}

/** What a message costs, in units of the app's own: tenths of a cent, about. */
const COSTS: Readonly<Record<Country, Readonly<Record<SendingMethod, number>>>> = {
  FR: { sms: 60, voice: 120 },
  BE: { sms: 80, voice: 140 },
  DE: { sms: 90, voice: 120 },
  ES: { sms: 70, voice: 110 },
  LV: { sms: 130, voice: 420 },
  TN: { sms: 240, voice: 560 },
  AZ: { sms: 300, voice: 640 },
}

export function costOf({ country, method }: Series): number {
  return COSTS[country][method]
}

/** As docs/sending.md shows them. */
export const BUDGETS: readonly SendBudget[] = [
  { points: 5, windowMs: HOUR / 6 },
  { points: 20, windowMs: DAY },
  { per: 'address', points: 30, windowMs: HOUR },
  { per: 'country', points: 2000, windowMs: HOUR },
  { per: 'all', points: 3000, windowMs: HOUR },
]

/** What each process of the service is told of sending. */
export function sendingOptions({ conversionMinimumSends, conversionMinimumPercent }: Scale) {
  const brake = { conversionMinimumSends, conversionMinimumPercent }
  return { countries: COUNTRIES, sendBudgets: BUDGETS, sendCosts: COSTS, ...brake }
}

/** A calling code, and the beginning of a range of mobile numbers. */
const RANGES: Readonly<Record<Country, readonly [callingCode: string, range: string, digits: number]>> = {
  FR: ['33', '612', 6],
  BE: ['32', '470', 6],
  DE: ['49', '1512', 7],
  ES: ['34', '612', 6],
  LV: ['371', '26', 6],
  TN: ['216', '22', 6],
  AZ: ['994', '502', 6],
}

/** A mobile number of a country: another for every place. */
export function phoneAt(country: Country, place: number, preferredMethod: SendingMethod): Phone {
  const [callingCode, range, digits] = RANGES[country]
  const e164 = `+${callingCode}${range}${String(place).padStart(digits, '0')}`
  return { e164, callingCode, country, methods: METHODS, preferredMethod }
}
