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
  return outsideGsm7(text).length === 0
}

/** Lists, each once, the characters that send a whole text as UCS-2. */
export function outsideGsm7(text: string): readonly string[] {
  return [...new Set(text)].filter((character) => weigh(character) === 0)
}

/**
 * Counts the septets of a GSM-7 text; one SMS part holds 160.
 * @returns NaN when the text does not fit the alphabet: it would be sent as UCS-2
 */
export function septets(text: string): number {
  return isGsm7(text) ? [...text].reduce((sum, character) => sum + weigh(character), 0) : Number.NaN
}

/**
 * Counts the messages a text is sent, and charged, as: 160 septets are one, then each holds 153; of a text outside GSM-7,
 * 70 UTF-16 units are one, then each holds 67. No character is split: an escape stays with what it escapes.
 * @see 3GPP TS 23.040 §9.2.3.24.1
 */
export function countParts(text: string): number {
  const [alone, each] = isGsm7(text) ? [160, 153] : [70, 67]
  const weights = [...text].map(isGsm7(text) ? weigh : ({ length }) => length)
  if (weights.reduce((sum, weight) => sum + weight, 0) <= alone) return 1
  let [parts, used] = [1, 0]
  for (const weight of weights) {
    if (used + weight > each) [parts, used] = [parts + 1, 0]
    used += weight
  }
  return parts
}

/** Brings any text into one line, so that none can pose as the origin-bound last line. */
export function toLine(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/\p{C}/gu, '')
    .trim()
}

/** Brings any text into one line of GSM-7: nearest character, else none. */
export function toGsm7Line(text: string): string {
  return [...toLine(text)].map(nearest).join('').replace(/ +/g, ' ').trim()
}

function nearest(character: string): string {
  if (weigh(character) > 0) return character
  const known = NEAREST[character]
  if (known !== undefined) return known
  return [...character.normalize('NFKD')].filter((part) => weigh(part) > 0 && part >= ' ').join('')
}

/**
 * Cuts a text to the longest that fits, ending in `...` where something was left out.
 * @returns undefined where not even so many characters fit, or the whole where it is shorter
 */
export function cutToFit(text: string, least: number, fits: (text: string) => boolean): string | undefined {
  if (fits(text)) return text
  const characters = [...text]
  const cut = (length: number) => `${characters.slice(0, length).join('').trimEnd()}...`
  let [low, high] = [0, characters.length]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (fits(cut(middle))) low = middle
    else high = middle - 1
  }
  return low + 3 >= least && fits(cut(low)) ? cut(low) : undefined
}
