import type { Browser } from 'playwright-core'
import { type SampleHere, startHere } from '../examples/running'
import { startBrowser } from '../support/browser'
import { PHONE, Visitor } from './visitor'

let sample: SampleHere
let browser: Browser

beforeAll(async () => {
  sample = await startHere()
  browser = await startBrowser()
}, 60_000)
afterAll(async () => {
  await browser.close()
  await sample.close()
})

describe.each(['on', 'off'] as const)('a user of the sample server, with JavaScript %s', (javaScript) => {
  let visitor: Visitor

  beforeAll(async () => {
    visitor = await Visitor.arrive(sample, browser, `visitor-${javaScript}`, javaScript)
  })
  afterAll(() => visitor.context.close())

  it('registers and signs in with the password alone', async () => {
    await visitor.register()
    expect(visitor.path).toBe('/login')
    await visitor.signIn()
    expect(visitor.path).toBe('/')
    await visitor.picture('home')
    expect(await visitor.page.locator('footer').textContent()).toContain(visitor.email)
  })

  it('turns two-factor on with an authenticator app: a QR code, its key, a code, and recovery codes once', async () => {
    await visitor.press('link', 'Two-factor verification')
    await visitor.picture('settings-off')
    await visitor.press('link', 'Get started')
    await visitor.givePasswordAgain()
    await visitor.picture('methods')
    await visitor.fill('Name (optional)', 'Work phone')
    await visitor.press('button', 'Use an authenticator app')
    await visitor.picture('totp-enrolment')
    const box = await visitor.page.locator('.qr svg').boundingBox()
    expect(box?.width).toBeGreaterThan(150)
    visitor.setupKey = (await visitor.page.locator('.key code').textContent())?.replaceAll(' ', '') ?? ''
    expect(visitor.setupKey).toMatch(/^[A-Z2-7]{32}$/)

    await visitor.enter('123', 'Turn on')
    await visitor.picture('totp-enrolment-error')
    expect(await visitor.page.getByRole('alert').count()).toBe(1)
    await visitor.enter(visitor.nextCode(), 'Turn on')
    await visitor.picture('recovery-codes')
    const codes = await visitor.page.locator('.codes li').allTextContents()
    expect(new Set(codes).size).toBe(10)

    await visitor.go('/two-factor')
    await visitor.picture('settings-on')
    expect(await visitor.text()).toContain('10 recovery codes of 10 left')
    expect(await visitor.text()).not.toContain(codes[0])
  })

  it('signs out, signs in, is held before the account, and reaches it once the code is given', async () => {
    await visitor.press('button', 'Sign out')
    expect(visitor.path).toBe('/login')
    await visitor.signIn()
    expect(visitor.path).toBe('/two-factor/challenge')
    await visitor.go('/account')
    expect(visitor.path).toBe('/two-factor/challenge')
    await visitor.picture('challenge')
    expect(
      await visitor.page.locator('input[name=code]').evaluate((field) => field === field.ownerDocument.activeElement),
    ).toBe(true)

    await visitor.enter('000000', 'Verify')
    await visitor.picture('challenge-error')
    expect(await visitor.page.locator('input[name=code]').getAttribute('aria-describedby')).toContain('error')
    await visitor.enter(visitor.nextCode(), 'Verify')
    expect(visitor.path).toBe('/account')
    await visitor.picture('account')
  })

  it('adds a phone by text message, with the code that the phone shows', async () => {
    await visitor.go('/two-factor')
    await visitor.press('link', 'Add another method')
    await visitor.givePasswordAgain()
    await visitor.page.getByLabel('Country or region').selectOption('FR')
    await visitor.fill('Phone number', PHONE)
    await visitor.press('button', 'Send a code')
    await visitor.picture('phone-enrolment')
    expect(await visitor.text()).toContain('+33 •• •• •• •• 78')
    await visitor.enter(await visitor.readPhone(), 'Confirm')
    await visitor.picture('settings-phone')
    expect(await visitor.text()).toContain('+33 •• •• •• •• 78')
  })

  it('has the device remembered, and is not asked for a code on it again', async () => {
    await visitor.press('button', 'Sign out')
    await visitor.signIn()
    await visitor.page.getByLabel('Remember this device for 30 days').check()
    await visitor.enter(visitor.nextCode(), 'Verify')
    await visitor.go('/')
    await visitor.press('button', 'Sign out')
    await visitor.signIn()
    expect(visitor.path).toBe('/')
    await visitor.go('/two-factor')
    await visitor.picture('settings-device')
    expect(await visitor.text()).toContain('This device')
  })

  it('confirms a payout with a code by text message, although the device is remembered', async () => {
    await visitor.go('/account')
    await visitor.fill('Amount in EUR', '250')
    await visitor.fill('To', 'FR76 3000 6000 0112 3456 7890 189')
    await visitor.press('button', 'Pay out')
    expect(visitor.path).toBe('/two-factor/challenge')
    await visitor.picture('step-up-choice')
    expect(await visitor.text()).toContain('Pay out 250 EUR to FR7630006000011234567890189')
    await visitor.press('button', 'Send a text message to +33 •• •• •• •• 78')
    await visitor.picture('step-up')
    await visitor.enter(await visitor.readPhone(), 'Verify')
    expect(visitor.path).toBe('/account')
    await visitor.picture('payout-again')
    expect(await visitor.page.getByLabel('Amount in EUR').inputValue()).toBe('250')
    await visitor.press('button', 'Pay out')
    expect(visitor.path).toBe('/account?done=payout')
    await visitor.picture('payout-done')
    expect(await visitor.page.getByRole('status').textContent()).toBe('The payout is on its way.')
  })
})
