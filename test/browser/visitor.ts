import type { Browser, BrowserContext, Page } from 'playwright-core'
import { decodeBase32 } from '../../lib/core/base32'
import { hotp, stepAt } from '../../lib/core/factors/totp'
import type { SampleHere } from '../examples/running'
import { picture } from '../support/browser'

const PASSWORD = 'a password of this test'
export const PHONE = '06 12 34 56 78'

/** Somebody at a browser of their own, who does on the pages what people do. */
export class Visitor {
  setupKey = ''

  private constructor(
    readonly sample: SampleHere,
    readonly context: BrowserContext,
    readonly page: Page,
    readonly name: string,
  ) {}

  static async arrive(
    sample: SampleHere,
    browser: Browser,
    name: string,
    javaScript: 'on' | 'off',
    locale = 'en-GB',
  ): Promise<Visitor> {
    const { port } = new URL(sample.url)
    const context = await browser.newContext({
      baseURL: `http://localhost:${port}`,
      javaScriptEnabled: javaScript === 'on',
      locale,
      viewport: { width: 800, height: 900 },
    })
    context.setDefaultTimeout(8000)
    return new Visitor(sample, context, await context.newPage(), name)
  }

  get email(): string {
    return `${this.name}@example.com`
  }

  get path(): string {
    const { pathname, search } = new URL(this.page.url())
    return pathname + search
  }

  async go(path: string): Promise<void> {
    await this.page.goto(path)
  }

  async fill(label: string, text: string): Promise<void> {
    await this.page
      .locator('input')
      .and(this.page.getByLabel(label, { exact: true }))
      .fill(text)
  }

  /** Presses a button or follows a link, and waits for the page it leads to. */
  async press(role: 'button' | 'link', name: string): Promise<void> {
    const target = this.page.getByRole(role, { name, exact: true })
    await Promise.all([this.page.waitForEvent('load'), target.click()])
  }

  async text(): Promise<string> {
    return (await this.page.locator('main').textContent()) ?? ''
  }

  picture(name: string): Promise<void> {
    return picture(this.page, `${this.name}-${name}`)
  }

  async register(): Promise<void> {
    await this.go('/register')
    await this.picture('register')
    await this.fill('E-mail address', this.email)
    await this.fill('Password', PASSWORD)
    await this.press('button', 'Register')
  }

  async signIn(): Promise<void> {
    await this.go('/login')
    await this.picture('login')
    await this.fill('E-mail address', this.email)
    await this.fill('Password', PASSWORD)
    await this.press('button', 'Sign in')
  }

  async givePasswordAgain(): Promise<void> {
    await this.picture('password-again')
    await this.fill('Password', PASSWORD)
    await this.press('button', 'Continue')
  }

  /** The code an authenticator app shows once its next step has come. */
  nextCode(): string {
    this.sample.clock.advance(30_000)
    return hotp(decodeBase32(this.setupKey), stepAt(this.sample.clock.now()))
  }

  async enter(code: string, button: string): Promise<void> {
    await this.page.locator('input[name=code]').fill(code)
    await this.press('button', button)
  }

  /** Reads the newest code on the phone's page, in another tab. */
  async readPhone(): Promise<string> {
    const tab = await this.context.newPage()
    await tab.goto('/phone')
    await picture(tab, `${this.name}-phone-page`)
    const text = await tab.locator('li').first().textContent()
    await tab.close()
    return /\b\d{6}\b/.exec(text ?? '')?.[0] ?? ''
  }
}
