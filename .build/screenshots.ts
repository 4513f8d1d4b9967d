import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pageOfSample } from '../test/pages/reading'
import { type Sample, samples } from '../test/pages/states'
import { startBrowser } from '../test/support/browser'
import { openScreen, type Screen } from '../test/support/browser-pages'
import { shrinkPng } from './png'

const FOLDER = resolve(__dirname, '..', 'docs', 'images')

/** The states that docs/pages.md shows, by their names in `test/pages/states.ts`. */
const SHOWN = [
  ...['challenge-sms', 'challenge-app', 'challenge-wrong', 'challenge-failed', 'challenge-locked'],
  ...['challenge-choose', 'challenge-step-up', 'setup-prompt', 'setup-password', 'setup-methods'],
  ...['totp-enrolment', 'phone-enrolment', 'recovery-codes', 'settings', 'reauthenticate-second', 'problem'],
]

/** Takes the pictures of docs/pages.md anew. */
async function takeAll(): Promise<void> {
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  const all = await samples()
  const browser = await startBrowser()
  const screen = await openScreen(browser, { viewport: { width: 400, height: 200 } })
  for (const name of SHOWN) await take(screen, find(all, name), name, 'en')
  await take(screen, find(all, 'challenge-sms'), 'challenge-sms-fr', 'fr')
  await screen.page.emulateMedia({ colorScheme: 'dark' })
  await take(screen, find(all, 'challenge-sms'), 'challenge-sms-dark', 'en')
  await browser.close()
}

function find(all: readonly Sample[], name: string): Sample {
  const found = all.find((sample) => sample.name === name)
  if (found) return found
  throw new Error(`there is no sample ${name}`)
}

async function take({ page, show }: Screen, sample: Sample, name: string, locale: 'en' | 'fr'): Promise<void> {
  await show(pageOfSample(sample, locale))
  writeFileSync(join(FOLDER, `${name}.png`), shrinkPng(await page.screenshot({ fullPage: true, caret: 'hide' })))
}

takeAll().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
