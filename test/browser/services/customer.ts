import type { Browser, Page } from 'playwright-core'
import type { SampleHere } from '../../examples/running'
import { picture } from '../../support/browser'
import { Visitor } from '../visitor'
import { type Language, WORDS, type Words } from './words'

const PASSWORD = 'a password of this test'

/** A story is told in both languages, once with the pages' script and once without it. */
export interface Telling {
  language: Language
  javaScript: 'on' | 'off'
}

/** A text starts with it; a call says it digit by digit. */
const CODE = /^\d{6}|\d(?: \d){5}/

let lastNumber = 10

/** Somebody with a browser in their language and a phone of their own, who takes the steps that users take. */
export class Customer {
  /** As it is typed; each customer's own, for its budget is too. */
  readonly number: string
  private seenMessages = 0

  private constructor(
    readonly visitor: Visitor,
    readonly words: Words,
    readonly phone: Page,
    private readonly isLive: boolean,
  ) {
    lastNumber += 1
    this.number = `06 12 34 56 ${lastNumber}`
  }

  /** Registers somebody and opens their two tabs: the service, and the phone page beside it. */
  static async arrive(sample: SampleHere, browser: Browser, story: string, telling: Telling): Promise<Customer> {
    const name = `${story}-${telling.language}-${telling.javaScript}`
    const words = WORDS[telling.language]
    const visitor = await Visitor.arrive(sample, browser, name, telling.javaScript, words.locale)
    const account = { email: visitor.email, password: PASSWORD }
    const registered = await visitor.context.request.post('/register', { data: account })
    if (registered.status() !== 201) throw new Error(`registration answered ${registered.status()}`)
    const phone = await visitor.context.newPage()
    await phone.goto('/phone')
    return new Customer(visitor, words, phone, telling.javaScript === 'on')
  }

  get page(): Page {
    return this.visitor.page
  }

  leave(): Promise<void> {
    return this.visitor.context.close()
  }

  /** Presses the only button that starts with these words. */
  async pressStarting(name: string): Promise<void> {
    const button = this.page.getByRole('button', { name: new RegExp(`^${name}`) })
    await Promise.all([this.page.waitForEvent('load'), button.click()])
  }

  /** Unfolds "try another method" below the code that is asked for. */
  async tryAnotherMethod(): Promise<void> {
    await this.page.locator('summary', { hasText: this.words.anotherMethod }).click()
    await this.visitor.picture('other-methods')
  }

  async signOut(): Promise<void> {
    await this.visitor.go('/two-factor/challenge')
    await this.visitor.press('button', this.words.signOut)
  }

  /** The e-mail address and the password again, as before every change of how one signs in. */
  async provePassword(): Promise<void> {
    await this.visitor.picture('password-again')
    await this.visitor.fill(this.words.emailAgain, this.visitor.email)
    await this.visitor.fill(this.words.passwordAgain, PASSWORD)
    await this.visitor.press('button', this.words.passwordSubmit)
  }

  async choosePhone(how: 'sms' | 'voice'): Promise<void> {
    await this.visitor.picture('methods')
    await this.page.getByLabel(this.words.country).selectOption('FR')
    await this.visitor.fill(this.words.phoneNumber, this.number)
    await this.page.getByLabel(this.words[how], { exact: true }).check()
    await this.visitor.press('button', this.words.sendCode)
    await this.visitor.picture('phone-enrolment')
  }

  async chooseApp(): Promise<void> {
    await this.visitor.press('button', this.words.useApp)
    await this.visitor.picture('totp-enrolment')
  }

  /** Types the setup key beside the QR code into the authenticator app, and gives the first code that it shows. */
  async confirmApp(): Promise<void> {
    const key = (await this.page.locator('.key code').textContent()) ?? ''
    await this.addToApp(key)
    await this.visitor.enter(await this.readApp(), this.words.turnOn)
  }

  /** Ticks that the recovery codes are kept, goes on, and returns them. */
  async keepRecoveryCodes(goOn: string): Promise<readonly string[]> {
    await this.visitor.picture('recovery-codes')
    const codes = await this.page.locator('.codes li').allTextContents()
    await this.page.getByLabel(this.words.saved).check()
    await this.visitor.press('button', goOn)
    return codes
  }

  /** The newest message on the phone's page: it comes by itself, or without JavaScript when the page is loaded again. */
  async readMessage(): Promise<{ text: string; code: string }> {
    const mine = this.phone.locator('li.message').filter({ hasText: `+33${this.number.replaceAll(' ', '').slice(1)}` })
    if (!this.isLive) await this.phone.goto('/phone')
    await mine.nth(this.seenMessages).waitFor()
    this.seenMessages = await mine.count()
    await picture(this.phone, `${this.visitor.name}-phone-page`)
    const text = (await mine.first().locator('.bubble').textContent()) ?? ''
    return { text, code: CODE.exec(text)?.[0].replaceAll(' ', '') ?? '' }
  }

  async readCode(): Promise<string> {
    return (await this.readMessage()).code
  }

  /** The code the authenticator app shows once its next 30 seconds have begun. */
  async readApp(): Promise<string> {
    this.visitor.sample.clock.advance(30_000)
    await this.phone.goto('/phone')
    await picture(this.phone, `${this.visitor.name}-phone-app`)
    return (await this.account().locator('.digits').textContent()) ?? ''
  }

  private account() {
    return this.phone.locator('.shown').filter({ hasText: this.visitor.name }).first()
  }

  private async addToApp(key: string): Promise<void> {
    await this.phone.getByLabel('Setup key').fill(key)
    await this.phone.getByLabel('Name').fill(this.visitor.name)
    await Promise.all([
      this.phone.waitForEvent('load'),
      this.phone.getByRole('button', { name: 'Add the account' }).click(),
    ])
  }
}
