import type { ErrorFields } from '../../lib/errors'
import { ERROR_CODES } from '../../lib/errors'
import { wordsOf } from '../../lib/pages'
import { formatsOf } from '../../lib/pages/formats'

const EN = wordsOf('en')
const FR = wordsOf('fr')

/** Same in both languages, and rightly so. */
const ALLOWED: readonly string[] = []

/** Every entry by its path: a string as it is, a function by its source. */
function entriesOf(catalogue: object, path = ''): [string, string][] {
  return Object.entries(catalogue).flatMap(([name, entry]): [string, string][] => {
    const here = path === '' ? name : `${path}.${name}`
    return entry !== null && typeof entry === 'object' ? entriesOf(entry, here) : [[here, String(entry)]]
  })
}

/** All that an error may tell beyond its code. */
const FIELDS: readonly ErrorFields[] = [
  {},
  { retryAfterMs: 45_000, attemptsLeft: 3, methods: ['totp'], postponable: true, field: 'code' },
  { retryAfterMs: 3_600_000, attemptsLeft: 1, missing: ['password', 'second-factor'], clockAheadMs: 120_000 },
  { attemptsLeft: 0, missing: ['second-factor'], clockAheadMs: -120_000, postponable: false },
]

describe('the catalogues', () => {
  it('have the same entries', () => {
    expect(entriesOf(FR).map(([path]) => path)).toEqual(entriesOf(EN).map(([path]) => path))
  })

  it('leave no entry untranslated', () => {
    const english = new Map(entriesOf(EN))
    const same = entriesOf(FR).filter(([path, words]) => english.get(path) === words)
    expect(same.map(([path]) => path).filter((path) => !ALLOWED.includes(path))).toEqual([])
  })

  it.each(ERROR_CODES)('have words of their own for %s, whatever it tells', (code) => {
    expect(EN.errors[code].title).not.toBe('')
    expect(FR.errors[code].title).not.toBe(EN.errors[code].title)
    for (const fields of FIELDS) {
      const [english, french] = [EN.errors[code].text(fields), FR.errors[code].text(fields)]
      expect(english).toMatch(/^[A-Z].*\.$/)
      expect(french).toMatch(/^[A-ZÉÀ].*\.$/)
      expect(french).not.toBe(english)
      expect(english + french).not.toMatch(/undefined|NaN|ERR_TFA|\[object/)
    }
  })

  it('write French with no-break spaces before double punctuation, and address nobody as "tu"', () => {
    for (const [path, words] of entriesOf(FR)) {
      if (words.includes('=>') || words.startsWith('function')) continue
      expect([path, words]).toEqual([
        path,
        expect.not.stringMatching(/[^\u00a0?!][:;!?»]|«[^\u00a0]|'|\b(tu|ton|ta|tes)\b/i),
      ])
    }
    const texts = ERROR_CODES.flatMap((code) => FIELDS.map((fields) => FR.errors[code].text(fields)))
    for (const text of texts) expect(text).not.toMatch(/[^\u00a0][:;!?»]|«[^\u00a0]|'|\b(tu|ton|ta|tes)\b/i)
  })
})

describe('words that depend on numbers', () => {
  it('count attempts, days and recovery codes, one and many, in both languages', () => {
    expect([EN.attemptsLeft(1), EN.attemptsLeft(3)]).toEqual(['You have 1 attempt left.', 'You have 3 attempts left.'])
    expect([FR.attemptsLeft(1), FR.attemptsLeft(3)]).toEqual(['Il vous reste 1 essai.', 'Il vous reste 3 essais.'])
    expect(EN.challenge.remember(1)).toContain('1 day')
    expect(FR.challenge.remember(30)).toContain('30 jours')
    // Zero is plural in English and singular in French.
    expect(EN.settings.recoveryLeft(0, 10)).toContain('0 recovery codes')
    expect(FR.settings.recoveryLeft(0, 10)).toContain('0 code de secours restant ')
    expect(FR.settings.recoveryLeft(2, 10)).toContain('2 codes de secours restants ')
  })

  it('say how many attempts are left, when to retry, and that another method works', () => {
    expect(EN.errors.ERR_TFA_CODE_INCORRECT.text({ attemptsLeft: 2 })).toContain('2 attempts left')
    expect(FR.errors.ERR_TFA_COOLDOWN.text({ retryAfterMs: 25_000 })).toMatch(/dans 25\sseconde/)
    expect(EN.errors.ERR_TFA_LOCKED.text({ retryAfterMs: 120_000, methods: ['recovery-code'] })).toBe(
      'There were too many wrong attempts. Try again in 2 minutes. You can use another method now.',
    )
    expect(EN.errors.ERR_TFA_LOCKED.text({ methods: [] })).not.toContain('another method')
  })

  it('say which way the clock of a device is off', () => {
    const text = EN.errors.ERR_TFA_CODE_INCORRECT.text
    expect(text({ clockAheadMs: 120_000 })).toContain('2 minutes ahead')
    expect(text({ clockAheadMs: -120_000 })).toContain('2 minutes behind')
    expect(FR.errors.ERR_TFA_CODE_INCORRECT.text({ clockAheadMs: -120_000 })).toMatch(/retarder de 2\sminutes/)
  })
})

describe('formats', () => {
  it.each([
    [0, '1 second'],
    [1, '1 second'],
    [24_001, '25 seconds'],
    [90_000, '90 seconds'],
    [90_001, '2 minutes'],
    [120_001, '3 minutes'],
    [5_400_000, '90 minutes'],
    [5_400_001, '2 hours'],
    [86_400_000, '24 hours'],
  ])('round a wait of %d ms up to %s', (ms, words) => {
    expect(formatsOf('en').duration(ms)).toBe(words)
  })

  it('write dates and country names as the language does, with the time zone', () => {
    const date = new Date('2026-11-03T14:05:00Z')
    const plain = (text: string) => text.replace(/\s/g, ' ')
    expect(plain(formatsOf('en').moment(date))).toBe('November 3, 2026 at 2:05 PM UTC')
    expect(plain(formatsOf('fr').moment(date))).toBe('3 novembre 2026 à 14:05 UTC')
    expect(formatsOf('fr').date(date)).toBe('3 novembre 2026')
    expect([formatsOf('en').country('DE'), formatsOf('fr').country('DE')]).toEqual(['Germany', 'Allemagne'])
  })
})
