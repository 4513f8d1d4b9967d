import { setTimeout as pause } from 'node:timers/promises'
import { TwoFactorError } from 'express-two-factor'
import { enrolPerson, type Person } from '../support/crowd'
import { type Answer, type HttpClient, sessionCookieIn } from '../support/http-client'
import type { Kind, Ledger, Waiting } from './ledger'
import type { DrillService } from './service'

/** What a worker of the load works with. */
export interface Drill {
  service: DrillService
  http: HttpClient
  ledger: Ledger
}

type Turn = (drill: Drill) => Promise<void>

/** How many workers do what, side by side. */
const WORKERS: readonly (readonly [Turn, number])[] = [
  [raceApp, 4],
  [racePhone, 6],
  [raceRecoveryCode, 3],
  [guess, 3],
  [waitWithCode, 2],
]

/** Starts the load. @returns ends it, once every worker has finished its turn */
export function startLoad(drill: Drill): () => Promise<void> {
  let isOver = false
  const work = async (turn: Turn) => {
    while (!isOver) {
      await turn(drill).catch(waitOut)
      await pause(20)
    }
  }
  const devices = Array.from({ length: 3 }, () => returnWithDevice(drill, () => isOver))
  const all = WORKERS.flatMap(([turn, count]) => Array.from({ length: count }, () => work(turn)))
  return async () => {
    isOver = true
    await Promise.all([...all, ...devices])
  }
}

/** Where the durable store is the broken Redis, nobody can be enrolled meanwhile. */
async function waitOut(error: unknown): Promise<void> {
  if (!(error instanceof TwoFactorError) || error.code !== 'ERR_TFA_STORE_UNAVAILABLE') throw error
  await pause(100)
}

/** The same code of an app, from two sessions at once. */
async function raceApp(drill: Drill): Promise<void> {
  const person = await enrolPerson(drill.service.authenticators, 'totp')
  const cookies = await Promise.all(drill.service.ports.map((port) => logIn(drill, port, person)))
  await race(drill, 'totp', person, person.codeAt(Date.now()), cookies)
}

/** The code of a text message twice at once, as a double click sends it. */
async function racePhone(drill: Drill): Promise<void> {
  const person = await enrolPerson(drill.service.authenticators, 'phone')
  const cookie = await logIn(drill, drill.service.ports[0], person)
  await race(drill, 'sms', person, drill.service.codeFor(person.phone), [cookie, cookie])
}

async function raceRecoveryCode(drill: Drill): Promise<void> {
  const person = await enrolPerson(drill.service.authenticators, 'totp')
  for (const code of person.recoveryCodes.slice(0, 3)) {
    const cookies = await Promise.all(drill.service.ports.map((port) => logIn(drill, port, person)))
    await race(drill, 'recovery-code', person, code, cookies)
  }
}

async function race(drill: Drill, kind: Kind, person: Person, code: string, cookies: readonly string[]): Promise<void> {
  const { ports } = drill.service
  const isAsked = code !== '' && cookies.every((cookie) => cookie !== '')
  if (!isAsked) return
  await Promise.all(cookies.map((cookie, at) => answer(drill, ports[at % 2] as number, { kind, person, code, cookie })))
  await Promise.all(cookies.map((cookie) => refuseHeld(drill, cookie)))
}

/** Answers a challenge; what is accepted is written down, and the page behind it is asked for. */
export async function answer(
  { service, http, ledger }: Drill,
  port: number,
  { kind, person, code, cookie }: { kind: Kind; person: Person; code: string; cookie: string },
): Promise<Answer> {
  const verified = ledger.hear(await http.verify(port, cookie, code))
  if (verified.status !== 200) return verified
  const after = sessionCookieIn(verified)
  ledger.accept({ kind, person, code, before: cookie, after, at: Date.now() })
  ledger.hear(await http.send(service.ports[0], { method: 'GET', path: '/account', cookie: after }))
  return verified
}

async function logIn({ http, ledger }: Drill, port: number, { email }: Person): Promise<string> {
  const answered = ledger.hear(await http.login(port, email))
  return answered.status === 200 ? sessionCookieIn(answered) : ''
}

/** A session that has not verified, or that had before its id changed, is shown nothing. */
export async function refuseHeld({ service, http, ledger }: Drill, cookie: string): Promise<void> {
  const shown = ledger.hear(await http.send(service.ports[1], { method: 'GET', path: '/account', cookie }))
  // Nobody at all is let through to the page, which knows nobody.
  if (shown.status === 200 && shown.body.twoFactor) ledger.openedWithoutFactor.push(cookie)
}

/** Wrong codes: each is judged or refused, none opens anything. */
async function guess(drill: Drill): Promise<void> {
  const { service, http, ledger } = drill
  const person = await enrolPerson(service.authenticators, 'phone')
  const cookie = await logIn(drill, service.ports[0], person)
  if (!cookie) return
  const right = service.codeFor(person.phone)
  const guessed = { person, cookie, judged: 0, at: Date.now() }
  ledger.guessed.push(guessed)
  for (const code of ['111111', '222222', '333333', '444444'].filter((wrong) => wrong !== right)) {
    const { status, body } = ledger.hear(await http.verify(service.ports[0], cookie, code))
    if (status === 401 && body.code === 'ERR_TFA_CODE_INCORRECT') guessed.judged += 1
    guessed.at = Date.now()
  }
  await refuseHeld(drill, cookie)
}

/** A challenge that is still open when the master ends. */
async function waitWithCode(drill: Drill): Promise<void> {
  const { service, ledger } = drill
  for (const kind of ['sms', 'totp', 'recovery-code'] as const) {
    const person = await enrolPerson(service.authenticators, kind === 'sms' ? 'phone' : 'totp')
    const cookie = await logIn(drill, service.ports[1], person)
    if (cookie) ledger.waiting.push({ kind, person, cookie, at: Date.now() })
  }
}

/** Types the code that a session has been waiting with. @returns whether it was accepted */
export async function answerWaiting(drill: Drill, { kind, person, cookie }: Waiting): Promise<boolean> {
  const { codeFor, ports } = drill.service
  const codes = {
    sms: codeFor(person.phone),
    totp: person.codeAt(Date.now()),
    'recovery-code': person.recoveryCodes[0],
  }
  const { status } = await answer(drill, ports[0], { kind, person, code: codes[kind] as string, cookie })
  return status === 200
}

/** A browser that is remembered signs in again and again; forgotten, it asks to be remembered anew. */
async function returnWithDevice(drill: Drill, isOver: () => boolean): Promise<void> {
  const { service, http, ledger } = drill
  const person = await enrolPerson(service.authenticators, 'phone')
  let device = ''
  while (!isOver()) {
    await pause(40)
    const answered = ledger.hear(await http.login(service.ports[0], person.email, device || undefined))
    if (answered.status !== 200) continue
    device = deviceCookieIn(answered) || device
    const session = sessionCookieIn(answered)
    if (answered.body.next === '/') {
      ledger.hear(await http.send(service.ports[1], { method: 'GET', path: '/account', cookie: session }))
      continue
    }
    ledger.deviceAsked.push(Date.now())
    const code = service.codeFor(person.phone)
    const verified = ledger.hear(await http.verify(service.ports[1], session, code, { remember: true }))
    if (verified.status === 200) device = deviceCookieIn(verified)
  }
}

function deviceCookieIn({ cookies }: Answer): string {
  return cookies.find((pair) => pair.startsWith('two-factor-device')) ?? ''
}
