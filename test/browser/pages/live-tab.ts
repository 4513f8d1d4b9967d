import { readFileSync } from 'node:fs'
import type { Browser, BrowserContextOptions, Locator, Page, Request } from 'playwright-core'
import { addPerson, type LiveService, openTab } from './live-service'

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')
const AXE_RUN = `axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } })
  .then(({ violations }) => violations.map(({ id }) => id))`

/** Notes each time that something in the status is put anew: what a screen reader says. */
const LISTEN = `window.told = []
  new MutationObserver(() => window.told.push(document.getElementById('delivery').textContent))
    .observe(document.getElementById('delivery'), { childList: true, subtree: true, characterData: true })`

const STEP_MS = 500
const LONGEST_MS = 30_000

/** A tab whose time is the test's to move, with what it asks by itself. */
export class LiveTab {
  readonly asked: Request[] = []
  /** What the pages' Content-Security-Policy refused, and the script's own errors. */
  readonly wrong: string[] = []

  private constructor(readonly page: Page) {
    page.on('request', (request) => {
      if (request.resourceType() === 'fetch') this.asked.push(request)
    })
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) this.wrong.push(message.text())
    })
    page.on('pageerror', (error) => this.wrong.push(error.message))
  }

  /** Signs somebody in with the password: where there is a phone, a text was sent. */
  static async open(
    browser: Browser,
    service: LiveService,
    person: { email: string },
    options: BrowserContextOptions = {},
  ): Promise<LiveTab> {
    const tab = new LiveTab(await openTab(browser, service, person, options))
    await tab.page.clock.install()
    return tab
  }

  /** Somebody new at the challenge page, with a text on its way. */
  static async atChallenge(
    browser: Browser,
    service: LiveService,
    options: BrowserContextOptions = {},
  ): Promise<LiveTab> {
    const tab = await LiveTab.open(browser, service, await addPerson(service), options)
    await tab.page.goto(`${service.url}/two-factor/challenge`)
    if (options.javaScriptEnabled !== false) await tab.page.evaluate(LISTEN)
    return tab
  }

  /** Lets time pass until the page has asked once more, and been answered. */
  async poll(): Promise<void> {
    const before = this.asked.length
    for (let passedMs = 0; this.asked.length === before && passedMs < LONGEST_MS; passedMs += STEP_MS)
      await this.page.clock.runFor(STEP_MS)
    await (await this.asked.at(-1)?.response())?.finished()
  }

  /** Whether the page has stopped asking. */
  async isOver(): Promise<boolean> {
    const before = this.asked.length
    for (let passedMs = 0; passedMs < LONGEST_MS; passedMs += LONGEST_MS / 6)
      await this.page.clock.runFor(LONGEST_MS / 6)
    return this.asked.length === before
  }

  told(): Promise<string[]> {
    return this.page.evaluate('window.told')
  }

  status(text: string): Locator {
    return this.page.getByRole('status').filter({ hasText: text })
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name })
  }

  /** The name of the field that has the focus, or the words of the button. */
  focused(): Promise<string> {
    return this.page.evaluate('document.activeElement.name || document.activeElement.textContent')
  }

  /** What axe-core finds wrong with the page as it is now. */
  async violations(): Promise<readonly string[]> {
    await this.page.evaluate(AXE)
    return this.page.evaluate<string[]>(AXE_RUN)
  }
}
