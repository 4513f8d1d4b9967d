import type { Browser, BrowserContextOptions } from 'playwright-core'
import { PASSWORD } from '../../support/app'
import { picture, startBrowser } from '../../support/browser'
import { type LiveService, openLiveService } from './live-service'
import { LiveTab } from './live-tab'

let browser: Browser
let service: LiveService
let tab: LiveTab

beforeAll(async () => {
  browser = await startBrowser()
  service = await openLiveService('memory')
})
afterAll(async () => {
  await browser?.close()
  await service?.close()
})

afterEach(async () => {
  await tab.page.context().close()
  expect(tab.wrong).toEqual([])
})

async function visit(options: BrowserContextOptions = {}): Promise<void> {
  tab = await LiveTab.atChallenge(browser, service, options)
}

const lastMessage = () => service.standIn.messages.at(-1)?.messageUuid ?? ''

describe('a text that arrives', () => {
  it('is told while half a code is typed: the field, its focus, the tick and the countdown stay', async () => {
    await visit()
    await tab.page.getByLabel('Remember this device').check()
    await tab.page.getByLabel('Code').pressSequentially('123')
    await tab.page.evaluate('document.activeElement.setSelectionRange(1, 2)')
    await tab.page
      .getByText('Try another method')
      .evaluate((summary) => summary.parentElement?.setAttribute('open', ''))
    await picture(tab.page, 'live-sent')
    await tab.poll()
    await tab.poll()
    expect(await tab.told()).toEqual([])

    expect(await service.tellText(lastMessage(), 'delivered')).toBe(204)
    await tab.poll()
    await tab.status('The text message to +33').filter({ hasText: 'has arrived.' }).waitFor()
    expect(await tab.told()).toEqual([expect.stringContaining('has arrived.')])
    const field = '(({ value, selectionStart, selectionEnd }) => [value, selectionStart, selectionEnd])'
    expect(await tab.page.evaluate(`${field}(document.activeElement)`)).toEqual(['123', 1, 2])
    expect(await tab.page.getByLabel('Remember this device').isChecked()).toBe(true)
    expect(await tab.button('Use a recovery code').isVisible()).toBe(true)
    expect(await tab.button('Send a new text message').textContent()).toMatch(/\(0:\d\d\)$/)
    expect(await tab.violations()).toEqual([])
    await picture(tab.page, 'live-delivered')
    expect(await tab.isOver()).toBe(true)
  })

  it('is told as well while the error of a wrong code is shown', async () => {
    await visit()
    await tab.page.getByLabel('Code').fill('000000')
    await tab.button('Verify').click()
    await tab.page.getByRole('alert').waitFor()
    await service.tellText(lastMessage(), 'delivered')
    await tab.poll()
    await tab.status('has arrived.').waitFor()
    expect(await tab.page.getByRole('alert').count()).toBe(1)
  })

  it('is told in French', async () => {
    await visit({ locale: 'fr-FR' })
    await picture(tab.page, 'live-sent-fr')
    await service.tellText(lastMessage(), 'delivered')
    await tab.poll()
    await tab.status('Le SMS envoyé au +33').filter({ hasText: 'est arrivé.' }).waitFor()
    await picture(tab.page, 'live-delivered-fr')
  })

  it('is not told without the script, until the page is opened again', async () => {
    await visit({ javaScriptEnabled: false })
    await service.tellText(lastMessage(), 'delivered')
    expect(await tab.status('We sent a text message').isVisible()).toBe(true)
    await tab.page.reload()
    expect(await tab.status('has arrived.').isVisible()).toBe(true)
    expect(tab.asked).toEqual([])
  })
})

describe('a text that does not arrive', () => {
  it('says why, offers the other methods at once, and is sent again without a wait', async () => {
    await visit()
    await tab.page.getByLabel('Code').fill('123')
    const again = tab.button('Send a new text message')
    await again.focus()
    expect(await service.tellText(lastMessage(), 'undeliverable', '1260')).toBe(204)
    await tab.poll()
    await tab.status('could not be sent. The number could not be reached.').waitFor()
    expect(await tab.told()).toHaveLength(1)
    expect(await tab.focused()).toBe('Send a new text message')
    expect(await again.getAttribute('aria-disabled')).toBeNull()
    expect(await tab.button('Call +33').isVisible()).toBe(true)
    expect(await tab.page.getByText('If a code comes after all, enter it here.').isVisible()).toBe(true)
    expect(await tab.page.getByLabel('Code').inputValue()).toBe('123')
    expect(await tab.violations()).toEqual([])
    await picture(tab.page, 'live-failed')
    expect(await tab.isOver()).toBe(true)

    const sent = service.standIn.messages.length
    await again.click()
    await tab.status('We sent a text message').waitFor()
    expect(service.standIn.messages).toHaveLength(sent + 1)
    expect(tab.page.url()).toBe(`${service.url}/two-factor/challenge`)
  })

  it('for good: offers every method, and leaves what is typed where it is', async () => {
    await visit({ locale: 'fr-FR' })
    await tab.page.getByLabel('Code').fill('123')
    await service.tellText(lastMessage(), 'undeliverable')
    await tab.poll()
    await tab.status('n’a pas pu être envoyé. Le réseau l’a refusé.').waitFor()
    expect(await tab.page.locator('#instead button').allTextContents()).toEqual([
      expect.stringContaining('Envoyer un SMS au'),
      expect.stringContaining('Appeler le'),
      'Utiliser un code de secours',
    ])
    expect(await tab.focused()).toBe('code')
    expect(await tab.page.locator('input[name=code]').inputValue()).toBe('123')
    expect(await tab.violations()).toEqual([])
    await picture(tab.page, 'live-failed-fr')
    const calls = service.standIn.calls.length
    await tab.button('Appeler le').click()
    await tab.status('Nous appelons le').waitFor()
    expect(service.standIn.calls).toHaveLength(calls + 1)
  })

  it('keeps the method that is about to be chosen under the finger, and under the focus', async () => {
    await visit()
    await tab.page.getByText('Try another method').click()
    await tab.button('Use a recovery code').focus()
    await service.tellText(lastMessage(), 'undeliverable', '1260')
    await tab.poll()
    await tab.status('could not be reached').waitFor()
    expect(await tab.focused()).toBe('Use a recovery code')
    await tab.page.keyboard.press('Enter')
    await tab.page.getByLabel('Recovery code').waitFor()
  })
})

describe('a call', () => {
  it('that is answered may still turn out to be a machine’s', async () => {
    await visit()
    await tab.page.getByText('Try another method').click()
    await tab.button('Call +33').click()
    await tab.status('We are calling').waitFor()
    const callId = service.standIn.calls.at(-1)?.uuid ?? ''
    await service.tellCall(callId, 'answered')
    await tab.poll()
    await tab.status('was answered.').waitFor()
    await service.tellCall(callId, 'machine')
    await tab.poll()
    await tab.status('The number could not be reached.').waitFor()
    expect(await tab.isOver()).toBe(true)
  })
})

describe('a phone that is enrolled', () => {
  it('learns that its text did not arrive, and sends another at once', async () => {
    service.users.set('user-new', { id: 'user-new', label: 'new@example.com' })
    tab = await LiveTab.open(browser, service, { email: 'new@example.com' })
    await tab.page.context().request.post(`${service.url}/two-factor/reauthenticate`, {
      data: { username: 'new@example.com', password: PASSWORD },
    })
    await tab.page.goto(`${service.url}/two-factor/setup?step=methods`)
    await tab.page.getByRole('textbox', { name: 'Phone number' }).fill('06 12 34 56 78')
    await tab.button('Send a code').click()
    await tab.status('We sent a text message').waitFor()
    await tab.page.getByLabel('Code').fill('123')
    await service.tellText(lastMessage(), 'undeliverable', '1260')
    await tab.poll()
    await tab.status('The number could not be reached.').waitFor()
    expect(await tab.page.getByLabel('Code').inputValue()).toBe('123')
    expect(await tab.violations()).toEqual([])
    await picture(tab.page, 'live-enrolment-failed')
    const sent = service.standIn.messages.length
    await tab.button('Send a new text message').click()
    await tab.status('We sent a text message').waitFor()
    expect(service.standIn.messages).toHaveLength(sent + 1)
  })
})
