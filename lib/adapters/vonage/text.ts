import type { Locale } from '../../ports'
import { cutToFit, septets, toGsm7Line } from './gsm7'
import { hashLine, isWithin, LEAST_ACTION, minutesOf, originLine, type Wording } from './lines'
import type { RetrieverSettings } from './templates'

export { isGsm7, septets } from './gsm7'

interface Words {
  opening: (code: string, issuer: string) => string
  action: (text: string) => string
  validity: (minutes: number) => string
  warning: string
}

/** Within GSM-7: one `ê` or `ç` would double the price of every text. */
const WORDS: Readonly<Record<Locale, Words>> = {
  en: {
    opening: (code, issuer) => `${code} is your ${issuer} code`,
    action: (text) => ` to confirm: ${text}`,
    validity: (minutes) => ` Valid ${minutes} min.`,
    warning: ' Never share it.',
  },
  fr: {
    opening: (code, issuer) => `${code} est votre code ${issuer}`,
    action: (text) => ` pour confirmer : ${text}`,
    validity: (minutes) => ` Valable ${minutes} min.`,
    warning: ' Ne le donnez à personne.',
  },
}

interface Layout {
  issuerSeptets: number
  parts: readonly ('validity' | 'warning' | 'origin')[]
}

/** From the complete text down to what is always short enough, for very long issuers and hosts. */
const LAYOUTS: readonly Layout[] = [
  { issuerSeptets: 30, parts: ['validity', 'warning', 'origin'] },
  { issuerSeptets: 14, parts: ['validity', 'warning', 'origin'] },
  { issuerSeptets: 14, parts: ['warning', 'origin'] },
  { issuerSeptets: 14, parts: ['origin'] },
  { issuerSeptets: 14, parts: ['validity', 'warning'] },
  { issuerSeptets: 14, parts: [] },
]

/**
 * Writes the text message of a code in the package's words: always one GSM-7 part, the origin-bound line last where there
 * is a host.
 * @param message - issuer and action may hold any text; what GSM-7 lacks is replaced or dropped, the action cut
 * @returns at most 160 septets
 * @see WICG "Origin-bound one-time codes delivered via SMS"
 */
export function smsText(message: Wording, settings: RetrieverSettings = {}): string {
  const action = toGsm7Line(message.action ?? '')
  for (const layout of LAYOUTS) {
    const write = (text: string) => compose(message, text, layout) + linesOf(message, layout, settings)
    const least = layout.parts.length > 0 ? LEAST_ACTION : 0
    const cut = cutToFit(action, least, (text) => isWithin(write(text), 1, settings))
    if (cut !== undefined) return write(cut)
  }
  // Only for codes longer than any that are made: the code alone.
  return message.code
}

function compose(message: Wording, action: string, { issuerSeptets, parts }: Layout): string {
  const words = WORDS[message.locale]
  const issuer = cutToFit(toGsm7Line(message.issuer), 0, (text) => septets(text) <= issuerSeptets) ?? ''
  const opening = words.opening(message.code, issuer).replace(/ {2,}/g, ' ').trimEnd()
  const first = action ? opening + words.action(action) : opening
  const stop = /[.!?]$/.test(first) ? '' : '.'
  const validity = parts.includes('validity') ? words.validity(minutesOf(message)) : ''
  return first + stop + validity + (parts.includes('warning') ? words.warning : '')
}

function linesOf(message: Wording, { parts }: Layout, settings: RetrieverSettings): string {
  return hashLine(settings) + (parts.includes('origin') ? originLine(message) : '')
}
