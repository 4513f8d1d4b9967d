import type { Browser, Page } from 'playwright-core'
import type { Locale } from '../../../lib/ports'
import { pageOfSample } from '../../pages/reading'
import { type Sample, samples } from '../../pages/states'
import { startBrowser } from '../../support/browser'
import { openScreen, type Screen } from '../../support/browser-pages'

let browser: Browser
let screen: Screen
let all: readonly Sample[]

beforeAll(async () => {
  browser = await startBrowser()
  screen = await openScreen(browser)
  all = await samples()
})
afterAll(() => browser?.close())

async function open(sample: Sample, locale: Locale): Promise<Page> {
  await screen.show(pageOfSample(sample, locale))
  await screen.page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
  return screen.page
}

/** What the keyboard has to reach, in the order of the page; of a group of radio buttons, the one that is chosen. */
const CONTROLS = `[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary')]
  .filter((each) => each.getClientRects().length > 0 && (each.type !== 'radio' || each.checked))`

const FOCUS = `(() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
  const isShown = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2
  return { at: (${CONTROLS}).indexOf(document.activeElement), isShown }
})()`

interface Focus {
  at: number
  isShown: boolean
}

/** Presses Tab once round the page. */
async function tabThrough(page: Page): Promise<{ count: number; stops: Focus[] }> {
  const count = await page.evaluate<number>(`(${CONTROLS}).length`)
  const stops: Focus[] = []
  for (let presses = 0; presses < count + 2; presses++) {
    await page.keyboard.press('Tab')
    stops.push(await page.evaluate<Focus>(FOCUS))
  }
  return { count, stops: stops.filter(({ at }) => at >= 0) }
}

it('the keyboard alone reaches every control, in the order of the page, and shows where it is', async () => {
  const wrong: string[] = []
  for (const sample of all) {
    const { count, stops } = await tabThrough(await open(sample, 'en'))
    const steps = stops.slice(1).map(({ at }, index) => (at - (stops[index] as Focus).at + count) % count)
    if (new Set(stops.map(({ at }) => at)).size !== count) wrong.push(`${sample.name}: not all of ${count}`)
    if (!stops.every(({ isShown }) => isShown)) wrong.push(`${sample.name}: focus not shown`)
    if (!steps.every((step) => step === 1 % count)) wrong.push(`${sample.name}: order ${steps}`)
  }
  expect(wrong).toEqual([])
}, 40_000)

describe('no page scrolls sideways', () => {
  async function tooWide(width: number, fontSize: string): Promise<string[]> {
    await screen.page.setViewportSize({ width, height: 800 })
    const found: string[] = []
    for (const sample of all) {
      for (const locale of ['en', 'fr'] as const) {
        const page = await open(sample, locale)
        await page.evaluate(`document.documentElement.style.fontSize = '${fontSize}'`)
        const needed = await page.evaluate<number>('document.documentElement.scrollWidth')
        if (needed > width) found.push(`${sample.name} (${locale}): ${needed}`)
      }
    }
    return found
  }

  it('at 320 pixels, which is 1280 at a zoom of 400 %', async () => {
    expect(await tooWide(320, '100%')).toEqual([])
  }, 40_000)

  it('at 640 pixels with text twice as large', async () => {
    expect(await tooWide(640, '200%')).toEqual([])
  }, 40_000)
})

it('printed recovery codes are on one sheet, black on white, without anything to press', async () => {
  const codes = all.find(({ name }) => name === 'recovery-codes') as Sample
  const page = await open(codes, 'en')
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  expect(await page.locator('.codes li').evaluateAll((items) => items.length)).toBe(10)
  expect(await page.locator('.codes').isVisible()).toBe(true)
  expect(await page.evaluate(`(${CONTROLS}).length`)).toBe(0)
  const colours = `[getComputedStyle(document.body).color, getComputedStyle(document.querySelector('.codes')).backgroundColor]`
  expect(await page.evaluate(colours)).toEqual(['rgb(0, 0, 0)', 'rgb(255, 255, 255)'])
  const sheets = (await page.pdf({ format: 'A4' })).toString('latin1').match(/\/Type\s*\/Page\b/g)
  expect(sheets).toHaveLength(1)
})
