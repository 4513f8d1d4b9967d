import { pickLocale, wordsOf } from '../../lib/pages'

describe('pickLocale', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['fr', 'fr'],
    ['fr-CA', 'fr'],
    ['FR-be;q=0.4', 'fr'],
    ['fr-FR,fr;q=0.9,en-US;q=0.8,en;q=0.7', 'fr'],
    ['en-US,en;q=0.9,fr;q=0.8', 'en'],
    ['de-DE,de;q=0.9,fr;q=0.5,en;q=0.3', 'fr'],
    ['en;q=0.3, fr;q=0.7', 'fr'],
    ['en ; Q=0.3 , fr ; Q=0.7', 'fr'],
    ['fr;q=0', 'en'],
    ['fr;q=0.000, en;q=0.001', 'en'],
    ['fr, en', 'fr'],
    ['en, fr', 'en'],
    ['de, *;q=0.5', 'en'],
    ['*;q=0.1, fr;q=0.2', 'fr'],
    ['*;q=0.5, fr;q=0.2', 'en'],
    ['fro, fry', 'en'],
    ['fr;q=2', 'en'],
    ['fr;q=abc, en;q=0.1', 'en'],
    [';;;,,,=', 'en'],
  ] as const)('picks from %j: %s', (acceptLanguage, locale) => {
    expect(pickLocale(acceptLanguage)).toBe(locale)
  })

  it('reads a header of any size in little time', () => {
    const startedAt = performance.now()
    expect(pickLocale(`${'de;q=0.5, '.repeat(100_000)}fr;q=0.1`)).toBe('fr')
    expect(performance.now() - startedAt).toBeLessThan(2000)
  })
})

describe('wordsOf', () => {
  it('gives each language its own catalogue', () => {
    expect(wordsOf('en').signOut).toBe('Sign out')
    expect(wordsOf('fr').signOut).toBe('Se déconnecter')
  })
})
