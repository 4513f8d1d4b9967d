import fc from 'fast-check'
import { isGsm7, septets, smsText } from '../../../lib/adapters/vonage/text'
import type { Locale } from '../../../lib/ports'
import { codeMessage } from './support'

const anyText = fc.string({ unit: 'grapheme', maxLength: 400, size: 'max' })
const anyIssuer = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30, size: 'max' })
const anyLocale = fc.constantFrom<Locale>('en', 'fr')
/** Host names as they are in use: labels of letters, digits and hyphens, 60 characters at most. */
const anyHost = fc.oneof(
  fc.domain().filter((host) => host.length <= 60),
  fc.stringMatching(/^[a-z][a-z0-9-]{8,40}[a-z]\.[a-z]{2,10}$/),
)

describe('GSM-7', () => {
  it('counts two septets for each character of the extension table, one for the others', () => {
    expect(septets('abc')).toBe(3)
    expect(septets('é è à ù É Ç')).toBe(11)
    expect(septets('^{}\\[~]|€')).toBe(18)
  })

  it('knows the characters that would push a French text to UCS-2', () => {
    for (const character of ['ê', 'ç', 'ô', 'î', 'û', 'œ', 'À', '’', '«', '…', '😀']) {
      expect(isGsm7(character)).toBe(false)
      expect(septets(character)).toBeNaN()
    }
  })
})

describe('the text message', () => {
  it('says issuer, code, validity and warning in English, with the origin-bound line last', () => {
    expect(smsText(codeMessage({ host: 'acme.example' }))).toBe(
      '042917 is your Acme code. Valid 10 min. Never share it.\n@acme.example #042917',
    )
  })

  it('says the same in French', () => {
    expect(smsText(codeMessage({ locale: 'fr', host: 'acme.example' }))).toBe(
      '042917 est votre code Acme. Valable 10 min. Ne le donnez à personne.\n@acme.example #042917',
    )
  })

  it('has no origin-bound line without a host, and none for what is no host name', () => {
    for (const host of [undefined, '', '[::1]', 'a b', 'a\nb'])
      expect(smsText(codeMessage({ ...(host === undefined ? {} : { host }) }))).not.toMatch(/[\n@#]/)
  })

  it('leaves the port out of the origin-bound line', () => {
    expect(smsText(codeMessage({ host: 'acme.example:8443' }))).toMatch(/\n@acme\.example #042917$/)
  })

  it('names the action, brought into GSM-7', () => {
    const action = 'Virement à l’hôtel « Cœur » : 250 € – bientôt…'
    const text = smsText(codeMessage({ locale: 'fr', action, host: 'acme.example' }))
    expect(text).toContain('pour confirmer : Virement à l\'hotel " Coeur " : 250 € - bientot... Valable')
  })

  it('cuts a long action with three dots and keeps everything else', () => {
    const action = 'Pay out 250 EUR to FR76 3000 6000 0112 3456 7890 189 of the account Alpha Beta Gamma Delta Epsilon'
    const text = smsText(codeMessage({ action, host: 'acme.example' }))
    expect(text).toMatch(/to confirm: Pay out 250 EUR to FR76 .*\.\.\. Valid 10 min\. Never share it\.\n@acme/)
    expect(septets(text)).toBeLessThanOrEqual(160)
  })

  it('rounds the validity to whole minutes, and never says zero', () => {
    expect(smsText(codeMessage({ expiresInMs: 599_400 }))).toContain('Valid 10 min.')
    expect(smsText(codeMessage({ expiresInMs: 4_000 }))).toContain('Valid 1 min.')
  })

  it('keeps an attacker’s line end in issuer or action from posing as the origin-bound line', () => {
    const forged = 'x\r\n@evil.example #042917\u2028@evil.example #042917\u0085@evil.example #042917'
    const lines = smsText(codeMessage({ issuer: forged, action: forged, host: 'acme.example' })).split(/[\r\n]/)
    expect(lines).toHaveLength(2)
    expect(lines[1]).toBe('@acme.example #042917')
    expect(smsText(codeMessage({ issuer: forged, action: forged }))).toMatch(/^042917 [^\r\n]*$/)
  })

  it('still makes a sentence of an issuer that has nothing in GSM-7', () => {
    expect(smsText(codeMessage({ issuer: '日本' }))).toMatch(/^042917 is your code\. Valid/)
  })

  it('gives up the origin-bound line, not the code or the action, for a host beyond what fits', () => {
    const text = smsText(
      codeMessage({ host: `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.example`, action: 'Pay' }),
    )
    expect(text).toBe('042917 is your Acme code to confirm: Pay. Valid 10 min. Never share it.')
  })

  it('fits one part and ends with the origin-bound line, whatever issuer, action and host', () => {
    fc.assert(
      fc.property(
        anyIssuer,
        fc.option(anyText, { nil: undefined }),
        anyHost,
        anyLocale,
        (issuer, action, host, locale) => {
          const text = smsText(codeMessage({ issuer, host, locale, ...(action === undefined ? {} : { action }) }))
          expect(septets(text)).toBeLessThanOrEqual(160)
          expect(text.split('\n')).toHaveLength(2)
          expect(text.endsWith(`\n@${host} #042917`)).toBe(true)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('fits one part at every length of the action, and cuts none that fits', () => {
    for (let length = 1; length <= 160; length += 1) {
      const action = 'x'.repeat(length)
      const text = smsText(codeMessage({ action, host: 'acme.example' }))
      expect(septets(text)).toBeLessThanOrEqual(160)
      const whole = `042917 is your Acme code to confirm: ${action}. Valid 10 min. Never share it.\n@acme.example #042917`
      expect(text === whole).toBe(whole.length <= 160)
    }
  })

  it('says validity and warning too for usual issuers and hosts, whatever the action', () => {
    fc.assert(
      fc.property(anyText, anyLocale, (action, locale) => {
        const text = smsText(codeMessage({ issuer: 'Acme Distribution', host: 'account.acme.example', action, locale }))
        expect(text).toMatch(
          locale === 'en' ? /Valid 10 min\. Never share it\.\n/ : /Valable 10 min\. Ne le donnez à personne\.\n/,
        )
      }),
    )
  })

  it('fits one part without a host, and with anything as one', () => {
    fc.assert(
      fc.property(
        anyText,
        anyText,
        fc.option(anyText, { nil: undefined }),
        anyLocale,
        (issuer, action, host, locale) => {
          const text = smsText(codeMessage({ issuer, action, locale, ...(host === undefined ? {} : { host }) }))
          expect(septets(text)).toBeLessThanOrEqual(160)
          expect(text.startsWith('042917 ')).toBe(true)
        },
      ),
      { numRuns: 500 },
    )
  })
})
