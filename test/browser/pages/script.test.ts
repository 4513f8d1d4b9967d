import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { SCRIPT } from '../../../lib/pages'
import { createTestApp, PASSWORD, type TestApp } from '../../support/app'
import { startBrowser } from '../../support/browser'
import { codeFor, enrolPhone } from '../../support/journeys'

/** Four, of which one learns what became of a message: with it no reload throws away what is typed. */
const MOST_BYTES = 4096

/** Where the browser stands: signed in with the password, at the app's real answers and under their real headers. */
interface Visit {
  page: Page
  context: BrowserContext
  url: string
}

let browser: Browser
let service: TestApp
let server: Server
let contexts: BrowserContext[]
/** What the pages' Content-Security-Policy refused. */
let refused: string[]

beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser?.close())

beforeEach(async () => {
  contexts = []
  refused = []
  service = createTestApp()
  server = createServer(service.app).listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(async () => {
  for (const context of contexts) await context.close()
  server.closeAllConnections()
  server.close()
  expect(refused).toEqual([])
})

async function visit(name: string, options: { javaScriptEnabled?: boolean } = {}): Promise<Visit> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const context = await browser.newContext(options)
  contexts.push(context)
  const page = await context.newPage()
  page.setDefaultTimeout(5000)
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) refused.push(message.text())
  })
  await context.request.post(`${url}/login`, { data: { email: `${name}@example.com`, password: PASSWORD } })
  return { page, context, url }
}

async function visitChallenge(options: { javaScriptEnabled?: boolean } = {}): Promise<Visit> {
  await enrolPhone(service, 'ada')
  const visited = await visit('ada', options)
  await visited.page.goto(`${visited.url}/two-factor/challenge`)
  return visited
}

/** Enrols an app the way a person does, up to the page with the recovery codes. */
async function visitRecoveryCodes(options: { javaScriptEnabled?: boolean } = {}): Promise<Visit> {
  const visited = await visit('bob', options)
  const { page, url } = visited
  await page.goto(`${url}/two-factor/setup?step=methods`)
  await page.getByLabel('user name').fill('bob@example.com')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('button', { name: 'Use an authenticator app' }).click()
  const setupKey = ((await page.locator('.key').textContent()) ?? '').replaceAll(' ', '')
  await page.getByLabel('Code', { exact: true }).fill(codeFor(service, setupKey))
  await page.getByRole('button', { name: 'Turn on' }).click()
  await page.locator('.codes').waitFor()
  return visited
}

const codesOn = (page: Page) => page.locator('.codes li').allTextContents()

it(`the script has at most ${MOST_BYTES / 1024} kB`, () => {
  expect(Buffer.byteLength(SCRIPT)).toBeLessThanOrEqual(MOST_BYTES)
})

it('is served to anybody, kept by the browser for an hour, and never taken for anything else', async () => {
  const { context, url } = await visit('ada')
  const answer = await context.request.get(`${url}/two-factor/script.js`)
  expect(await answer.text()).toBe(SCRIPT)
  expect(answer.headers()).toMatchObject({
    'content-type': expect.stringMatching(/^(text|application)\/javascript/),
    'cache-control': 'private, max-age=3600',
    'x-content-type-options': 'nosniff',
  })
})

describe('the button that sends again', () => {
  it('counts down, sends nothing while it does, and sends once it is ready', async () => {
    await enrolPhone(service, 'ada')
    const { page, url } = await visit('ada')
    await page.clock.install()
    await page.goto(`${url}/two-factor/challenge`)
    const button = page.getByRole('button', { name: 'Send a new text message' })
    expect(await button.textContent()).toMatch(/^Send a new text message \(0:(30|2\d)\)$/)
    expect(await page.getByText('Possible in').isHidden()).toBe(true)
    const sentBefore = service.phone.messages.length
    await page.clock.runFor(20_500)
    expect(await button.textContent()).toMatch(/^Send a new text message \(0:(10|0\d)\)$/)
    await button.click({ force: true })
    expect(service.phone.messages).toHaveLength(sentBefore)
    await page.clock.runFor(10_000)
    expect(await button.textContent()).toBe('Send a new text message')
    expect(await button.getAttribute('aria-disabled')).toBeNull()
    service.clock.advance(31_000)
    await button.click()
    await page.getByRole('status').filter({ hasText: 'We sent a text message' }).waitFor()
    expect(service.phone.messages).toHaveLength(sentBefore + 1)
  })

  it('says without the script from when it can be used, and works', async () => {
    const { page } = await visitChallenge({ javaScriptEnabled: false })
    expect(await page.getByText('Possible in 30 seconds.').isVisible()).toBe(true)
    const sentBefore = service.phone.messages.length
    service.clock.advance(31_000)
    await page.getByRole('button', { name: 'Send a new text message' }).click()
    expect(service.phone.messages).toHaveLength(sentBefore + 1)
  })
})

describe('a browser that reads the code out of the text message', () => {
  /** The browser's part, which wants a real phone: keeps what it was asked, and answers when it is told to. */
  const BROWSER = `
    window.OTPCredential = class {}
    const get = (asked) => new Promise((resolve) => {
      Object.assign(window, { asked, deliver: (code) => resolve({ code }) })
    })
    Object.defineProperty(navigator, 'credentials', { value: { get } })`

  const asked = (page: Page) => page.evaluate('window.asked?.otp')

  it('is asked for it, fills it in and submits', async () => {
    await enrolPhone(service, 'ada')
    const { page, url } = await visit('ada')
    await page.addInitScript(BROWSER)
    await page.goto(`${url}/two-factor/challenge`)
    expect(await asked(page)).toEqual({ transport: ['sms'] })
    await page.evaluate(`deliver('${service.phone.codeFor()}')`)
    await page.waitForURL(`${url}/`)
    expect(await (await page.goto(`${url}/account`))?.json()).toMatchObject({
      twoFactor: { assurance: 'second-factor' },
    })
  })

  it('is not asked where no text message is on its way', async () => {
    await enrolPhone(service, 'ada')
    const { page, url } = await visit('ada')
    await page.addInitScript(BROWSER)
    await page.goto(`${url}/two-factor/challenge`)
    await page.getByText('Try another method').click()
    await page.getByRole('button', { name: 'Use a recovery code' }).click()
    await page.getByLabel('Recovery code').waitFor()
    expect(await asked(page)).toBeUndefined()
  })
})

it('a pasted code loses its spaces, in the place it is pasted to', async () => {
  const { page } = await visitChallenge()
  const field = page.getByLabel('Code')
  await field.fill('19')
  await page.evaluate(`{
    const field = document.activeElement
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', ' 234\\u00a0567 8\\n')
    field.setSelectionRange(1, 1)
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }`)
  expect(await field.inputValue()).toBe('123456789')
})

describe('the recovery codes', () => {
  it('are copied, one a line, and it says so', async () => {
    const { page, context } = await visitRecoveryCodes()
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByRole('status').filter({ hasText: 'Copied.' }).waitFor()
    const copied = await page.evaluate('navigator.clipboard.readText()')
    expect(copied).toBe(`${(await codesOn(page)).join('\n')}\n`)
  })

  it('are selected where the browser refuses to copy', async () => {
    const { page } = await visitRecoveryCodes()
    await page.evaluate(
      `Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject() } })`,
    )
    await page.getByRole('button', { name: 'Copy' }).click()
    const selected = await page.evaluate<string>('String(getSelection())')
    expect(selected.split(/\s+/).filter(Boolean)).toEqual(await codesOn(page))
  })

  it('are saved as a text file that says what it is', async () => {
    const { page } = await visitRecoveryCodes()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('recovery-codes.txt')
    const codes = await codesOn(page)
    expect(readFileSync(await download.path(), 'utf8')).toBe(`Acme – Recovery codes\n\n${codes.join('\n')}\n`)
  })

  it('are printed', async () => {
    const { page } = await visitRecoveryCodes()
    await page.evaluate('window.print = () => { window.isPrinted = true }')
    await page.getByRole('button', { name: 'Print' }).click()
    expect(await page.evaluate('window.isPrinted')).toBe(true)
  })

  it('show without the script no button that does nothing', async () => {
    const { page } = await visitRecoveryCodes({ javaScriptEnabled: false })
    expect(await codesOn(page)).toHaveLength(10)
    const buttons = await page.getByRole('button').allTextContents()
    expect(buttons).toEqual(['Continue', 'Sign out'])
  })
})
