import { readFileSync } from 'node:fs'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { adminOf, beginPhone, pumpTexts, registerToEnrol, registerWithPhone } from '../examples/manual-login/visitors'
import { type SampleHere, startHere } from '../examples/running'
import { picture, startBrowser } from '../support/browser'

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')
const AXE_RUN = `axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } })
  .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`
const WIDE = { width: 1280, height: 800 }
const NARROW = { width: 320, height: 640 }

let sample: SampleHere
let browser: Browser

beforeAll(async () => {
  sample = await startHere()
  browser = await startBrowser()
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await sample?.close()
})

/** The administrator at the board, by the link on the page of the users. Scripts run for axe-core alone. */
async function openBoard(options: BrowserContextOptions): Promise<{ page: Page; refused: readonly string[] }> {
  const { port } = new URL(sample.url)
  const context = await browser.newContext({ baseURL: `http://localhost:${port}`, ...options })
  context.setDefaultTimeout(8000)
  const page = await context.newPage()
  const refused: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) refused.push(message.text())
  })
  const { email, password } = adminOf(sample)
  await page.goto('/login')
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.goto('/admin')
  await page.getByRole('link', { name: 'What was sent, and what came of it' }).click()
  await page.waitForURL('**/admin/sending')
  return { page, refused }
}

async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE)
  return page.evaluate<string[]>(AXE_RUN)
}

/** By how much the page would have to be scrolled sideways. */
function tooWide(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - innerWidth')
}

describe('the sending board, before anything was sent', () => {
  it('says so, and leads back to the users', async () => {
    const { page, refused } = await openBoard({ viewport: NARROW })
    await picture(page, 'board-empty')
    expect(await page.locator('main').textContent()).toContain('Nothing was sent since')
    expect(await violations(page)).toEqual([])
    await page.getByRole('link', { name: 'Last 7 days' }).click()
    await page.waitForURL('**/admin/sending?days=7')
    await page.getByRole('link', { name: 'Back to users' }).click()
    await page.waitForURL('**/admin')
    expect(refused).toEqual([])
    await page.context().close()
  }, 30_000)
})

describe('the sending board, where sends were stopped', () => {
  beforeAll(async () => {
    await registerWithPhone(sample, '06 12 34 56 78')
    await registerWithPhone(sample, '06 12 34 56 79', 'voice')
    await pumpTexts(sample)
    await beginPhone((await registerToEnrol(sample)).agent, '06 98 00 00 99').expect(429)
  }, 60_000)

  it.each([
    ['wide', { viewport: WIDE }],
    ['wide-dark', { viewport: WIDE, colorScheme: 'dark' as const }],
    ['narrow', { viewport: NARROW }],
    ['narrow-dark', { viewport: NARROW, colorScheme: 'dark' as const }],
  ])(
    'fits the page without scrolling sideways, and axe-core finds nothing wrong with it: %s',
    async (name, options) => {
      const { page, refused } = await openBoard(options)
      await picture(page, `board-${name}`)
      expect(await tooWide(page)).toBe(0)
      expect(await violations(page)).toEqual([])
      expect(refused).toEqual([])
      await page.context().close()
    },
    30_000,
  )

  it.each([480, 768, 1120, 1130])(
    'fits a page of %i px, with its rows as cards or as a table',
    async (width) => {
      const { page } = await openBoard({ viewport: { width, height: 800 } })
      await picture(page, `board-${width}`)
      expect(await tooWide(page)).toBe(0)
      await page.context().close()
    },
    30_000,
  )

  it.each([
    ['wide', WIDE],
    ['narrow', NARROW],
  ])(
    'is a table to a screen reader, each figure with its column and its rows: %s',
    async (_name, viewport) => {
      const { page } = await openBoard({ viewport })
      const table = page.getByRole('table', { name: /^Last 24 hours, since / })
      const heads = ['Country', 'Method', 'Sent', 'Delivered', 'Failed', 'Verified', 'Conversion', 'Blocked', 'Spend']
      expect(await table.getByRole('columnheader').allTextContents()).toEqual([...heads, 'Conversion brake'])
      const texts = table.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'Text message' }) })
      expect(await texts.getByRole('rowheader').allTextContents()).toEqual(['France (FR)', 'Text message'])
      expect(await texts.getByRole('cell').nth(0).textContent()).toBe('51')
      expect(await texts.getByRole('cell').last().textContent()).toMatch(
        /^Stopped until \d{4}-\d\d-\d\d \d\d:\d\d UTC$/,
      )
      const total = table.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'Total' }) })
      expect(await total.getByRole('cell').last().textContent()).toBe('1 stopped')
      await page.context().close()
    },
    30_000,
  )

  it('has its figures under each other, to the right', async () => {
    const { page } = await openBoard({ viewport: WIDE })
    const read = `Array.from(document.querySelectorAll('td.number'), (cell) => getComputedStyle(cell).textAlign)`
    expect(new Set(await page.evaluate<string[]>(read))).toEqual(new Set(['end']))
    await page.context().close()
  }, 30_000)
})

describe('the users', () => {
  it('are shown with how each would be asked now', async () => {
    const { email } = await registerWithPhone(sample, '06 12 34 56 77', 'voice')
    const { page } = await openBoard({ viewport: NARROW })
    await page.goto(`/admin?search=${encodeURIComponent(email)}`)
    await picture(page, 'board-users')
    expect(await page.locator('main').textContent()).toContain(
      'Asked by: voice call to +33 •• •• •• •• 77 (own preference)',
    )
    expect(await violations(page)).toEqual([])
    await page.context().close()
  }, 30_000)
})
