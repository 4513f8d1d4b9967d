import { readFileSync } from 'node:fs'
import type { RunOptions } from 'axe-core'
import type { Browser } from 'playwright-core'
import type { Locale } from '../../../lib/ports'
import { pageOfSample } from '../../pages/reading'
import { type Sample, samples } from '../../pages/states'
import { startBrowser } from '../../support/browser'
import { openScreen, type Screen } from '../../support/browser-pages'

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

/** WCAG 2.2 AA, and what axe-core holds to be good practice. */
const EVERYTHING: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  rules: { 'target-size': { enabled: true } },
  resultTypes: ['violations'],
}
/** What the other colours can change. */
const COLOURS: RunOptions = { runOnly: { type: 'rule', values: ['color-contrast'] }, resultTypes: ['violations'] }

let browser: Browser
let screen: Screen
let pages: { sample: Sample; locale: Locale }[]

beforeAll(async () => {
  browser = await startBrowser()
  screen = await openScreen(browser)
  await screen.context.addInitScript({ content: AXE })
  const locales: readonly Locale[] = ['en', 'fr']
  pages = (await samples()).flatMap((sample) => locales.map((locale) => ({ sample, locale })))
})
afterAll(() => browser?.close())

/** Shows every page with all of it open. */
async function everywhere(
  locales: readonly Locale[],
  check: (name: string) => Promise<readonly string[]>,
): Promise<string[]> {
  const found: string[] = []
  for (const { sample, locale } of pages.filter((each) => locales.includes(each.locale))) {
    await screen.show(pageOfSample(sample, locale))
    await screen.page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    found.push(...(await check(`${sample.name} (${locale})`)))
  }
  return found
}

async function violations(name: string, options: RunOptions): Promise<readonly string[]> {
  const run = `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`
  return (await screen.page.evaluate<string[]>(run)).map((violation) => `${name} ${violation}`)
}

describe('axe-core', () => {
  it('finds what is wrong with a page that is', async () => {
    const page = '<!doctype html><html lang="en"><title>x</title><main><h1>Heading</h1><input><p>Hardly seen</p></main>'
    await screen.show(page)
    await screen.page.addStyleTag({ content: 'p { color: #aaa }' })
    const found = await violations('', EVERYTHING)
    expect(found.map((each) => each.trim().split(':')[0])).toEqual(['color-contrast', 'label'])
    expect(await violations('', COLOURS)).toHaveLength(1)
  })

  it('finds nothing on any page, in light colours', async () => {
    await screen.page.emulateMedia({ colorScheme: 'light' })
    expect(await everywhere(['en', 'fr'], (name) => violations(name, EVERYTHING))).toEqual([])
  }, 60_000)

  it('finds no contrast too low in dark colours', async () => {
    await screen.page.emulateMedia({ colorScheme: 'dark' })
    expect(await everywhere(['en'], (name) => violations(name, COLOURS))).toEqual([])
  }, 60_000)
})
