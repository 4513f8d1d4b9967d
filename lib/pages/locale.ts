import type { Locale } from '../ports'
import type { Messages } from './messages/en'
import { en } from './messages/en'
import { fr } from './messages/fr'

const CATALOGUES: Readonly<Record<Locale, Messages>> = { en, fr }
const DEFAULT_LOCALE: Locale = 'en'

/** Gives a language's catalogue: every word a page shows. */
export function wordsOf(locale: Locale): Messages {
  return CATALOGUES[locale]
}

function localeOf(range: string): Locale | undefined {
  const language = range.trim().toLowerCase().split('-')[0]
  if (language === '*') return DEFAULT_LOCALE
  return language === 'en' || language === 'fr' ? language : undefined
}

function weightOf(parameters: readonly string[]): number {
  const weight = parameters.map((parameter) => parameter.trim().toLowerCase()).find((each) => each.startsWith('q='))
  if (weight === undefined) return 1
  return /^q=(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight) ? Number(weight.slice(2)) : 0
}

/**
 * Picks the language of a page from what the browser prefers.
 * @param acceptLanguage - the request header; regions count as their language (`fr-CA` is `fr`)
 * @returns English when nothing acceptable is written
 * @see RFC 9110 §12.5.4
 */
export function pickLocale(acceptLanguage: string | undefined): Locale {
  let best = { locale: DEFAULT_LOCALE, weight: 0 }
  for (const entry of (acceptLanguage ?? '').split(',')) {
    const [range = '', ...parameters] = entry.split(';')
    const locale = localeOf(range)
    const weight = weightOf(parameters)
    if (locale && weight > best.weight) best = { locale, weight }
  }
  return best.locale
}
