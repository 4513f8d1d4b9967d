import type { Browser } from 'playwright-core'
import { startBrowser } from '../../support/browser'
import { type LiveService, openLiveService } from './live-service'
import { LiveTab } from './live-tab'

const OFTEN_MS = 3000
const SELDOM_MS = 15_000

/** Notes when the page decides how long it waits until it asks again. */
const NOTE_WAITS = `{
  window.waits = []
  const [openedAt, later] = [Date.now(), setTimeout]
  window.setTimeout = (run, waitMs) => {
    window.waits.push({ atMs: Date.now() - openedAt, waitMs })
    return later(run, waitMs)
  }
}`

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

async function visit(): Promise<void> {
  tab = await LiveTab.atChallenge(browser, service)
}

const lastMessage = () => service.standIn.messages.at(-1)?.messageUuid ?? ''

describe('the page asks', () => {
  it('often for a minute, then seldom', async () => {
    await visit()
    await tab.page.evaluate(NOTE_WAITS)
    const waits = () => tab.page.evaluate<{ atMs: number; waitMs: number }[]>('window.waits')
    while (!(await waits()).some(({ waitMs }) => waitMs === SELDOM_MS)) await tab.poll()
    await tab.poll()
    const found = await waits()
    expect(found.length).toBeGreaterThan(10)
    // The page was opened a moment before its waits were noted.
    const isWrong = ({ atMs, waitMs }: { atMs: number; waitMs: number }) =>
      (atMs < 58_000 && waitMs !== OFTEN_MS) || (atMs > 60_000 && waitMs !== SELDOM_MS)
    expect(found.filter(isWrong)).toEqual([])
  })

  it('nothing while nobody looks at it, and at once when somebody does', async () => {
    await visit()
    const setHidden = (isHidden: boolean) =>
      tab.page.evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, value: ${isHidden} })
        document.dispatchEvent(new Event('visibilitychange'))`)
    await setHidden(true)
    expect(await tab.isOver()).toBe(true)
    await service.tellText(lastMessage(), 'delivered')
    await setHidden(false)
    await tab.status('has arrived.').waitFor()
    expect(tab.asked).toHaveLength(1)
  })

  it('on after the network was away', async () => {
    await visit()
    await tab.page.context().setOffline(true)
    await tab.poll()
    await tab.page.context().setOffline(false)
    await service.tellText(lastMessage(), 'delivered')
    await tab.poll()
    await tab.status('has arrived.').waitFor()
  })

  it.each([
    ['the challenge was switched to a call', '/challenge', { method: 'voice' }],
    ['the challenge was switched to a recovery code', '/challenge', { method: 'recovery-code' }],
    ['the user has signed out', '/sign-out', {}],
  ])('no more once, in another tab, %s; it stays as it is', async (_name, path, data) => {
    await visit()
    await tab.page.context().request.post(`${service.url}/two-factor${path}`, { data })
    await tab.poll()
    expect(await tab.isOver()).toBe(true)
    expect(await tab.told()).toEqual([])
    expect(await tab.status('We sent a text message').isVisible()).toBe(true)
    expect(await tab.page.locator('#others button').count()).toBe(2)
  })

  it('no more once the service is out of order', async () => {
    await visit()
    await tab.page.route('**/two-factor/challenge', (route) => route.fulfill({ status: 503, body: 'Out of order' }))
    await tab.poll()
    expect(await tab.isOver()).toBe(true)
    expect(await tab.told()).toEqual([])
  })

  it('no more once a form is sent: its answer must be the last to set the session’s cookie', async () => {
    await visit()
    await tab.page.evaluate(`window.fetch = (_address, { signal }) => new Promise(() => { window.asking = signal })
      addEventListener('submit', (event) => event.preventDefault())`)
    await tab.page.clock.runFor(OFTEN_MS)
    expect(await tab.page.evaluate('asking.aborted')).toBe(false)
    await tab.page.getByLabel('Code').fill('123456')
    await tab.page.keyboard.press('Enter')
    expect(await tab.page.evaluate('asking.aborted')).toBe(true)
  })

  it('nothing where no webhook could say more', async () => {
    const deaf = await openLiveService('memory', {})
    tab = await LiveTab.atChallenge(browser, deaf)
    expect(await tab.status('We sent a text message').isVisible()).toBe(true)
    expect(await tab.isOver()).toBe(true)
    await deaf.close()
  })
})
