import type { CodeMessage, Locale } from '../../ports'
import { cutToSeptets, septets, toGsm7Line } from './gsm7'

export { isGsm7, septets } from './gsm7'

const ONE_PART_SEPTETS = 160
/** Below this, cutting an action no longer tells what is confirmed: other parts give way first. */
const LEAST_ACTION_SEPTETS = 24

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

type Part = 'validity' | 'warning' | 'origin'

/** From the complete text down to what is always short enough, for very long issuers and hosts. */
const LAYOUTS: readonly { issuerSeptets: number; parts: readonly Part[] }[] = [
  { issuerSeptets: 30, parts: ['validity', 'warning', 'origin'] },
  { issuerSeptets: 14, parts: ['validity', 'warning', 'origin'] },
  { issuerSeptets: 14, parts: ['warning', 'origin'] },
  { issuerSeptets: 14, parts: ['origin'] },
  { issuerSeptets: 14, parts: ['validity', 'warning'] },
]

/**
 * Writes the text message of a code: always one GSM-7 part, the origin-bound line last where there is a host.
 * @param message - issuer and action may hold any text; what GSM-7 lacks is replaced or dropped, the action cut
 * @returns at most 160 septets
 * @see WICG "Origin-bound one-time codes delivered via SMS"
 */
export function smsText(message: CodeMessage): string {
  const action = toGsm7Line(message.action ?? '')
  const least = Math.min(septets(action), LEAST_ACTION_SEPTETS)
  for (const layout of LAYOUTS) {
    const around = (text: string) => compose(message, text, layout)
    const room = ONE_PART_SEPTETS - septets(around(action)) + septets(action)
    if (room >= least) return around(cutToSeptets(action, room))
  }
  // Only for codes longer than any that are made: the code alone.
  return message.code
}

function compose(message: CodeMessage, action: string, layout: (typeof LAYOUTS)[number]): string {
  const words = WORDS[message.locale]
  const issuer = cutToSeptets(toGsm7Line(message.issuer), layout.issuerSeptets)
  const opening = words.opening(message.code, issuer).replace(/ {2,}/g, ' ').trimEnd()
  const sentences: Readonly<Record<Part, string>> = {
    validity: words.validity(minutesOf(message)),
    warning: words.warning,
    origin: originLine(message),
  }
  const first = action ? opening + words.action(action) : opening
  const stop = /[.!?]$/.test(first) ? '' : '.'
  return first + stop + layout.parts.map((part) => sentences[part]).join('')
}

/** Browsers read this line only as the very last one, with the host alone and one space. */
function originLine({ host, code }: CodeMessage): string {
  const name = host?.replace(/:\d+$/, '') ?? ''
  return /^[a-z0-9.-]+$/i.test(name) ? `\n@${name} #${code}` : ''
}

/** Whole minutes a code is still good for, as texts and calls say it. */
export function minutesOf({ expiresInMs }: Pick<CodeMessage, 'expiresInMs'>): number {
  return Math.max(1, Math.round(expiresInMs / 60_000))
}
