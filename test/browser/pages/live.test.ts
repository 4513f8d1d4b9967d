import { readFileSync } from 'node:fs'
import type { Browser, BrowserContextOptions, Page, Request } from 'playwright-core'
import { PASSWORD } from '../../support/app'
import { picture, startBrowser } from '../../support/browser'
import { addPerson, type LiveService, openLiveService, openTab } from './live-service'

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')
const OFTEN_MS = 3000
const SELDOM_MS = 15_000
const STEP_MS = 500

let browser: Browser
let service: LiveService
let page: Page
/** What the page asked by itself. */
let asked: Request[]
/** What the pages' Content-Security-Policy refused, and the script's own errors. */
let wrong: string[]

beforeAll(async () => {
  browser = await startBrowser()
  service = await openLiveService('memory')
})
afterAll(async () => {
  await browser?.close()
  await service?.close()
})

afterEach(async () => {
  await page.context().close()
  expect(wrong).toEqual([])
})

function watch(tab: Page): Page {
  asked = []
  wrong = []
  tab.on('request', (request) => {
    if (request.resourceType() === 'fetch') asked.push(request)
  })
  tab.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) wrong.push(message.text())
  })
  tab.on('pageerror', (error) => wrong.push(error.message))
  return tab
}

/** Notes each time that something in the status is put anew: what a screen reader says. */
const LISTEN = `window.told = []
  new MutationObserver(() => window.told.push(document.getElementById('delivery').textContent))
    .observe(document.getElementById('delivery'), { childList: true, subtree: true, characterData: true })`
const toldOn = (tab: Page) => tab.evaluate<string[]>('window.told')

/** Somebody new at the challenge page, with a text on its way; the page's time is the test's to move. */
async function visit(options: BrowserContextOptions = {}): Promise<{ messageId: string }> {
  page = watch(await openTab(browser, service, await addPerson(service), options))
  await page.clock.install()
  await page.goto(`${service.url}/two-factor/challenge`)
  if (options.javaScriptEnabled !== false) await page.evaluate(LISTEN)
  return { messageId: lastMessage() }
}

const lastMessage = () => service.standIn.messages.at(-1)?.messageUuid ?? ''

/** Lets time pass until the page has asked once more, and been answered. @returns how long that was */
async function poll(): Promise<number> {
  const before = asked.length
  let passedMs = 0
  while (asked.length === before && passedMs < 2 * SELDOM_MS) {
    await page.clock.runFor(STEP_MS)
    passedMs += STEP_MS
  }
  await (await asked.at(-1)?.response())?.finished()
  return passedMs
}

/** Whether the page has stopped asking. */
async function isOver(): Promise<boolean> {
  const before = asked.length
  for (let passedMs = 0; passedMs < 2 * SELDOM_MS; passedMs += SELDOM_MS / 3) await page.clock.runFor(SELDOM_MS / 3)
  return asked.length === before
}

const status = (text: string) => page.getByRole('status').filter({ hasText: text })
const button = (name: string) => page.getByRole('button', { name })
const focused = () => page.evaluate<string>('document.activeElement.name || document.activeElement.textContent')

async function violations(): Promise<readonly string[]> {
  await page.evaluate(AXE)
  return page.evaluate<
    string[]
  >(`axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } })
    .then(({ violations }) => violations.map(({ id }) => id))`)
}

describe('a text that arrives', () => {
  it('is told while half a code is typed: the field, its focus, the tick and the countdown stay', async () => {
    const { messageId } = await visit()
    await page.getByLabel('Remember this device').check()
    await page.getByLabel('Code').pressSequentially('123')
    await page.getByLabel('Code').evaluate((field) => (field as HTMLInputElement).setSelectionRange(1, 2))
    await page.getByText('Try another method').evaluate((summary) => summary.parentElement?.setAttribute('open', ''))
    await picture(page, 'live-sent')
    await poll()
    await poll()
    expect(await toldOn(page)).toEqual([])

    expect(await service.tellText(messageId, 'delivered')).toBe(204)
    await poll()
    await status('The text message to +33').filter({ hasText: 'has arrived.' }).waitFor()
    expect(await toldOn(page)).toEqual([expect.stringContaining('has arrived.')])
    const field = '(({ value, selectionStart, selectionEnd }) => [value, selectionStart, selectionEnd])'
    expect(await page.evaluate(`${field}(document.activeElement)`)).toEqual(['123', 1, 2])
    expect(await page.getByLabel('Remember this device').isChecked()).toBe(true)
    expect(await button('Use a recovery code').isVisible()).toBe(true)
    expect(await button('Send a new text message').textContent()).toMatch(/\(0:\d\d\)$/)
    expect(await violations()).toEqual([])
    await picture(page, 'live-delivered')
    expect(await isOver()).toBe(true)
  })

  it('is told as well while the error of a wrong code is shown', async () => {
    const { messageId } = await visit()
    await page.getByLabel('Code').fill('000000')
    await button('Verify').click()
    await page.getByRole('alert').waitFor()
    await service.tellText(messageId, 'delivered')
    await poll()
    await status('has arrived.').waitFor()
    expect(await page.getByRole('alert').count()).toBe(1)
  })

  it('is told in French', async () => {
    const { messageId } = await visit({ locale: 'fr-FR' })
    await picture(page, 'live-sent-fr')
    await service.tellText(messageId, 'delivered')
    await poll()
    await status('Le SMS envoyé au +33').filter({ hasText: 'est arrivé.' }).waitFor()
    await picture(page, 'live-delivered-fr')
  })

  it('is not told without the script, until the page is opened again', async () => {
    const { messageId } = await visit({ javaScriptEnabled: false })
    await service.tellText(messageId, 'delivered')
    expect(await status('We sent a text message').isVisible()).toBe(true)
    await page.reload()
    expect(await status('has arrived.').isVisible()).toBe(true)
    expect(asked).toEqual([])
  })
})

describe('a text that does not arrive', () => {
  it('says why, offers the other methods at once, and is sent again without a wait', async () => {
    const { messageId } = await visit()
    await page.getByLabel('Code').fill('123')
    const again = button('Send a new text message')
    await again.focus()
    expect(await service.tellText(messageId, 'undeliverable', '1260')).toBe(204)
    await poll()
    await status('could not be sent. The number could not be reached.').waitFor()
    expect(await toldOn(page)).toHaveLength(1)
    expect(await focused()).toBe('Send a new text message')
    expect(await again.getAttribute('aria-disabled')).toBeNull()
    expect(await button('Call +33').isVisible()).toBe(true)
    expect(await page.getByText('If a code comes after all, enter it here.').isVisible()).toBe(true)
    expect(await page.getByLabel('Code').inputValue()).toBe('123')
    expect(await violations()).toEqual([])
    await picture(page, 'live-failed')
    expect(await isOver()).toBe(true)

    const sent = service.standIn.messages.length
    await again.click()
    await status('We sent a text message').waitFor()
    expect(service.standIn.messages).toHaveLength(sent + 1)
    expect(page.url()).toBe(`${service.url}/two-factor/challenge`)
  })

  it('for good: offers every method, and leaves what is typed where it is', async () => {
    const { messageId } = await visit({ locale: 'fr-FR' })
    await page.getByLabel('Code').fill('123')
    await service.tellText(messageId, 'undeliverable')
    await poll()
    await status('n’a pas pu être envoyé. Le réseau l’a refusé.').waitFor()
    expect(await page.locator('#instead button').allTextContents()).toEqual([
      expect.stringContaining('Envoyer un SMS au'),
      expect.stringContaining('Appeler le'),
      'Utiliser un code de secours',
    ])
    expect(await focused()).toBe('code')
    expect(await page.locator('input[name=code]').inputValue()).toBe('123')
    expect(await violations()).toEqual([])
    await picture(page, 'live-failed-fr')
    const calls = service.standIn.calls.length
    await button('Appeler le').click()
    await status('Nous appelons le').waitFor()
    expect(service.standIn.calls).toHaveLength(calls + 1)
  })

  it('keeps the method that is about to be chosen under the finger, and under the focus', async () => {
    const { messageId } = await visit()
    await page.getByText('Try another method').click()
    await button('Use a recovery code').focus()
    await service.tellText(messageId, 'undeliverable', '1260')
    await poll()
    await status('could not be reached').waitFor()
    expect(await focused()).toBe('Use a recovery code')
    await page.keyboard.press('Enter')
    await page.getByLabel('Recovery code').waitFor()
  })
})

describe('a call', () => {
  it('that is answered may still turn out to be a machine’s', async () => {
    await visit()
    await page.getByText('Try another method').click()
    await button('Call +33').click()
    await status('We are calling').waitFor()
    const callId = service.standIn.calls.at(-1)?.uuid ?? ''
    await service.tellCall(callId, 'answered')
    await poll()
    await status('was answered.').waitFor()
    await service.tellCall(callId, 'machine')
    await poll()
    await status('The number could not be reached.').waitFor()
    expect(await isOver()).toBe(true)
  })
})

describe('a phone that is enrolled', () => {
  it('learns that its text did not arrive, and sends another at once', async () => {
    service.users.set('user-new', { id: 'user-new', label: 'new@example.com' })
    page = watch(await openTab(browser, service, { email: 'new@example.com' }))
    await page.clock.install()
    await page.context().request.post(`${service.url}/two-factor/reauthenticate`, {
      data: { username: 'new@example.com', password: PASSWORD },
    })
    await page.goto(`${service.url}/two-factor/setup?step=methods`)
    await page.getByRole('textbox', { name: 'Phone number' }).fill('06 12 34 56 78')
    await button('Send a code').click()
    await status('We sent a text message').waitFor()
    await page.getByLabel('Code').fill('123')
    await service.tellText(lastMessage(), 'undeliverable', '1260')
    await poll()
    await status('The number could not be reached.').waitFor()
    expect(await page.getByLabel('Code').inputValue()).toBe('123')
    expect(await violations()).toEqual([])
    await picture(page, 'live-enrolment-failed')
    const sent = service.standIn.messages.length
    await button('Send a new text message').click()
    await status('We sent a text message').waitFor()
    expect(service.standIn.messages).toHaveLength(sent + 1)
  })
})

describe('the page asks', () => {
  it('often for a minute, then seldom', async () => {
    await visit()
    for (let passedMs = 0; passedMs < 60_000; ) {
      const waitedMs = await poll()
      expect(waitedMs).toBeLessThanOrEqual(OFTEN_MS + STEP_MS)
      passedMs += waitedMs
    }
    await poll()
    expect(await poll()).toBeGreaterThan(SELDOM_MS - 2 * STEP_MS)
  })

  it('nothing while nobody looks at it, and at once when somebody does', async () => {
    const { messageId } = await visit()
    const setHidden = (isHidden: boolean) =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, value: ${isHidden} })
        document.dispatchEvent(new Event('visibilitychange'))`)
    await setHidden(true)
    expect(await isOver()).toBe(true)
    await service.tellText(messageId, 'delivered')
    await setHidden(false)
    await status('has arrived.').waitFor()
    expect(asked).toHaveLength(1)
  })

  it('on after the network was away', async () => {
    const { messageId } = await visit()
    await page.context().setOffline(true)
    await poll()
    await page.context().setOffline(false)
    await service.tellText(messageId, 'delivered')
    await poll()
    await status('has arrived.').waitFor()
  })

  it.each([
    [
      'the challenge was switched to another method',
      (url: string) => [`${url}/challenge`, { method: 'recovery-code' }],
    ],
    ['the user has signed out', (url: string) => [`${url}/sign-out`, {}]],
  ] as const)('no more once, in another tab, %s; it stays as it is', async (_name, call) => {
    await visit()
    const [address, data] = call(`${service.url}/two-factor`)
    await page.context().request.post(address as string, { data })
    await poll()
    expect(await isOver()).toBe(true)
    expect(await toldOn(page)).toEqual([])
    expect(await status('We sent a text message').isVisible()).toBe(true)
    expect(await page.locator('#others button').count()).toBe(2)
  })

  it('no more once a form is sent: its answer must be the last to set the session’s cookie', async () => {
    await visit()
    await page.evaluate(`window.fetch = (_address, { signal }) => new Promise(() => { window.asking = signal })
      addEventListener('submit', (event) => event.preventDefault())`)
    await page.clock.runFor(OFTEN_MS)
    expect(await page.evaluate('asking.aborted')).toBe(false)
    await page.getByLabel('Code').fill('123456')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('asking.aborted')).toBe(true)
  })

  it('nothing where no webhook could say more', async () => {
    const deaf = await openLiveService('memory', {})
    page = watch(await openTab(browser, deaf, await addPerson(deaf)))
    await page.clock.install()
    await page.goto(`${deaf.url}/two-factor/challenge`)
    expect(await status('We sent a text message').isVisible()).toBe(true)
    expect(await isOver()).toBe(true)
    await deaf.close()
  })
})
