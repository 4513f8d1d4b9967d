import type { Browser } from 'playwright-core'
import { startBrowser } from '../../support/browser'
import { type LiveService, openLiveService } from './live-service'
import { LiveTab } from './live-tab'

const OFTEN_MS = 3000
const SELDOM_MS = 15_000

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
    for (let passedMs = 0; passedMs < 60_000; ) {
      const waitedMs = await tab.poll()
      expect(waitedMs).toBeLessThanOrEqual(OFTEN_MS + 500)
      passedMs += waitedMs
    }
    await tab.poll()
    expect(await tab.poll()).toBeGreaterThan(SELDOM_MS - 1000)
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
