const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
    '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
)

/** Sent as escape and character: two septets each. */
const EXTENDED = new Set('^{}\\[~]|€')

/** What decomposition does not bring into the alphabet. */
const NEAREST: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '‚': "'",
  '′': "'",
  '`': "'",
  '´': "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '«': '"',
  '»': '"',
  '‐': '-',
  '‑': '-',
  '‒': '-',
  '–': '-',
  '—': '-',
  '−': '-',
  '•': '-',
  '·': '.',
  '→': '->',
  '×': 'x',
  œ: 'oe',
  Œ: 'OE',
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
  ð: 'd',
  Ð: 'D',
  þ: 'th',
  Þ: 'Th',
  ı: 'i',
}

function weigh(character: string): number {
  if (BASIC.has(character)) return 1
  return EXTENDED.has(character) ? 2 : 0
}

/**
 * Says whether a text needs nothing outside the GSM 7-bit default alphabet and its extension.
 * @see 3GPP TS 23.038 §6.2.1
 */
export function isGsm7(text: string): boolean {
  return [...text].every((character) => weigh(character) > 0)
}

/**
 * Counts the septets of a GSM-7 text; one SMS part holds 160.
 * @returns NaN when the text does not fit the alphabet: it would be sent as UCS-2
 */
export function septets(text: string): number {
  return isGsm7(text) ? [...text].reduce((sum, character) => sum + weigh(character), 0) : Number.NaN
}

/**
 * Brings any text into one line of GSM-7: nearest character, else none.
 * Line ends become spaces, so that no text can pose as the origin-bound last line.
 */
export function toGsm7Line(text: string): string {
  const oneLine = text.normalize('NFC').replace(/[\s\p{Cc}]+/gu, ' ')
  return [...oneLine].map(nearest).join('').replace(/ +/g, ' ').trim()
}

function nearest(character: string): string {
  if (weigh(character) > 0) return character
  const known = NEAREST[character]
  if (known !== undefined) return known
  return [...character.normalize('NFKD')].filter((part) => weigh(part) > 0 && part >= ' ').join('')
}

/** Cuts a GSM-7 text to so many septets, ending in `...` where something was left out. */
export function cutToSeptets(text: string, limit: number): string {
  if (septets(text) <= limit) return text
  let room = limit - 3
  let kept = ''
  for (const character of text) {
    room -= weigh(character)
    if (room < 0) break
    kept += character
  }
  return `${kept.trimEnd()}...`
}
