import { authenticatorApp } from 'express-two-factor/testing'
import type { Browser } from 'playwright-core'
import type { SampleHere } from '../../examples/running'
import { Visitor } from '../visitor'

/** The administrator of the demo accounts, at a browser of their own. */
export class SupportDesk {
  private setupKey = ''

  private constructor(
    private readonly visitor: Visitor,
    private readonly sample: SampleHere,
  ) {}

  static async open(sample: SampleHere, browser: Browser): Promise<SupportDesk> {
    return new SupportDesk(await Visitor.arrive(sample, browser, 'support', 'off'), sample)
  }

  close(): Promise<void> {
    return this.visitor.context.close()
  }

  /** Enrols like everybody: the desk must have a second factor too. */
  async enrol(): Promise<void> {
    const { email, password } = await this.givePassword()
    const post = (path: string, data: object) => this.visitor.context.request.post(path, { data })
    await post('/two-factor/reauthenticate', { username: email, password })
    const begun = await (await post('/two-factor/authenticators', { factor: 'totp' })).json()
    this.setupKey = begun.setupKey
    await post(`/two-factor/authenticators/${begun.enrolmentId}/confirm`, { code: this.nextCode() })
  }

  /** Signs in, finds the user, and resets the second factor. */
  async reset(email: string): Promise<void> {
    const { visitor } = this
    await this.givePassword()
    await visitor.context.request.post('/two-factor/challenge/verify', { data: { code: this.nextCode() } })
    await visitor.go('/admin')
    await visitor.fill('E-mail address, or part of it', email)
    await visitor.press('button', 'Search')
    await visitor.page.locator('summary', { hasText: 'Help this user' }).click()
    await visitor.picture('desk')
    const form = visitor.page.locator('form[action$="/reset"]')
    await form.getByLabel('Reason').fill('a new phone, identity checked')
    await visitor.press('button', 'Reset the second factor')
    await visitor.picture('desk-done')
  }

  text(): Promise<string> {
    return this.visitor.text()
  }

  private async givePassword() {
    const [, email = '', password = ''] =
      /^account (\S+) "(.+)" \(admin\)$/m.exec(this.sample.accounts.join('\n')) ?? []
    await this.visitor.context.request.post('/login', { data: { email, password } })
    return { email, password }
  }

  private nextCode(): string {
    this.sample.clock.advance(30_000)
    return authenticatorApp(this.setupKey, this.sample.clock).code()
  }
}
