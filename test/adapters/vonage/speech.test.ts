import fc from 'fast-check'
import { spokenText } from '../../../lib/adapters/vonage/speech'
import type { Locale } from '../../../lib/ports'
import { checkSpeech, wordsOfSsml } from '../../../lib/testing/vonage/speech'
import { codeMessage } from './support'

describe('what a call says', () => {
  it('says the code twice, its digits apart, in English', () => {
    expect(wordsOfSsml(spokenText(codeMessage()))).toBe(
      'Hello. This is an automatic call. Here is your Acme code. 0 4 2 9 1 7. Once more: 0 4 2 9 1 7. It is valid for 10 minutes. Do not share it with anyone. Goodbye.',
    )
  })

  it('says it in French, with a single minute in the singular', () => {
    expect(wordsOfSsml(spokenText(codeMessage({ locale: 'fr', expiresInMs: 60_000 })))).toBe(
      'Bonjour. Ceci est un appel automatique. Voici votre code Acme. 0 4 2 9 1 7. Je répète : 0 4 2 9 1 7. Il est valable 1 minute. Ne le communiquez à personne. Au revoir.',
    )
  })

  it('slows the code down and names the action before it', () => {
    const ssml = spokenText(codeMessage({ action: 'Pay out 250 EUR' }))
    expect(ssml).toContain("<prosody rate='slow'><say-as interpret-as='digits'>0 4 2 9 1 7</say-as></prosody>")
    expect(ssml.indexOf('It confirms: Pay out 250 EUR.')).toBeLessThan(ssml.indexOf('0 4 2'))
  })

  it('escapes what an issuer or an action would put into the SSML', () => {
    const ssml = spokenText(codeMessage({ issuer: 'A&B', action: `</speak><audio src="x"/> 'q'` }))
    expect(ssml).toContain('A&amp;B')
    expect(ssml).toContain('&lt;/speak&gt;&lt;audio src=&quot;x&quot;/&gt; &apos;q&apos;')
    expect(checkSpeech(ssml)).toBeUndefined()
  })

  it.each(['x', '&', "'", 'é', '😀', '<break>', '\ud800', '\u0000', '\uffff'])(
    'stays well-formed and within 1500 characters for an issuer and an action of 2000 times %j',
    (unit) => {
      const ssml = spokenText(codeMessage({ issuer: unit.repeat(2000), action: unit.repeat(2000) }))
      expect(checkSpeech(ssml)).toBeUndefined()
      expect(ssml.length).toBeLessThanOrEqual(1500)
    },
  )

  it('is well-formed and within 1500 characters, whatever issuer and action', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 2000 }),
      fc.string({ unit: fc.constantFrom('&', "'", '<', 'é', '😀'), maxLength: 2000 }),
    )
    fc.assert(
      fc.property(anyText, anyText, fc.constantFrom<Locale>('en', 'fr'), (issuer, action, locale) => {
        const ssml = spokenText(codeMessage({ issuer, action, locale }))
        expect(checkSpeech(ssml)).toBeUndefined()
        expect(ssml.length).toBeLessThanOrEqual(1500)
        expect(wordsOfSsml(ssml).match(/0 4 2 9 1 7/g)?.length).toBeGreaterThanOrEqual(2)
      }),
    )
  })

  it.each(['en', 'fr'] as const)('gives Vonage 4 s to tell a machine before the first digit, in %s', (locale) => {
    const [before = ''] = spokenText(codeMessage({ locale, issuer: 'X' })).split('<say-as')
    expect(secondsOf(before, FASTEST)).toBeGreaterThanOrEqual(4)
    const [greeting = ''] = before.split('<break')
    expect(wordsOfSsml(greeting)).toMatch(/^(?:Hello\. This is|Bonjour\. Ceci est) .*\.$/)
  })

  it.each(['en', 'fr'] as const)('is over within the 60 s of a call, however slow the voice, in %s', (locale) => {
    const [issuer, action, code] = ['a'.repeat(600), 'é'.repeat(600), '0429170429']
    expect(secondsOf(spokenText(codeMessage({ issuer, action, locale, code })), SLOWEST)).toBeLessThan(60)
  })
})

interface Pace {
  charactersPerSecond: number
  digitsPerSecond: number
}

/** Both beyond what voices do, so that what holds for them holds for any. */
const FASTEST: Pace = { charactersPerSecond: 22, digitsPerSecond: 4 }
const SLOWEST: Pace = { charactersPerSecond: 12, digitsPerSecond: 1.1 }

function secondsOf(ssml: string, pace: Pace): number {
  const pauses = [...ssml.matchAll(/<break time='(\d+)s'\/>/g)].reduce((sum, [, seconds]) => sum + Number(seconds), 0)
  const digits = [...ssml.matchAll(/<say-as [^>]*>([\d ]+)</g)].flatMap(([, text = '']) => text.split(' '))
  const words = wordsOfSsml(ssml.replace(/<say-as [^>]*>[\d ]+</g, '<'))
  return pauses + digits.length / pace.digitsPerSecond + words.length / pace.charactersPerSecond
}
