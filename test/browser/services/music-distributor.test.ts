import type { Browser } from 'playwright-core'
import { type SampleHere, startHere } from '../../examples/running'
import { startBrowser } from '../../support/browser'
import { Customer, type Telling } from './customer'

const PAYEE = 'FR7630006000011234567890189'

let sample: SampleHere
let browser: Browser

// A story's step takes several pages, each in a real browser.
jest.setTimeout(60_000)

beforeAll(async () => {
  sample = await startHere()
  browser = await startBrowser()
})
afterAll(async () => {
  await browser.close()
  await sample.close()
})

const TELLINGS: readonly Telling[] = [
  { language: 'en', javaScript: 'on' },
  { language: 'fr', javaScript: 'off' },
]

describe.each(TELLINGS)('an artist of a music distributor ($language, JavaScript $javaScript)', (telling) => {
  // Half of them prefer to be called.
  const how = telling.javaScript === 'on' ? 'sms' : 'voice'
  let artist: Customer

  beforeAll(async () => {
    artist = await Customer.arrive(sample, browser, 'artist', telling)
  })
  afterAll(() => artist.leave())

  it('starts in the account settings, and gives e-mail address and password again', async () => {
    const { visitor, words } = artist
    await visitor.signIn()
    expect(visitor.path).toBe('/')
    await visitor.press('link', 'Two-factor verification')
    expect(await visitor.text()).toContain(words.isOff)
    await visitor.picture('settings-off')
    await visitor.press('link', words.getStarted)
    await artist.provePassword()
    expect(visitor.path).toBe('/two-factor/setup?step=methods')
  })

  it('names country and number, is sent the first code, and has it on with the right one only', async () => {
    const { visitor, words } = artist
    await artist.choosePhone(how)
    expect(await visitor.text()).toContain(`+33 •• •• •• •• ${artist.number.slice(-2)}`)
    const code = await artist.readCode()
    await visitor.enter(code === '000000' ? '000001' : '000000', words.confirm)
    await visitor.picture('phone-enrolment-error')
    expect(await artist.page.getByRole('alert').count()).toBe(1)
    await visitor.enter(code, words.confirm)
    expect(await artist.keepRecoveryCodes(words.savedSubmit)).toHaveLength(10)
    await visitor.go('/two-factor')
    await visitor.picture('settings-on')
    expect(await visitor.text()).toContain(words.isOn)
  })

  it('is asked for a code at each sign-in, and told about it in the same language', async () => {
    const { visitor, words } = artist
    await artist.signOut()
    await visitor.signIn()
    expect(visitor.path).toBe('/two-factor/challenge')
    await visitor.picture('challenge')
    const { text, code } = await artist.readMessage()
    if (how === 'sms') expect(text).toMatch(words.smsText)
    await visitor.enter(code, words.verify)
    expect(visitor.path).toBe('/')
  })

  it('confirms a payout that page and message name; the form comes back filled in, and is not sent by itself', async () => {
    const { visitor } = artist
    await askForPayout('250')
    await confirmPayout('250')
    expect(visitor.path).toBe('/account')
    await visitor.picture('payout-again')
    expect(await artist.page.getByLabel('Amount in EUR').inputValue()).toBe('250')
    expect(await artist.page.getByRole('status').count()).toBe(0)
  })

  it('is asked again when the amount has changed, and pays out what was confirmed', async () => {
    const { visitor } = artist
    await askForPayout('2500')
    await confirmPayout('2500')
    await visitor.press('button', 'Pay out')
    expect(visitor.path).toBe('/account?done=payout')
    expect(await artist.page.getByRole('status').textContent()).toBe('The payout is on its way.')
  })

  async function askForPayout(amount: string): Promise<void> {
    const { visitor, words } = artist
    await visitor.go('/account')
    await visitor.fill('Amount in EUR', amount)
    await visitor.fill('To', PAYEE)
    await visitor.press('button', 'Pay out')
    expect(visitor.path).toBe('/two-factor/challenge')
    await visitor.picture('step-up-choice')
    expect(await visitor.text()).toContain(words.confirming)
    expect(await visitor.text()).toContain(`Pay out ${amount} EUR to ${PAYEE}`)
  }

  async function confirmPayout(amount: string): Promise<void> {
    const { visitor, words } = artist
    await artist.pressStarting(how === 'sms' ? words.textMe : words.callMe)
    await visitor.picture('step-up')
    const { text, code } = await artist.readMessage()
    const action = `Pay out ${amount} EUR to ${PAYEE}`
    expect(text).toContain(how === 'sms' ? words.smsAction(action) : words.voiceAction(action))
    await visitor.enter(code, words.verify)
  }
})
