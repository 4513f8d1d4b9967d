import { formsOf, formsTo, pageOf, tagsOf, textOf } from './reading'
import { settingsWith } from './samples'

describe('the settings of a user with two methods', () => {
  const page = pageOf('settings', settingsWith())

  it('show each method with its dates, and a name where it has none', () => {
    const text = textOf(page)
    expect(text).toMatch(/Pixel Authenticator app Added October 11, 2026 Last used November 20, 2026 at 9:59\sAM UTC/)
    expect(text).toMatch(/Phone number \+33 •• •• •• •• 78 Added November 17, 2026 Not used yet/)
    expect(page).toContain('<time datetime="2026-11-20T09:59:00.000Z">')
  })

  it('rename and remove each, and choose the way to get a code where there are two', () => {
    expect(formsTo(page, '/authenticators/app-1/update').map(({ fields }) => fields)).toEqual([{ label: 'Pixel' }])
    expect(formsTo(page, '/authenticators/phone-1/update').map(({ fields }) => fields)).toEqual([
      { label: '' },
      { preferredMethod: '' },
    ])
    expect(page).toContain('<option value="voice" selected>Phone call</option>')
    for (const id of ['app-1', 'phone-1']) expect(formsTo(page, `/authenticators/${id}/remove`)).toHaveLength(1)
  })

  it('lead to a change of number, to another method, to new recovery codes, and to turning it off', () => {
    const add = '/two-factor/setup?step=methods'
    expect(tagsOf(page, 'a').map(({ href }) => href)).toEqual([`${add}&replaces=phone-1`, add])
    expect(formsTo(page, '/recovery-codes')).toHaveLength(1)
    expect(formsTo(page, '/disable')).toHaveLength(1)
  })

  it('list the devices, mark this one, and forget one or all', () => {
    expect(textOf(page)).toMatch(/Firefox, Linux This device Last used November 19.*Remembered until December 18, 2026/)
    expect(page.match(/This device/g)).toHaveLength(1)
    for (const path of ['/devices/device-1/forget', '/devices/device-2/forget', '/devices/forget-all']) {
      expect(formsTo(page, path)).toHaveLength(1)
    }
  })

  it('blame no method for an error, since each has a name to change', () => {
    const error = { code: 'ERR_TFA_INPUT_INVALID', fields: { field: 'label' } } as const
    const failed = pageOf('settings', settingsWith(), 'en', { error })
    expect(failed).toContain('role="alert"')
    expect(failed).not.toContain('aria-invalid')
  })

  it('keep an id of any shape in its own place of the path', () => {
    const { authenticators, devices } = settingsWith()
    const id = 'a/../b?c#d'
    const model = {
      authenticators: authenticators.map((each) => ({ ...each, id })),
      devices: devices.map((each) => ({ ...each, id })),
    }
    const actions = formsOf(pageOf('settings', settingsWith(model))).map(({ action }) => action)
    expect(actions).toContain('/two-factor/authenticators/a%2F..%2Fb%3Fc%23d/remove')
    expect(actions).toContain('/two-factor/devices/a%2F..%2Fb%3Fc%23d/forget')
  })

  it('say the same in French', () => {
    const text = textOf(pageOf('settings', settingsWith(), 'fr'))
    expect(text).toMatch(/Ajoutée le 11 octobre 2026 Dernière utilisation : 20 novembre 2026 à 09:59 UTC/)
    expect(text).toContain('9 codes de secours restants sur 10.')
  })
})

describe('recovery codes left', () => {
  it.each([
    [4, false],
    [3, true],
    [0, true],
  ])('%d of ten: warned %s', (remaining, isWarned) => {
    const page = pageOf('settings', settingsWith({ recoveryCodes: { remaining, total: 10 } }))
    expect(page.includes('notice warning')).toBe(isWarned)
    expect(textOf(page).includes('You are running out.')).toBe(isWarned)
  })
})

describe('a required second factor', () => {
  it('cannot be turned off on the page', () => {
    const page = pageOf('settings', settingsWith({ requirement: { mode: 'required', postponable: false } }))
    expect(formsTo(page, '/disable')).toEqual([])
    expect(textOf(page)).toContain('Two-factor verification is on. Your account needs it.')
  })

  it('that is not due yet names the day', () => {
    const deadline = new Date('2026-12-01T00:00:00Z')
    const page = pageOf('settings', settingsWith({ requirement: { mode: 'required', deadline, postponable: true } }))
    expect(textOf(page)).toContain('needs it from December 1, 2026')
  })
})

describe('the settings of a user without a second factor', () => {
  const off = { enabled: false, authenticators: [], devices: [], recoveryCodes: { remaining: 0, total: 0 } }

  it('say that it is off, and offer to get started', () => {
    const page = pageOf('settings', settingsWith(off))
    expect(textOf(page)).toContain('Two-factor verification is off.')
    expect(tagsOf(page, 'a').map(({ href }) => href)).toEqual(['/two-factor/setup?step=methods'])
    expect(formsOf(page).map(({ action }) => action)).toEqual(['/two-factor/sign-out'])
  })

  it('speak of no devices where none are remembered', () => {
    const model = { ...settingsWith({ devices: [] }), remembersDevices: false }
    expect(textOf(pageOf('settings', model))).not.toContain('Remembered devices')
  })
})

describe('re-authentication', () => {
  it('asks for the password first, and comes back', () => {
    const page = pageOf('reauthenticate', { missing: ['password', 'second-factor'], next: '/two-factor/?a=1' })
    expect(formsTo(page, '/reauthenticate').map(({ fields }) => fields)).toEqual([
      { next: '/two-factor/?a=1', username: 'ada@acme.example', password: '' },
    ])
  })

  it('asks for the second factor alone where only that is missing', () => {
    const page = pageOf('reauthenticate', { missing: ['second-factor'], next: '/two-factor/' })
    expect(formsTo(page, '/challenge').map(({ fields }) => fields)).toEqual([{}])
    expect(formsTo(page, '/reauthenticate')).toEqual([])
  })
})

describe('a problem', () => {
  it('is told in words with a way back, whichever it is', () => {
    const error = { code: 'ERR_TFA_NOT_FOUND', fields: {} } as const
    const page = pageOf('problem', { backTo: '/two-factor/' }, 'fr', { error })
    expect(page).toContain('<title>Erreur\u00a0: Introuvable – Acme</title>')
    expect(tagsOf(page, 'a').map(({ href }) => href)).toEqual(['/two-factor/'])
    expect(textOf(pageOf('problem', { backTo: '/' }))).toContain('Something went wrong')
  })
})
