import type { Locale } from '../ports'

/** Numbers, dates and names as one language writes them. */
export interface Formats {
  /** The count with its noun: `3 attempts`. */
  plural(count: number, forms: { one: string; other: string }): string
  /** A time to wait, rounded up to one unit, so that nobody comes back too early. */
  duration(ms: number): string
  date(date: Date): string
  /** Date and time of day. UTC, and says so: the server knows nothing of the reader's time zone. */
  moment(date: Date): string
  /** @param code - ISO 3166-1 alpha-2 */
  country(code: string): string
  compare(one: string, other: string): number
}

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY = { year: 'numeric', month: 'long', day: 'numeric', timeZone: 'UTC' } as const
const TIME_OF_DAY = { hour: 'numeric', minute: '2-digit', timeZoneName: 'short' } as const

/** Makes something when it is first asked for: a process that shows no page starts without Intl's tables. */
function lazily<Made>(make: () => Made): () => Made {
  let made: Made | undefined
  return () => {
    made ??= make()
    return made
  }
}

function makeDuration(locale: Locale): Formats['duration'] {
  const unitOf = (unit: 'second' | 'minute' | 'hour') =>
    lazily(() => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }))
  const [seconds, minutes, hours] = [unitOf('second'), unitOf('minute'), unitOf('hour')]
  return (ms) => {
    if (ms <= 90 * SECOND_MS) return seconds().format(Math.max(1, Math.ceil(ms / SECOND_MS)))
    if (ms <= 90 * MINUTE_MS) return minutes().format(Math.ceil(ms / MINUTE_MS))
    return hours().format(Math.ceil(ms / HOUR_MS))
  }
}

function makeFormats(locale: Locale): Formats {
  const rules = lazily(() => new Intl.PluralRules(locale))
  const numbers = lazily(() => new Intl.NumberFormat(locale))
  const days = lazily(() => new Intl.DateTimeFormat(locale, DAY))
  const moments = lazily(() => new Intl.DateTimeFormat(locale, { ...DAY, ...TIME_OF_DAY }))
  const regions = lazily(() => new Intl.DisplayNames(locale, { type: 'region' }))
  const collator = lazily(() => new Intl.Collator(locale))
  return {
    plural: (count, { one, other }) => `${numbers().format(count)} ${rules().select(count) === 'one' ? one : other}`,
    duration: makeDuration(locale),
    date: (date) => days().format(date),
    moment: (date) => moments().format(date),
    country: (code) => regions().of(code) ?? code,
    compare: (one, other) => collator().compare(one, other),
  }
}

const FORMATS: Readonly<Record<Locale, Formats>> = { en: makeFormats('en'), fr: makeFormats('fr') }

/** Gives a language's way to write numbers, dates and country names. */
export function formatsOf(locale: Locale): Formats {
  return FORMATS[locale]
}
