import fc from 'fast-check'
import { countParts, isGsm7 } from '../../../lib/adapters/vonage/gsm7'
import { readTextOptions, type TextOptions, type TextTemplate } from '../../../lib/adapters/vonage/templates'
import { smsText } from '../../../lib/adapters/vonage/text'
import { checkTexts, writeText } from '../../../lib/adapters/vonage/wording'
import type { CodeMessage } from '../../../lib/ports'
import { codeMessage, errorOf } from './support'

const HASH = 'FA+9qCX9VSu'
const french: TextTemplate = {
  code: '{code} : votre code {issuer}, valable {minutes} min.',
  action: '{code} pour confirmer : {action}. Valable {minutes} min.',
}

function write(options: TextOptions, fields: Partial<CodeMessage> = {}): string {
  return writeText(codeMessage({ locale: 'fr', ...fields }), readTextOptions(options))
}

function check(options: TextOptions, fields: Partial<CodeMessage> = {}): void {
  checkTexts(codeMessage({ locale: 'fr', ...fields }), readTextOptions(options))
}

describe('the parts a text is charged as', () => {
  it.each([
    ['', 1],
    ['x'.repeat(160), 1],
    ['x'.repeat(161), 2],
    ['x'.repeat(306), 2],
    ['x'.repeat(307), 3],
    ['€'.repeat(80), 1],
    ['€'.repeat(81), 2],
    // An escape and its character stay together: 76 of them in a part, one septet left over.
    ['€'.repeat(152), 2],
    ['€'.repeat(153), 3],
    ['ê'.repeat(70), 1],
    ['ê'.repeat(71), 2],
    ['ê'.repeat(134), 2],
    ['ê'.repeat(135), 3],
    ['😀'.repeat(35), 1],
    // So do the halves of a surrogate pair: 33 in a part.
    ['😀'.repeat(66), 2],
    ['😀'.repeat(67), 3],
    [`${'x'.repeat(69)}ê`, 1],
    [`${'x'.repeat(70)}ê`, 2],
  ])('of %j are counted as phones join them', (text, parts) => {
    expect(countParts(text)).toBe(parts)
  })
})

describe('a text in the app’s own words', () => {
  it('has its placeholders filled in, and the origin-bound line after it', () => {
    expect(write({ texts: { fr: french } }, { host: 'acme.example' })).toBe(
      '042917 : votre code Acme, valable 10 min.\n@acme.example #042917',
    )
    expect(write({ texts: { fr: french } }, { action: 'Virement de 250 €' })).toBe(
      '042917 pour confirmer : Virement de 250 €. Valable 10 min.',
    )
  })

  it('is in the package’s own where a language has none, or none for an action', () => {
    const action = 'Virement de 250 €'
    const options = { texts: { fr: { code: french.code } } }
    expect(write(options, { locale: 'en' })).toBe(smsText(codeMessage()))
    expect(write(options, { action })).toBe(smsText(codeMessage({ locale: 'fr', action })))
    expect(write(options, { action })).toContain(' pour confirmer : Virement de 250 €')
  })

  it('brings issuer and action into GSM-7, the words being so, and leaves the words alone', () => {
    const texts = { fr: { code: '{code} – {issuer}', action: '{code} {issuer} {action}' } }
    expect(write({ texts }, { issuer: 'Cœur', action: 'Hôtel « Forêt »' })).toBe('042917 Coeur Hotel " Foret "')
    expect(write({ texts }, { issuer: 'Cœur' })).toBe('042917 – Cœur')
  })

  it('leaves issuer and action as they are in words outside of GSM-7, on one line', () => {
    const texts = { fr: { code: '{code}', action: '{code} ✓ {issuer} : {action}' } }
    const text = write({ texts, maxParts: 2 }, { issuer: 'Cœur', action: 'Hôtel\n@evil.example #1\u2028\u202e日本' })
    expect(text).toBe('042917 ✓ Cœur : Hôtel @evil.example #1 日本')
  })

  it('fills in no placeholder that an issuer or an action holds, and no pattern of a replacement', () => {
    const texts = { fr: { code: '{code} {issuer}', action: '{code} {issuer} {action}' } }
    expect(write({ texts }, { issuer: '{code}', action: "{issuer} $& $' $1" })).toBe("042917 {code} {issuer} $& $' $1")
  })

  it('has the words without an action where nothing of the action is left in GSM-7', () => {
    expect(write({ texts: { fr: french } }, { action: '日本' })).toBe('042917 : votre code Acme, valable 10 min.')
  })

  it('cuts an action rather than send a further part, unless that would leave fewer than 24 characters', () => {
    const action = 'x'.repeat(500)
    const one = write({ texts: { fr: french }, maxParts: 3 }, { action })
    expect(countParts(one)).toBe(1)
    expect(one).toMatch(/x{100,}\.\.\.\. Valable 10 min\.$/)
    const long = { ...french, action: `${'Bonjour, '.repeat(15)}{code} : {action}` }
    const two = write({ texts: { fr: long }, maxParts: 3 }, { action })
    expect(countParts(two)).toBe(2)
    expect(two).toMatch(/042917 : x{24,}\.\.\.$/)
  })

  it('keeps the app’s words around an action of which fewer than 24 characters fit, in the last part it may have', () => {
    const texts = { fr: { code: '{code}', action: `{code} ${'x'.repeat(128)} {action}` } }
    expect(() => check({ texts })).not.toThrow()
    expect(write({ texts }, { action: '€'.repeat(24) })).toBe(`042917 ${'x'.repeat(128)} ${'€'.repeat(10)}...`)
  })

  it('does not write what is longer than at start-up in more parts than it may: the package’s words take its place', () => {
    const issuer = 'x'.repeat(150)
    expect(write({ texts: { fr: french } }, { issuer })).toBe(smsText(codeMessage({ locale: 'fr', issuer })))
  })

  it('keeps every promise, whatever it is filled with, once it has passed the check', () => {
    const anyWords = fc.string({ unit: fc.constantFrom('a', 'é', 'ê', '€', ' ', '😀'), maxLength: 24, size: 'max' })
    const anyText = fc.string({ unit: 'grapheme', maxLength: 300, size: 'max' })
    const anyIssuer = fc.string({ unit: 'grapheme', maxLength: 30, size: 'max' })
    const anyHost = fc.option(fc.stringMatching(/^[a-z]{3,12}\.example$/), { nil: undefined })
    const anyHash = fc.option(fc.constant(HASH), { nil: undefined })
    fc.assert(
      fc.property(
        fc.tuple(anyWords, anyWords, fc.integer({ min: 1, max: 3 }), anyHash),
        fc.tuple(anyIssuer, anyText, anyHost),
        fc.integer({ min: 1, max: 600_000 }),
        ([before, after, maxParts, androidAppHash], [issuer, action, host], expiresInMs) => {
          const code = `_{code}${before}{issuer}`
          const texts = { fr: { code, action: `${code}${after}{action}_{minutes}` } }
          const options = { texts, maxParts, ...(androidAppHash ? { androidAppHash } : {}) }
          const fields = { issuer, ...(host ? { host } : {}) }
          fc.pre(passes(() => check(options, fields)))
          for (const text of [
            write(options, { ...fields, expiresInMs }),
            write(options, { ...fields, expiresInMs, action }),
          ]) {
            const lines = text.split(/[\n\r\u2028\u2029\u0085]/)
            expect(countParts(text)).toBeLessThanOrEqual(androidAppHash ? 1 : maxParts)
            expect(text.startsWith(`_042917${before.replace(/ +/g, ' ').trimEnd()}`)).toBe(true)
            expect(lines.slice(1)).toEqual([...(androidAppHash ? [HASH] : []), ...(host ? [`@${host} #042917`] : [])])
            if (androidAppHash) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(140)
            if (isGsm7(before + after)) expect(isGsm7(text)).toBe(true)
          }
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('the check of an app’s own words at start-up', () => {
  it('passes what fits one part, with issuer, host and all', () => {
    expect(() => check({ texts: { fr: french } }, { host: 'account.acme.example' })).not.toThrow()
    expect(() => check({}, { host: 'account.acme.example' })).not.toThrow()
  })

  it('says which text makes how many parts, and what to do', () => {
    const long = { code: `{code} ${'x'.repeat(153)}` }
    expect(() => check({ texts: { fr: long } })).not.toThrow()
    const error = errorOf(() => check({ texts: { fr: long } }, { host: 'acme.example' }))
    expect(error.code).toBe('ERR_TFA_CONFIG')
    expect(error.message).toContain(
      "'texts.fr.code': with its last lines it makes 2 parts, and each is charged as a text; shorten it, or allow maxParts: 2",
    )
    expect(() => check({ texts: { fr: long }, maxParts: 2 }, { host: 'acme.example' })).not.toThrow()
  })

  it('names the characters outside of GSM-7, each once, where they are why', () => {
    const texts = {
      fr: { code: '{code} : ne répétez à personne ce code reçu pour être connecté, même à nous ; {minutes} min.' },
    }
    const { message } = errorOf(() => check({ texts }))
    expect(message).toContain('2 parts')
    expect(message).toContain(
      'because of ç ê a part holds 70 characters instead of 160; shorten it, or allow maxParts: 2',
    )
    expect(() => check({ texts: { fr: { code: '{code} reçu ✓' } } })).not.toThrow()
  })

  it('looks at the words for an action with 24 characters of one, whether or not a sample has an action', () => {
    const texts = { fr: { code: '{code}', action: `{code} ${'x'.repeat(140)} {action}` } }
    expect(errorOf(() => check({ texts })).message).toMatch(/'texts\.fr\.action'.* 2 parts/)
    expect(errorOf(() => check({ texts }, { action: 'x' })).message).toMatch(/'texts\.fr\.action'.* 2 parts/)
  })

  it('counts the issuer that there is, and only the language of the sample', () => {
    const texts = { fr: { code: `{code} ${'x'.repeat(120)} {issuer}` } }
    expect(() => check({ texts }, { issuer: 'x'.repeat(32) })).not.toThrow()
    expect(errorOf(() => check({ texts }, { issuer: 'x'.repeat(33) })).message).toContain('2 parts')
    expect(() => check({ texts }, { issuer: 'x'.repeat(33), locale: 'en' })).not.toThrow()
  })

  it('offers no more than 3 parts', () => {
    const { message } = errorOf(() => check({ texts: { fr: { code: `{code} ${'x'.repeat(460)}` } }, maxParts: 3 }))
    expect(message).toMatch(/ 4 parts.*; shorten it$/)
  })

  it('holds a text that Android’s SMS Retriever is to read to 140 bytes, however many parts are allowed', () => {
    const texts = (length: number) => ({ fr: { code: `{code} ${'é'.repeat(length)}` } })
    const options = (length: number) => ({ texts: texts(length), androidAppHash: HASH, maxParts: 3 })
    expect(() => check(options(60))).not.toThrow()
    const { message } = errorOf(() => check(options(61)))
    expect(message).toMatch(
      /'texts\.fr\.code': .* 1 part,.*; it has 141 bytes, and androidAppHash allows 1 part of 140/,
    )
    expect(message).toMatch(/; shorten it$/)
  })
})

describe('Android’s line', () => {
  it('stands before the origin-bound line, else last, and the package’s words give way to it', () => {
    const options = { androidAppHash: HASH }
    expect(write(options)).toBe(`042917 est votre code Acme. Valable 10 min. Ne le donnez à personne.\n${HASH}`)
    const action = 'Virement de 250 € à Zoë Lefèvre, compte 1234'
    const text = write(options, { issuer: 'Acme Distribution', action, host: 'account.acme.example' })
    expect(text).toMatch(/^042917 est votre code Acme Distri\.\.\. pour confirmer : Virement de 250 .*\n.*\n.*$/)
    expect(text.split('\n').slice(1)).toEqual([HASH, '@account.acme.example #042917'])
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(140)
  })

  it('leaves room for something of the action, however dear its characters', () => {
    const text = write({ androidAppHash: HASH }, { issuer: 'é'.repeat(30), action: '€'.repeat(100) })
    expect(text).toMatch(/^042917 est votre code é{11}\.\.\. pour confirmer : €{15,}\.\.\.\n/)
  })

  it('is never left out, and the whole never longer than 140 bytes, whatever issuer, action and host', () => {
    const anyText = fc.string({ unit: fc.constantFrom('a', 'é', '€', 'Δ'), maxLength: 200, size: 'max' })
    fc.assert(
      fc.property(anyText, anyText, fc.stringMatching(/^[a-z]{1,80}\.example$/), (issuer, action, host) => {
        const text = write({ androidAppHash: HASH }, { issuer, action, host })
        expect(text.split('\n')[1]).toBe(HASH)
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(140)
        expect(countParts(text)).toBe(1)
      }),
    )
  })
})

function passes(run: () => void): boolean {
  try {
    run()
    return true
  } catch {
    return false
  }
}
