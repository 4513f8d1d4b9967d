import type { Locale } from '../../lib/ports'
import { formsOf, isPlainMarkup, pageOf, pageOfSample, tagsOf, textsOf } from './reading'
import { challengeBy, methods, SETUP_KEY } from './samples'
import type { Sample } from './states'
import { samples } from './states'

const LOCALES: readonly Locale[] = ['en', 'fr']
/** Texts of the samples' own, and names that are the same in both languages. */
const OWN =
  /^(Acme|ada@acme\.example|Pixel|Firefox, Linux|Safari, iPhone|Pay 500 EUR to Ada|Old telephone with many words for its name|France \(\+33\))$|^\+33 •• •• •• •• 78$|^[A-Z0-9 -]{19,}$/

let pages: { name: string; locale: Locale; page: string; sample: Sample }[]
beforeAll(async () => {
  const all = await samples()
  pages = all.flatMap((sample) =>
    LOCALES.map((locale) => ({
      name: `${sample.name} (${locale})`,
      locale,
      sample,
      page: pageOfSample(sample, locale),
    })),
  )
})

/** The names of the pages that fail a test, so that a failure says where to look. */
function failing(isRight: (page: string, locale: Locale) => boolean): string[] {
  return pages.filter(({ page, locale }) => !isRight(page, locale)).map(({ name }) => name)
}

describe('every page', () => {
  it('names its language, and has one heading, one main part and a title with the issuer', () => {
    expect(failing((page, locale) => page.startsWith(`<!doctype html>\n<html lang="${locale}">`))).toEqual([])
    expect(failing((page) => page.match(/<h1>/g)?.length === 1 && page.match(/<main>/g)?.length === 1)).toEqual([])
    expect(failing((page) => /<title>[^<]+ – Acme<\/title>/.test(page))).toEqual([])
  })

  it('has no inline script or style, and links one sheet and one script of its own', () => {
    expect(
      failing(
        (page) =>
          !/<script(?! src="\/two-factor\/script\.js" defer><\/script>)|<style|\sstyle=|\son[a-z]+=|javascript:|<iframe|<object|<base/i.test(
            page,
          ),
      ),
    ).toEqual([])
    const linked = ['data:,', '/two-factor/style.css']
    expect(failing((page) => `${tagsOf(page, 'link').map(({ href }) => href)}` === `${linked}`)).toEqual([])
    expect(failing((page) => tagsOf(page, 'script').length === 1)).toEqual([])
    expect(failing(isPlainMarkup)).toEqual([])
  })

  it('labels every field, and refers only to ids that exist once', () => {
    expect(
      failing((page) => {
        const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)
        const references = [...page.matchAll(/\saria-(?:describedby|labelledby)="([^"]*)"/g)].flatMap(([, to]) =>
          to?.split(' '),
        )
        return new Set(ids).size === ids.length && references.every((id) => ids.includes(id))
      }),
    ).toEqual([])
    expect(
      failing((page) => {
        const labelled = tagsOf(page, 'label').map((label) => label.for)
        return tagsOf(page, 'input', 'select').every(({ type, id }) => type === 'hidden' || labelled.includes(id))
      }),
    ).toEqual([])
  })

  it('posts only under the mount path, and links only there, to the return path, or to the app of the phone', () => {
    expect(
      failing((page) =>
        formsOf(page).every(({ method, action }) =>
          (method === 'post' ? /^\/two-factor\/[a-z]/ : /^\/account$/).test(action),
        ),
      ),
    ).toEqual([])
    const hrefs = new Set(pages.flatMap(({ page }) => tagsOf(page, 'a').map(({ href }) => href?.split('?')[0])))
    expect([...hrefs].sort()).toEqual([
      '/two-factor/',
      '/two-factor/challenge',
      '/two-factor/setup',
      'otpauth://totp/Acme:ada%40acme.example',
    ])
  })

  it('offers to sign out wherever somebody is signed in', () => {
    const without = failing((page) => formsOf(page).some(({ action }) => action === '/two-factor/sign-out'))
    expect(without).toEqual(['recovery-codes-out (en)', 'recovery-codes-out (fr)'])
  })

  it('shows nothing in French that is not in the French catalogue', () => {
    const english = new Set(pages.filter(({ locale }) => locale === 'en').flatMap(({ page }) => textsOf(page)))
    const french = pages.filter(({ locale }) => locale === 'fr').flatMap(({ page }) => textsOf(page))
    const same = french.filter((text) => english.has(text) && /\p{L}{2}/u.test(text) && !OWN.test(text))
    expect([...new Set(same)]).toEqual([])
  })

  it('writes French with no-break spaces before double punctuation', () => {
    const french = pages.filter(({ locale }) => locale === 'fr').flatMap(({ page }) => textsOf(page))
    expect(french.filter((text) => /[^\u00a0\d][:;!?»]|«[^\u00a0]|'/.test(text))).toEqual([])
  })

  it('keeps codes and keys out of its title and out of every path of our own', () => {
    expect(failing((page) => !/<title>[^<]*(JBSW|ABCD|\+33|ada@)/.test(page))).toEqual([])
    const paths = pages.flatMap(({ page }) => [
      ...tagsOf(page, 'a').map(({ href }) => href ?? ''),
      ...formsOf(page).map(({ action }) => action),
    ])
    expect(paths.filter((path) => path.startsWith('/') && /JBSW|ABCD/.test(path))).toEqual([])
    expect(paths.filter((path) => path.includes(SETUP_KEY)).every((path) => path.startsWith('otpauth://'))).toBe(true)
  })
})

describe('an error', () => {
  it('is announced, says so in the title, and is tied to the field at fault', () => {
    const error = { code: 'ERR_TFA_CODE_INCORRECT', fields: { attemptsLeft: 2 } } as const
    const page = pageOf('challenge', { challenge: challengeBy(), methods }, 'en', { error })
    expect(page).toContain('<div class="notice error" role="alert" id="error">')
    expect(page).toContain('<title>Error: Two-factor verification – Acme</title>')
    const code = tagsOf(page, 'input').find(({ name }) => name === 'code')
    expect(code).toMatchObject({ 'aria-invalid': 'true', 'aria-describedby': 'error code-hint' })
  })

  it('leaves a field alone that it is not about', () => {
    const error = { code: 'ERR_TFA_COOLDOWN', fields: { retryAfterMs: 5000 } } as const
    const page = pageOf('challenge', { challenge: challengeBy(), methods }, 'en', { error })
    expect(tagsOf(page, 'input').find(({ name }) => name === 'code')).not.toHaveProperty('aria-invalid')
  })
})
