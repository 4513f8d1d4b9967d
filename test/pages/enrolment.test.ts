import { formsOf, formsTo, pageOf, tagsOf, textOf } from './reading'
import { phoneEnrolment, recoveryCodes, SETUP_KEY, setupAt, totpEnrolment } from './samples'

const METHODS_PATH = '/two-factor/setup?step=methods'
const hrefsOf = (page: string) => tagsOf(page, 'a').map(({ href }) => href)

describe('the prompt', () => {
  it('that may be put off: offers yes and not now, and says for how long', () => {
    const page = pageOf('setup', setupAt('prompt'))
    expect(textOf(page)).toContain('put it off for 27 more days')
    expect(hrefsOf(page)).toContain(METHODS_PATH)
    expect(formsTo(page, '/setup/postpone')).toHaveLength(1)
  })

  it('after the grace period: offers only yes', () => {
    const page = pageOf('setup', setupAt('prompt', { requirement: { mode: 'required', postponable: false } }))
    expect(formsTo(page, '/setup/postpone')).toEqual([])
    expect(hrefsOf(page)).toEqual([METHODS_PATH])
    expect(textOf(page)).toContain('Your account needs it to go on.')
  })

  it('where nothing is required: leads back to the settings', () => {
    const page = pageOf('setup', setupAt('prompt', { requirement: { mode: 'optional', postponable: false } }))
    expect(hrefsOf(page)).toEqual([METHODS_PATH, '/two-factor/'])
    expect(formsTo(page, '/setup/postpone')).toEqual([])
  })

  it('in French: speaks of validation en deux étapes', () => {
    const text = textOf(pageOf('setup', setupAt('prompt'), 'fr'))
    expect(text).toContain('Oui, utiliser la validation en deux étapes')
    expect(text).toContain('27 jours')
    expect(text).toContain('Plus tard')
  })
})

describe('the password again', () => {
  it('asks for both parts, knows the user, and comes back to the methods', () => {
    const page = pageOf('setup', setupAt('password'))
    expect(formsTo(page, '/reauthenticate').map(({ fields }) => fields)).toEqual([
      { next: METHODS_PATH, username: 'ada@acme.example', password: '' },
    ])
    const autocompletes = tagsOf(page, 'input').map(({ autocomplete }) => autocomplete)
    expect(autocompletes).toEqual(expect.arrayContaining(['username', 'current-password']))
  })

  it('ties a wrong password to its field', () => {
    const error = { code: 'ERR_TFA_CREDENTIALS_INCORRECT', fields: {} } as const
    const page = pageOf('setup', setupAt('password'), 'en', { error })
    expect(tagsOf(page, 'input').find(({ name }) => name === 'password')).toMatchObject({ 'aria-invalid': 'true' })
  })
})

describe('the choice of a method', () => {
  it('takes an app with a name, or a phone with country, number and channel', () => {
    const page = pageOf('setup', setupAt('methods', { phone: '612345678' }))
    const [app, phone] = formsTo(page, '/authenticators')
    expect(app?.fields).toEqual({ factor: 'totp', label: '' })
    expect(phone?.fields).toEqual({ factor: 'phone', country: '', phone: '612345678', method: 'voice' })
    const radios = tagsOf(page, 'input').filter(({ type }) => type === 'radio')
    expect(radios.map(({ value, checked }) => [value, checked])).toEqual([
      ['sms', ''],
      ['voice', undefined],
    ])
    expect(tagsOf(page, 'input').find(({ type }) => type === 'tel')).toMatchObject({ autocomplete: 'tel-national' })
  })

  it('names the countries in the language of the page, in its order, with the calling code', () => {
    const countriesIn = (page: string) => [...page.matchAll(/<option[^>]*>([^<]*)</g)].map(([, name]) => name)
    const model = setupAt('methods')
    expect(countriesIn(pageOf('setup', model))).toEqual(['France (+33)', 'Germany (+49)', 'United Kingdom (+44)'])
    expect(countriesIn(pageOf('setup', model, 'fr'))).toEqual(['Allemagne (+49)', 'France (+33)', 'Royaume-Uni (+44)'])
    expect(pageOf('setup', model)).toContain('<option value="FR" selected>')
  })

  it('says that a phone is the weaker choice', () => {
    expect(textOf(pageOf('setup', setupAt('methods')))).toContain('less safe than an authenticator app')
    expect(textOf(pageOf('phoneEnrolment', phoneEnrolment, 'fr'))).toContain('moins sûrs')
  })

  it('with one channel: asks for no choice, and sends it along', () => {
    const page = pageOf('setup', setupAt('methods', { factors: ['phone'], channels: ['voice'] }))
    expect(formsTo(page, '/authenticators').map(({ fields }) => fields)).toEqual([
      { factor: 'phone', method: 'voice', country: '', phone: '' },
    ])
    expect(page).not.toContain('type="radio"')
  })

  it('without a phone factor or a channel: offers the app alone', () => {
    for (const more of [{ factors: ['totp'] }, { channels: [] }] as const) {
      const page = pageOf('setup', setupAt('methods', more))
      expect(formsTo(page, '/authenticators').map(({ fields }) => fields.factor)).toEqual(['totp'])
    }
  })

  it('ties a wrong number to its field', () => {
    const error = { code: 'ERR_TFA_PHONE_NOT_ALLOWED', fields: {} } as const
    const page = pageOf('setup', setupAt('methods'), 'en', { error })
    expect(
      tagsOf(page, 'input')
        .filter((tag) => 'aria-invalid' in tag)
        .map(({ name }) => name),
    ).toEqual(['phone'])
  })
})

describe('the enrolment of an app', () => {
  it('shows the QR code with words for it, the key in groups, the link, and confirms by a code', async () => {
    const page = pageOf('totpEnrolment', await totpEnrolment())
    expect(page).toMatch(/<figure class="qr">\s*<div role="img" aria-label="QR code[^"]+"><svg /)
    expect(page).toMatch(/<code[^>]*>JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP<\/code>/)
    expect(hrefsOf(page)).toEqual([expect.stringContaining(`secret=${SETUP_KEY}&issuer=Acme`), METHODS_PATH])
    expect(formsTo(page, '/authenticators/enrolment-1/confirm').map(({ fields }) => fields)).toEqual([{ code: '' }])
  })
})

describe('the enrolment of a phone', () => {
  const page = pageOf('phoneEnrolment', phoneEnrolment)

  it('says where the code went, and confirms by it', () => {
    expect(textOf(page)).toContain('We sent a text message to +33 •• •• •• •• 78.')
    expect(formsTo(page, '/authenticators/enrolment-2/confirm').map(({ fields }) => fields)).toEqual([{ code: '' }])
  })

  it('sends again by the same channel or by another, and leads back to correct the number', () => {
    const resends = formsTo(page, '/authenticators/enrolment-2/resend')
    expect(resends.map(({ fields }) => fields)).toEqual([{ method: 'sms' }, { method: 'voice' }])
    expect(textOf(page)).toContain('Possible in 25 seconds.')
    expect(hrefsOf(page)).toEqual([METHODS_PATH, METHODS_PATH])
  })

  it('says why no code arrived, and where its script learns of it', () => {
    const failed = pageOf('phoneEnrolment', {
      ...phoneEnrolment,
      delivery: { status: 'failed', reason: 'unreachable' },
    })
    expect(textOf(failed)).toContain('could not be sent. The number could not be reached.')
    expect(textOf(failed)).toContain('If a code comes after all, enter it here.')
    const live = pageOf('phoneEnrolment', { ...phoneEnrolment, isLive: true })
    expect(live).toContain('data-live="/two-factor/setup?enrolment=enrolment-2"')
    expect(page).not.toContain('data-live')
  })
})

describe('recovery codes', () => {
  it('are listed once each, and lead on only after a tick, to the return path with its whole query', () => {
    const page = pageOf('recoveryCodes', recoveryCodes)
    expect(page.match(/<li><code>/g)).toHaveLength(10)
    for (const code of recoveryCodes.recoveryCodes) expect(page.split(code)).toHaveLength(2)
    const [onward] = formsOf(page)
    expect(onward).toMatchObject({ method: 'get', action: '/account', fields: { tab: 'two' } })
    expect(onward?.markup).toContain('<input type="hidden" name="tab" value="security">')
    expect(onward?.markup).toContain('<input type="checkbox" id="saved" required>')
  })

  it('after an enrolment that signed the user out: say so, and offer no second sign-out', () => {
    const page = pageOf('recoveryCodes', { ...recoveryCodes, signedOut: true }, 'fr')
    expect(textOf(page)).toContain('Vous allez devoir vous reconnecter')
    expect(formsTo(page, '/sign-out')).toEqual([])
  })
})
