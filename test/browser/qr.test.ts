import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { type SampleHere, startHere } from '../examples/running'
import { startBrowser } from '../support/browser'
import { Visitor } from './visitor'

const run = promisify(execFile)
const PERIOD_MS = 30_000

let sample: SampleHere
let browser: Browser
let folder: string

beforeAll(async () => {
  sample = await startHere()
  browser = await startBrowser()
  folder = await mkdtemp(join(tmpdir(), 'qr-'))
}, 60_000)
afterAll(async () => {
  await browser.close()
  await sample.close()
  await rm(folder, { recursive: true, force: true })
})

/** What a reader that knows nothing of us sees on the page. */
async function readQr(visitor: Visitor): Promise<URL> {
  const path = join(folder, 'qr.png')
  await visitor.page.locator('.qr svg').screenshot({ path })
  const { stdout } = await run('zbarimg', ['--quiet', '--raw', path])
  return new URL(stdout.trim())
}

/** What a generator that knows nothing of us shows, `steps` of 30 s from now on. */
async function generate(secret: string, steps = 0): Promise<string> {
  const at = new Date(Date.now() + steps * PERIOD_MS)
    .toISOString()
    .replace(/\.\d+Z$/, ' UTC')
    .replace('T', ' ')
  const { stdout } = await run('oathtool', ['--totp', '--base32', '--now', at, secret])
  return stdout.trim()
}

it('the QR code on the page, read by zbar, makes codes in oathtool that are accepted, each once', async () => {
  const visitor = await Visitor.arrive(sample, browser, 'qr', 'off')
  await visitor.register()
  await visitor.signIn()
  await visitor.go('/two-factor/setup?step=methods')
  await visitor.givePasswordAgain()
  await visitor.press('button', 'Use an authenticator app')
  const uri = await readQr(visitor)
  expect(uri.href.startsWith('otpauth://totp/Acme:qr%40example.com?')).toBe(true)
  expect(Object.fromEntries(uri.searchParams)).toMatchObject({
    issuer: 'Acme',
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  })
  const secret = uri.searchParams.get('secret') ?? ''

  const first = await generate(secret)
  await visitor.enter(first, 'Turn on')
  expect(await visitor.page.locator('.codes li').count()).toBe(10)
  await visitor.go('/two-factor')
  await visitor.press('button', 'Sign out')
  await visitor.signIn()
  await visitor.enter(first, 'Verify')
  expect(await visitor.page.getByRole('alert').count()).toBe(1)
  await visitor.enter(await generate(secret, 1), 'Verify')
  await visitor.go('/account')
  expect(visitor.path).toBe('/account')
  await visitor.context.close()
})
