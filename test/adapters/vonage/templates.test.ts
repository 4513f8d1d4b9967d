import { vonageSms, vonageVoice } from '../../../lib/adapters/vonage'
import { errorOf, makeKeys } from './support'

const { privateKey } = makeKeys()
const good = { applicationId: 'app-1', privateKey, from: 'Acme' }
type Options = Parameters<typeof vonageSms>[0]

const inFrench = (fr: unknown) => ({ texts: { fr } })
const code = (words: unknown) => inFrench({ code: words })
const action = (words: unknown) => inFrench({ code: '{code}', action: words })

describe('options of the words', () => {
  it('are taken for texts and calls alike, and may all be left out', () => {
    const options: Options = {
      ...good,
      texts: {
        fr: { code: '{code} : votre code {issuer}, {minutes} min', action: '{code} : {action}' },
        en: { code: '{code}' },
      },
      maxParts: 2,
      androidAppHash: 'FA+9qCX9VSu',
    }
    expect([vonageSms(options).method, vonageVoice(options).method]).toEqual(['sms', 'voice'])
    expect(vonageSms({ ...good, texts: {} }).method).toBe('sms')
  })

  it.each([
    ['texts', { texts: 'Your code' }, /an object of en, fr/],
    ['texts', { texts: null }, /an object of en, fr/],
    ['texts.de', { texts: { de: { code: '{code}' } } }, /there are en, fr/],
    ['texts.__proto__', { texts: JSON.parse('{"__proto__":{"code":"{code}"}}') }, /there are en, fr/],
    ['texts.fr', inFrench('{code}'), /an object of code, action/],
    ['texts.fr.sms', inFrench({ code: '{code}', sms: 'x' }), /there are code, action/],
    ['texts.fr.code', inFrench({}), /such as: \{code\} est/],
    ['texts.fr.code', inFrench({ action: '{code} {action}' }), /such as: \{code\} est/],
    ['texts.fr.code', code(42), /on one line/],
    ['texts.fr.code', code(''), /put \{code\} into it, once/],
    ['texts.fr.code', code('Votre code {issuer}'), /put \{code\} into it, once/],
    ['texts.fr.code', code('{code} {code}'), /put \{code\} into it, once/],
    ['texts.fr.code', code('{code} {action}'), /nothing but \{code\}, \{issuer\}, \{minutes\} here/],
    ['texts.fr.code', code('{code} {name}'), /nothing but/],
    ['texts.fr.code', code('{code} { issuer }'), /nothing but/],
    ['texts.fr.code', code('{code} {}'), /nothing but/],
    ['texts.fr.code', code('{code} {'), /nothing but/],
    ['texts.fr.code', code('{code} }'), /nothing but/],
    ['texts.fr.code', code('{{code}}'), /nothing but/],
    ['texts.fr.code', code('{code} {constructor}'), /nothing but/],
    ['texts.fr.code', code('{code}\n@evil.example #1'), /on one line/],
    ['texts.fr.code', code('{code}\r'), /on one line/],
    ['texts.fr.code', code('{code}\u0000'), /on one line/],
    ['texts.fr.code', code('{code}\u2028x'), /on one line/],
    ['texts.fr.code', code('{code}\ud800'), /on one line/],
    ['texts.fr.action', action('{code}'), /put \{action\} into it, once/],
    ['texts.fr.action', action('{action}'), /put \{code\} into it, once/],
    ['texts.fr.action', action('{code} {action} {action}'), /put \{action\} into it, once/],
    [
      'texts.fr.action',
      action('{code} {action} {to}'),
      /nothing but \{code\}, \{issuer\}, \{minutes\}, \{action\} here/,
    ],
    ['maxParts', { maxParts: 0 }, /1, 2 or 3/],
    ['maxParts', { maxParts: 4 }, /1, 2 or 3/],
    ['maxParts', { maxParts: 1.5 }, /1, 2 or 3/],
    ['maxParts', { maxParts: '2' }, /1, 2 or 3/],
    ['androidAppHash', { androidAppHash: '' }, /11 characters/],
    ['androidAppHash', { androidAppHash: 'FA+9qCX9VS' }, /11 characters/],
    ['androidAppHash', { androidAppHash: 'FA+9qCX9VSuu' }, /11 characters/],
    ['androidAppHash', { androidAppHash: 'FA+9qCX9VS\n' }, /11 characters/],
    ['androidAppHash', { androidAppHash: 'FA-9qCX9VSu' }, /11 characters/],
    ['androidAppHash', { androidAppHash: 42 }, /11 characters/],
  ])('%s: refused at construction of either channel, with the fix: %j', (option, wrong, fix) => {
    for (const make of [vonageSms, vonageVoice]) {
      const error = errorOf(() => make({ ...good, ...wrong } as unknown as Options))
      expect(error.code).toBe('ERR_TFA_CONFIG')
      expect(error.message).toContain(`vonage option '${option}': `)
      expect(error.message).toMatch(fix)
    }
  })

  it('takes an accent written apart for the letter it makes: it would send the text as UCS-2', () => {
    const sms = vonageSms({ ...good, texts: { fr: { code: `{code} ${'e\u0301'.repeat(100)}` } } })
    const sample = {
      to: '+33612345678',
      country: 'FR',
      code: '042917',
      locale: 'fr',
      issuer: 'Acme',
      reference: 'r',
    } as const
    expect(() => sms.check?.({ ...sample, expiresInMs: 600_000 })).not.toThrow()
  })
})
