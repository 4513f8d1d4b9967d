import type { SendingMethod } from 'express-two-factor'
import type { Chance } from '../fuzz/chance'
import type { Phone } from '../support/crowd'
import type { Answer, HttpClient } from '../support/http-client'
import type { PostOffice } from './post-office'
import { minuteAfter, type Rotation, whoseBudget } from './rotation'
import { fieldsOf, openVisitor, type Visitor, wordOf } from './visitor'
import { METHODS, nameOf, PREMIUM, type Series } from './world'

/** A request of the attacker's that would send a message, and what came of it. */
export interface Try extends Series {
  kind: 'enrolment' | 'enrolment resend' | 'sign-in' | 'sign-in resend'
  minute: number
  startedAtMs: number
  account: string
  address: string
  to: string
  word: string
  hasSent: boolean
}

export interface Account {
  email: string
  /** The number it has enrolled. */
  own?: Phone
  entered?: { minute: number; visitor: Promise<Visitor> }
}

/** A sign-in that is held, and may ask again for a code. */
export interface Held {
  minute: number
  visitor: Visitor
  account: Account
  phone: Phone
}

/** An enrolment that may. */
export interface Begun extends Held {
  enrolmentId: string
}

export interface Den {
  http: HttpClient
  ports: readonly [number, number]
  postOffice: PostOffice
  chance: Chance
  tries: Try[]
  accounts: Rotation<Account>
  addresses: Rotation<string>
  owners: readonly Account[]
  /** By country and turn. */
  numbers: Readonly<Record<string, Rotation<Phone>>>
  begun: Begun[]
  held: Held[]
  /** Where new numbers are sent nothing, until when. */
  stopped: Map<string, number>
}

/** A password counts as just given for ten minutes: so long is what a session began of use. */
export const USABLE_MINUTES = 5

export function openSeries({ stopped }: Den, minute: number, country?: string): readonly Series[] {
  const all = PREMIUM.flatMap((each) => METHODS.map((method) => ({ country: each, method })))
  return all.filter(
    (series) => (country === undefined || series.country === country) && (stopped.get(nameOf(series)) ?? 0) <= minute,
  )
}

/** Where nothing is open, it is tried all the same. */
export function pickSeries(den: Den, minute: number): Series {
  const open = openSeries(den, minute)
  return open.length > 0
    ? den.chance.pick(open)
    : { country: den.chance.pick(PREMIUM), method: den.chance.pick(METHODS) }
}

/** Signs an account in and gives its password again, once for the requests of some minutes. */
export function enter(den: Den, minute: number, account: Account): Promise<Visitor> {
  if (account.entered && minute - account.entered.minute < USABLE_MINUTES) return account.entered.visitor
  const visitor = openVisitor(den.http, den.chance.pick(den.ports), den.addresses.next('sms', minute))
  const entering = async () => {
    await visitor.login(account.email)
    await visitor.reauthenticate(account.email)
    return visitor
  }
  account.entered = { minute, visitor: entering() }
  return account.entered.visitor
}

interface Aim {
  kind: Try['kind']
  minute: number
  account: Account
  phone: Phone
  method: SendingMethod
}

/** Goes on from another address, to either process; the function notes, and learns, what was answered. */
export function hop(den: Den, visitor: Visitor, aim: Aim): (answer: Answer, hasSent: boolean) => void {
  const { kind, minute, account, phone, method } = aim
  const address = den.addresses.next(method, minute)
  Object.assign(visitor, { address, port: den.chance.pick(den.ports) })
  const startedAtMs = performance.now()
  return (answer, hasSent) => {
    const series = { country: phone.country as Series['country'], method }
    const about = { kind, minute, startedAtMs, account: account.email, address, to: phone.e164 }
    den.tries.push({ ...about, ...series, word: wordOf(answer), hasSent })
    learn(den, answer, aim, address)
  }
}

function learn(den: Den, answer: Answer, { minute, account, phone, method }: Aim, address: string): void {
  const { code } = answer.body
  const retryAfterSeconds = fieldsOf(answer).retryAfter ?? 0
  const until = minuteAfter(minute, retryAfterSeconds)
  if (code === 'ERR_TFA_SENDS_STOPPED') den.stopped.set(nameOf({ country: phone.country, method }), until)
  if (code === 'ERR_TFA_LOCKED') for (const each of METHODS) den.accounts.rest(account, each, until)
  if (code !== 'ERR_TFA_BUDGET_EXHAUSTED') return
  if (whoseBudget(retryAfterSeconds) === 'address') den.addresses.rest(address, method, until)
  else den.accounts.rest(account, method, until)
}
