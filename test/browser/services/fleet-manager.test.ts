import type { Browser } from 'playwright-core'
import { startBrowser } from '../../support/browser'
import { Customer, type Telling } from './customer'
import { type RestartableSample, startRestartable } from './restartable'
import { SupportDesk } from './support-desk'

const DAY_MS = 24 * 60 * 60 * 1000
const TELLINGS: readonly Telling[] = [
  { language: 'fr', javaScript: 'off' },
  { language: 'en', javaScript: 'on' },
]

let sample: RestartableSample
let browser: Browser
let support: SupportDesk

// A story's step takes several pages, each in a real browser.
jest.setTimeout(60_000)

beforeAll(async () => {
  sample = await startRestartable({
    TWO_FACTOR_REQUIREMENT: 'required',
    TWO_FACTOR_ENFORCE_FROM: new Date(Date.now() + 10 * DAY_MS).toISOString(),
    TWO_FACTOR_GRACE_DAYS: '28',
  })
  browser = await startBrowser()
  support = await SupportDesk.open(sample, browser)
})
afterAll(async () => {
  await browser.close()
  await sample.close()
})

it('asks nobody before the date', async () => {
  const early = await Customer.arrive(sample, browser, 'early', { language: 'en', javaScript: 'off' })
  await early.visitor.signIn()
  expect(early.visitor.path).toBe('/')
  await early.leave()
  await support.enrol()
  sample.clock.advance(10 * DAY_MS)
})

describe.each(TELLINGS)('from that date, a fleet’s manager ($language, JavaScript $javaScript)', (telling) => {
  let user: Customer

  beforeAll(async () => {
    user = await Customer.arrive(sample, browser, 'fleet', telling)
  })
  afterAll(() => user.leave())

  it('is asked after the first sign-in, yes or not now, and goes on with not now', async () => {
    const { visitor, words } = user
    await visitor.signIn()
    await visitor.picture('prompt')
    expect(visitor.path).toBe('/two-factor/setup')
    expect(await visitor.text()).toContain(words.daysLeft(28))
    await visitor.press('button', words.notNow)
    expect(visitor.path).toBe('/')
    await visitor.go('/account')
    expect(visitor.path).toBe('/account')
  })

  it('is asked again after each sign-in, with the days left of the first one, although the server is another', async () => {
    const { visitor, words } = user
    sample.clock.advance(20 * DAY_MS)
    await sample.restart()
    await visitor.signIn()
    expect(visitor.path).toBe('/two-factor/setup')
    expect(await visitor.text()).toContain(words.daysLeft(8))
    await visitor.press('button', words.notNow)
    expect(visitor.path).toBe('/')
  })

  it('has no other way than to enrol once the 28 days are over', async () => {
    const { visitor, words } = user
    sample.clock.advance(8 * DAY_MS)
    await visitor.signIn()
    await visitor.picture('prompt-over')
    expect(await visitor.text()).toContain(words.required)
    expect(await user.page.getByRole('button', { name: words.notNow }).count()).toBe(0)
    for (const path of ['/account', '/']) {
      await visitor.go(path)
      expect(visitor.path).toBe('/two-factor/setup')
    }
  })

  it('enrols a phone by text message, password first, and lands on the home page', async () => {
    const { visitor, words } = user
    await visitor.press('link', words.yes)
    await user.provePassword()
    await user.choosePhone('sms')
    await visitor.enter(await user.readCode(), words.confirm)
    await user.keepRecoveryCodes(words.savedSubmit)
    expect(visitor.path).toBe('/')
  })

  it('has the code sent again, or is called instead, and has the device remembered', async () => {
    const { visitor, words } = user
    await user.signOut()
    await visitor.signIn()
    const first = await user.readCode()
    sample.clock.advance(30_000)
    await visitor.go('/two-factor/challenge')
    await visitor.press('button', words.resendSms)
    const second = await user.readCode()
    if (first !== second) {
      await visitor.enter(first, words.verify)
      expect(await user.page.getByRole('alert').count()).toBe(1)
    }
    await user.tryAnotherMethod()
    await user.pressStarting(words.callMe)
    await visitor.picture('challenge-call')
    await user.page.getByLabel(words.remember).check()
    await visitor.enter(await user.readCode(), words.verify)
    expect(visitor.path).toBe('/')
  })

  it('is not asked on that device for 30 days, and then again', async () => {
    const { visitor, words } = user
    await user.signOut()
    await visitor.signIn()
    expect(visitor.path).toBe('/')
    sample.clock.advance(30 * DAY_MS - 60_000)
    await visitor.signIn()
    expect(visitor.path).toBe('/')
    sample.clock.advance(60_000)
    await visitor.go('/login')
    await visitor.signIn()
    expect(visitor.path).toBe('/two-factor/challenge')
    await visitor.enter(await user.readCode(), words.verify)
    expect(visitor.path).toBe('/')
  })

  it('has a new phone, and asks support, which resets the second factor and ends the session', async () => {
    const { visitor } = user
    await support.reset(visitor.email)
    expect(await support.text()).toContain('The second factor was reset.')
    expect(sample.lines.some((line) => line.startsWith('admin.reset {'))).toBe(true)
    await visitor.go('/account')
    expect(visitor.path).toBe('/login')
  })

  it('enrols an app then, without new days of grace, and signs in with it', async () => {
    const { visitor, words } = user
    await visitor.signIn()
    expect(visitor.path).toBe('/two-factor/setup')
    expect(await user.page.getByRole('button', { name: words.notNow }).count()).toBe(0)
    await visitor.press('link', words.yes)
    await user.provePassword()
    await user.chooseApp()
    await user.confirmApp()
    await user.keepRecoveryCodes(words.savedSubmit)
    expect(visitor.path).toBe('/')
    await user.signOut()
    await visitor.signIn()
    await visitor.enter(await user.readApp(), words.verify)
    await visitor.picture('home')
    expect(visitor.path).toBe('/')
  })
})
