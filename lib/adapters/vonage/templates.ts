import type { Locale } from '../../ports'
import { wrong } from './wrong'

/** The words of texts in one language; the origin-bound line is added to them. */
export interface TextTemplate {
  /** On one line, with `{code}` once; `{issuer}` and `{minutes}` as it likes. */
  code: string
  /** The same with `{action}` once, for a code that confirms an action; without it, such a text has the package's own words. */
  action?: string
}

/** The words of texts, for those who want others than the package's. Calls don't use them. */
export interface TextOptions {
  /** By language; one that is left out has the package's own words. */
  texts?: Partial<Record<Locale, TextTemplate>>
  /** How many messages a text of `texts` may be sent, and charged, as: 1 to 3, default 1. */
  maxParts?: number
  /** The Android app's hash, 11 characters, for its SMS Retriever; a text then has at most 140 bytes. */
  androidAppHash?: string
}

/** What any text goes by. */
export interface RetrieverSettings {
  androidAppHash?: string
}

/** The options of texts after their checks. */
export interface TextSettings extends RetrieverSettings {
  texts: Partial<Record<Locale, TextTemplate>>
  maxParts: number
}

/** More would be a letter. */
export const MOST_PARTS = 3

const EXAMPLES: Readonly<Record<Locale, string>> = {
  en: '{code} is your {issuer} code.',
  fr: '{code} est votre code {issuer}.',
}

const PLACEHOLDERS = {
  code: { known: ['code', 'issuer', 'minutes'], once: ['code'] },
  action: { known: ['code', 'issuer', 'minutes', 'action'], once: ['code', 'action'] },
}

/**
 * Checks the options of texts.
 * @throws {@link TwoFactorError} `ERR_TFA_CONFIG` naming the option and the fix
 */
export function readTextOptions({ texts = {}, maxParts = 1, androidAppHash }: TextOptions): TextSettings {
  if (![1, 2, 3].includes(maxParts)) throw wrong('maxParts', 'give 1, 2 or 3: the messages one text may be charged as')
  const read = fieldsOf('texts', texts, Object.keys(EXAMPLES)).map(([locale, value]) => [
    locale,
    readTemplates(locale as Locale, value),
  ])
  return { texts: Object.fromEntries(read), maxParts, ...readAppHash(androidAppHash) }
}

function readAppHash(value: unknown): RetrieverSettings {
  if (value === undefined) return {}
  if (typeof value === 'string' && /^[A-Za-z0-9+/]{11}$/.test(value)) return { androidAppHash: value }
  throw wrong('androidAppHash', 'give the 11 characters that identify the app: letters, digits, + and /')
}

function readTemplates(locale: Locale, value: unknown): TextTemplate {
  const option = `texts.${locale}`
  const { code, action } = Object.fromEntries(fieldsOf(option, value, Object.keys(PLACEHOLDERS)))
  if (code === undefined) throw wrong(`${option}.code`, `give the words, such as: ${EXAMPLES[locale]}`)
  return {
    code: readTemplate(`${option}.code`, code, 'code'),
    ...(action === undefined ? {} : { action: readTemplate(`${option}.action`, action, 'action') }),
  }
}

function fieldsOf(option: string, value: unknown, names: readonly string[]): [string, unknown][] {
  if (typeof value !== 'object' || value === null) throw wrong(option, `give an object of ${names.join(', ')}`)
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  const unknown = fields.find(([name]) => !names.includes(name))
  if (unknown) throw wrong(`${option}.${unknown[0]}`, `there is no such one; there are ${names.join(', ')}`)
  return fields
}

function readTemplate(option: string, value: unknown, kind: keyof TextTemplate): string {
  if (typeof value !== 'string' || /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(value))
    throw wrong(option, 'give the words on one line, without control characters')
  const { known, once } = PLACEHOLDERS[kind]
  const used = [...value.matchAll(/\{(\w*)\}/g)].map(([, name = '']) => name)
  const isPlain = !/[{}]/.test(value.replace(/\{\w*\}/g, ''))
  if (!isPlain || !used.every((name) => known.includes(name)))
    throw wrong(option, `braces hold nothing but ${known.map((name) => `{${name}}`).join(', ')} here`)
  const missing = once.find((name) => used.filter((each) => each === name).length !== 1)
  if (missing) throw wrong(option, `put {${missing}} into it, once`)
  // Nothing is replaced but how a letter is written: `e` and an accent apart would make a part hold 70 characters.
  return value.normalize('NFC')
}
