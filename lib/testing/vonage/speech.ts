const LONGEST_TALK = 1500
const TAG = /<(\/?)([a-z-]+)((?: [a-z-]+=(?:'[^'<]*'|"[^"<]*"))*) ?(\/?)>/g
/** What XML 1.0 lets a text hold, §2.2. */
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u
const ENTITY = /&(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9a-f]+);/gi

/** Says what is wrong with what a talk action reads: its length without tags, or SSML that is not well-formed. */
export function checkSpeech(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.trim() === '') return 'must be a text'
  const isSsml = value.startsWith('<speak>')
  if (isSsml && !isWellFormed(value)) return 'must be well-formed SSML inside <speak>'
  const words = isSsml ? value.replace(TAG, '') : value
  return words.length > LONGEST_TALK ? `must be at most ${LONGEST_TALK} characters` : undefined
}

function isWellFormed(ssml: string): boolean {
  const rest = ssml.replace(TAG, '').replace(ENTITY, '')
  return ssml.endsWith('</speak>') && !/[<>&]/.test(rest) && !NOT_XML.test(ssml) && isBalanced(ssml)
}

function isBalanced(ssml: string): boolean {
  const open: string[] = []
  for (const [, closes, name = '', , isEmpty] of ssml.matchAll(TAG)) {
    if (isEmpty) continue
    if (!closes) open.push(name)
    else if (open.pop() !== name) return false
  }
  return open.length === 0
}

const CHARACTERS: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Gives the words of an SSML text, as they are heard. */
export function wordsOfSsml(ssml: string): string {
  const words = ssml.replace(TAG, ' ').replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => CHARACTERS[name] ?? '')
  return words.replace(/\s+/g, ' ').replace(/ \./g, '.').trim()
}
