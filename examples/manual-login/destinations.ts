import type { SendingMethod } from 'express-two-factor'

/** Where codes may be sent: a short list keeps expensive destinations out. */
export const COUNTRIES = ['FR', 'BE', 'CH', 'DE', 'GB', 'LU', 'MC'] as const

/** What {@link SEND_COSTS} counts in. */
export const COST_UNIT = 'cent of a euro'
const COST_UNITS_PER_EURO = 100

/**
 * What one part of a text and one call cost, in cents of a euro rounded up. Prices to reckon with, not Vonage's: put those of
 * your own contract in their place, and a finer unit where a cent is too coarse.
 */
export const SEND_COSTS: Readonly<Record<(typeof COUNTRIES)[number], Readonly<Record<SendingMethod, number>>>> = {
  FR: { sms: 7, voice: 4 },
  BE: { sms: 9, voice: 6 },
  CH: { sms: 7, voice: 9 },
  DE: { sms: 9, voice: 5 },
  GB: { sms: 5, voice: 4 },
  LU: { sms: 6, voice: 5 },
  MC: { sms: 8, voice: 12 },
}

const EUROS = new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'EUR' })

/** €1.26 */
export function writeCost(costUnits: number): string {
  return EUROS.format(costUnits / COST_UNITS_PER_EURO)
}
