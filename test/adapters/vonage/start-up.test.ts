import { randomBytes } from 'node:crypto'
import { createTwoFactor, type TwoFactorOptions } from 'express-two-factor'
import { memoryAuthenticators, memoryStore } from 'express-two-factor/memory'
import { type VonageOptions, vonageSms, vonageVoice } from 'express-two-factor/vonage'
import { makeKeys } from './support'

const { privateKey } = makeKeys()
const MINUTE = 60_000

function start(fr: string, options: Partial<TwoFactorOptions> = {}): void {
  const texts = { fr: { code: fr } }
  const vonage: VonageOptions = {
    applicationId: 'app-1',
    privateKey,
    from: 'Acme',
    apiHost: 'http://127.0.0.1:1',
    texts,
  }
  createTwoFactor({
    issuer: 'Acme',
    origin: 'https://acme.example',
    keys: [randomBytes(32).toString('base64')],
    store: memoryStore(),
    authenticators: memoryAuthenticators(),
    channels: [vonageSms(vonage), vonageVoice(vonage)],
    countries: ['FR'],
    reauthenticate: () => null,
    ...options,
  })
}

/** Words that make one part exactly, with the line `@acme.example #123456`, an issuer of four characters and `minutes` of two. */
const FULL = `{code} {issuer} {minutes} ${'x'.repeat(160 - '042917 Acme 10 '.length - '\n@acme.example #042917'.length)}`

describe('createTwoFactor, of texts in the app’s own words', () => {
  it('takes what fits one part to the last character', () => {
    expect(() => start(FULL)).not.toThrow()
  })

  it.each([
    ['one character more', `${FULL}x`, {}],
    ['a character outside of GSM-7', FULL.replace('x', 'ê'), {}],
    ['a longer issuer', FULL, { issuer: 'Acme2' }],
    ['a longer host', FULL, { origin: 'https://acme2.example' }],
    ['longer codes', FULL, { codeDigits: 7 }],
    ['minutes of two digits for enrolments alone', `${FULL}x`, { challengeTtlMs: MINUTE }],
    ['minutes of two digits for sign-ins alone', `${FULL}x`, { enrolmentTtlMs: MINUTE }],
  ])('refuses %s, before anything is sent', (_what, fr, options) => {
    expect(() => start(fr, options)).toThrow(/ERR_TFA_CONFIG: vonage option 'texts\.fr\.code'/)
  })

  it('asks nothing for a host where the origin is not https: there is no such line', () => {
    expect(() => start(`${FULL}${'x'.repeat(22)}`, { origin: 'http://localhost:3000' })).not.toThrow()
  })
})
