import type { Browser } from 'playwright-core'
import { type SampleHere, startHere } from '../../examples/running'
import { startBrowser } from '../../support/browser'
import { Customer, type Telling } from './customer'

const TELLINGS: readonly Telling[] = [
  { language: 'fr', javaScript: 'on' },
  { language: 'en', javaScript: 'off' },
]

let sample: SampleHere
let browser: Browser

// A story's step takes several pages, each in a real browser.
jest.setTimeout(60_000)

beforeAll(async () => {
  sample = await startHere({ TWO_FACTOR_AFTER_ENROLMENT: 'sign-out' })
  browser = await startBrowser()
})
afterAll(async () => {
  await browser.close()
  await sample.close()
})

describe.each(TELLINGS)('an investor on a marketplace ($language, JavaScript $javaScript)', (telling) => {
  let investor: Customer
  let recoveryCodes: readonly string[]

  beforeAll(async () => {
    investor = await Customer.arrive(sample, browser, 'investor', telling)
    await investor.visitor.signIn()
  })
  afterAll(() => investor.leave())

  it('turns it on with an authenticator app, by QR code or key, and is signed out by that', async () => {
    const { visitor, words } = investor
    await startInSettings()
    await investor.chooseApp()
    expect(await visitor.text()).toContain(words.scan)
    expect((await investor.page.locator('.qr svg').boundingBox())?.width).toBeGreaterThan(150)
    await investor.confirmApp()
    expect(await visitor.text()).toContain(words.signedOut)
    recoveryCodes = await investor.keepRecoveryCodes(words.signInAgain)
    expect(visitor.path).toBe('/login')
    await visitor.go('/account')
    expect(visitor.path).toBe('/login')
  })

  it('gives the password and then the code of the app at the next sign-in', async () => {
    const { visitor, words } = investor
    await visitor.signIn()
    expect(visitor.path).toBe('/two-factor/challenge')
    await visitor.picture('challenge-app')
    await visitor.enter(await investor.readApp(), words.verify)
    expect(visitor.path).toBe('/')
  })

  it('loses the app without losing the account: a recovery code signs in, once', async () => {
    const { visitor, words } = investor
    const [code = ''] = recoveryCodes
    await signInWithRecoveryCode(code)
    expect(visitor.path).toBe('/')
    await visitor.go('/two-factor')
    await visitor.picture('settings-recovered')
    expect(await visitor.text()).toContain(words.recoveryCodesLeft(9))
    await signInWithRecoveryCode(code)
    await visitor.picture('recovery-code-refused')
    expect(await investor.page.getByRole('alert').count()).toBe(1)
    await visitor.go('/account')
    expect(visitor.path).toBe('/two-factor/challenge')
  })

  it('turns it off in the settings, with password and code, and then signs in with the password alone', async () => {
    const { visitor, words } = investor
    await signInWithRecoveryCode(recoveryCodes[1] ?? '')
    await visitor.go('/two-factor')
    await visitor.press('button', words.turnOff)
    await investor.provePassword()
    await visitor.picture('turning-off')
    await visitor.press('button', words.turnOff)
    await visitor.picture('settings-off-again')
    expect(await visitor.text()).toContain(words.isOff)
    await investor.signOut()
    await visitor.signIn()
    expect(visitor.path).toBe('/')
  })

  it('turns it on again by text message, and is asked for the code that comes', async () => {
    const { visitor, words } = investor
    await startInSettings()
    await investor.choosePhone('sms')
    await visitor.enter(await investor.readCode(), words.confirm)
    await investor.keepRecoveryCodes(words.signInAgain)
    await visitor.signIn()
    expect(visitor.path).toBe('/two-factor/challenge')
    const { text, code } = await investor.readMessage()
    expect(text).toMatch(words.smsText)
    await visitor.enter(code, words.verify)
    expect(visitor.path).toBe('/')
  })

  async function startInSettings(): Promise<void> {
    await investor.visitor.go('/two-factor')
    await investor.visitor.press('link', investor.words.getStarted)
    await investor.provePassword()
  }

  async function signInWithRecoveryCode(code: string): Promise<void> {
    const { visitor, words } = investor
    await investor.signOut()
    await visitor.signIn()
    await investor.tryAnotherMethod()
    await visitor.press('button', words.useRecoveryCode)
    await visitor.picture('recovery-code')
    await visitor.enter(code, words.verify)
  }
})
