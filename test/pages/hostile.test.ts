/**
 * A label, a device's name or a return path is written by somebody else: a thief with a session, or an app that trusts
 * its users. Shown as markup it would run in the owner's browser, on the page that guards the account.
 */
import { formsOf, isPlainMarkup, pageOf, tagsOf, textOf } from './reading'
import { challengeBy, recoveryCodes, settingsWith } from './samples'

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  `" onfocus="x' onfocus='x`,
  '</title><b>',
]

/** The settings with these words in the place of every id, label, name and number. */
function settingsOf(words: string) {
  const { authenticators, devices } = settingsWith()
  return settingsWith({
    authenticators: authenticators.map((each) => ({ ...each, id: words, label: words, destination: words })),
    devices: devices.map((each) => ({ ...each, id: words, name: words })),
  })
}

describe.each(HOSTILE)('%s', (words) => {
  const context = { issuer: words, userLabel: words }
  const challenge = challengeBy({ destination: words, action: words })
  const app = { method: 'totp', authenticatorId: words, label: words } as const
  const enrolment = { enrolmentId: words, setupKey: words, otpauthUri: `otpauth://${words}`, qrSvg: '' }

  it.each([
    ['settings', pageOf('settings', settingsOf(words), 'en', context)],
    ['challenge', pageOf('challenge', { challenge, methods: [app, ...challenge.methods] }, 'fr', context)],
    ['re-authentication', pageOf('reauthenticate', { missing: ['password'], next: words }, 'en', context)],
    ['enrolment', pageOf('totpEnrolment', enrolment, 'en', context)],
    ['recovery codes', pageOf('recoveryCodes', { ...recoveryCodes, returnTo: `/a?b=${words}` }, 'en', context)],
    ['problem', pageOf('problem', { backTo: `/${words}` }, 'en', context)],
  ])('stays text in the %s', (_name, page) => {
    expect(page).not.toMatch(/<script(?! src="\/two-factor\/script\.js")|<img|<b>/)
    expect(isPlainMarkup(page)).toBe(true)
    expect(textOf(page)).toContain(words)
  })
})

describe('a path that leads away', () => {
  it.each(['javascript:alert(1)', '//evil.example', '/\\evil.example', 'https://evil.example'])(
    '%s is not followed',
    (away) => {
      expect(tagsOf(pageOf('problem', { backTo: away }), 'a')).toEqual([expect.objectContaining({ href: '/' })])
      const codes = pageOf('recoveryCodes', { recoveryCodes: [], returnTo: away, signedOut: true })
      expect(formsOf(codes).map(({ action }) => action)).toEqual(['/'])
    },
  )

  it('is no link to an app either', () => {
    const model = { enrolmentId: 'e', setupKey: 'A', otpauthUri: 'javascript:alert(1)', qrSvg: '' }
    expect(pageOf('totpEnrolment', model)).not.toContain('javascript:')
  })
})
