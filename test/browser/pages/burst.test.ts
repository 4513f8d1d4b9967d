import { randomUUID } from 'node:crypto'
import type { Channel } from 'express-two-factor'
import type { Browser, Page } from 'playwright-core'
import { startBrowser } from '../../support/browser'
import { enrolPerson } from '../../support/crowd'
import { type HttpClient, openHttpClient, sessionCookieIn } from '../../support/http-client'
import { SIGNATURE_SECRET } from '../../support/vonage-webhooks'
import { type LiveService, openLiveService, openTab } from './live-service'

const MESSAGES = 1000
/** Every so many messages, one is told of twice: Vonage repeats a webhook whose answer it has not seen. */
const TOLD_TWICE_EVERY = 10
const CONNECTIONS = 100
/** Far above what it takes on an idle machine, where the figure that is printed is to be looked at. */
const MOST_MS = 15_000

let browser: Browser
let http: HttpClient
let service: LiveService
/** The messages that were taken. */
let ids: string[]

/** Vonage's channel, whose messages are taken at once: what is tried is what comes back. */
function takeAtOnce(channel: Channel): Channel {
  const send: Channel['send'] = async () => {
    const messageId = randomUUID()
    ids.push(messageId)
    return { status: 'sent', messageId }
  }
  return { ...channel, send }
}

beforeAll(async () => {
  http = openHttpClient(10_000, CONNECTIONS)
  ids = []
  const connections = CONNECTIONS
  service = await openLiveService('redis', { signatureSecret: SIGNATURE_SECRET, connections, wrap: takeAtOnce })
  browser = await startBrowser()
})
afterAll(async () => {
  await browser?.close()
  await service?.close()
  http.close()
})

/** Signs new people in with their passwords: each waits for a text. @returns the cookies of their sessions */
async function holdCrowd(count: number): Promise<readonly string[]> {
  const cookies: string[] = []
  while (cookies.length < count) {
    const some = Math.min(CONNECTIONS, count - cookies.length)
    cookies.push(...(await Promise.all(Array.from({ length: some }, holdOne))))
  }
  return cookies
}

async function holdOne(): Promise<string> {
  const { id, email } = await enrolPerson(service.authenticators, 'phone')
  service.users.set(id, { id, label: email })
  return sessionCookieIn(await http.login(Number(new URL(service.url).port), email))
}

/** Vonage says it again where the answer was 503: a machine that is very busy may not reach its Redis in time. */
async function tellUntilTaken(id: string): Promise<number> {
  const status = await service.tellText(id, 'delivered')
  return status === 503 ? tellUntilTaken(id) : status
}

async function openWatched(): Promise<Page> {
  const { id, email } = await enrolPerson(service.authenticators, 'phone')
  service.users.set(id, { id, label: email })
  const page = await openTab(browser, service, { email })
  await page.goto(`${service.url}/two-factor/challenge`)
  await page.getByRole('status').filter({ hasText: 'We sent a text message' }).waitFor()
  await page.getByLabel('Code').fill('123')
  return page
}

/** What became of the message, as a session's own challenge says. */
async function deliveryOf(cookie: string): Promise<unknown> {
  const { body } = await http.send(Number(new URL(service.url).port), {
    method: 'GET',
    path: '/two-factor/challenge',
    cookie,
  })
  return (body as { delivery?: object }).delivery
}

it(`a burst of ${MESSAGES} receipts is taken, each told once, and the page that is open says so`, async () => {
  const cookies = await holdCrowd(MESSAGES - 1)
  const page = await openWatched()
  expect(new Set(ids).size).toBe(MESSAGES)
  const told: unknown[] = []
  service.twoFactor.on('challenge.delivered', ({ messageId }) => told.push(messageId))

  const receipts = ids.flatMap((id, at) => (at % TOLD_TWICE_EVERY === 0 ? [id, id] : [id]))
  const startMs = performance.now()
  const arrived = page.getByRole('status').filter({ hasText: 'has arrived.' }).waitFor({ timeout: MOST_MS })
  const shownMs = arrived.then(() => performance.now() - startMs)
  const answers = await Promise.all(receipts.map(tellUntilTaken))
  const tookMs = performance.now() - startMs

  expect(answers.filter((status) => status !== 204)).toEqual([])
  expect([...told].sort()).toEqual([...ids].sort())
  expect(tookMs).toBeLessThan(MOST_MS)
  expect(await shownMs).toBeLessThan(MOST_MS)
  expect(await page.getByLabel('Code').inputValue()).toBe('123')
  const sample = await Promise.all(cookies.filter((_, at) => at % TOLD_TWICE_EVERY === 0).map(deliveryOf))
  expect(sample.filter((delivery) => JSON.stringify(delivery) !== '{"status":"delivered"}')).toEqual([])
  process.stdout.write(
    `${receipts.length} receipts of ${MESSAGES} messages over ${CONNECTIONS} connections: ` +
      `${tookMs.toFixed(0)} ms; shown on the open page after ${(await shownMs).toFixed(0)} ms\n`,
  )
}, 60_000)
