import type { SendingMethod } from 'express-two-factor'
import type { Phone } from '../support/crowd'
import { type Account, type Begun, type Den, enter, type Held, hop, openSeries, pickSeries } from './den'
import type { Rotation } from './rotation'
import { AUTHENTICATORS, CHALLENGE, enrolmentOf, fieldsOf, openVisitor } from './visitor'
import { METHODS } from './world'

export async function beginRented(den: Den, minute: number): Promise<undefined> {
  const { country, method } = pickSeries(den, minute)
  const account = den.accounts.next(method, minute)
  const phone = (den.numbers[country] as Rotation<Phone>).next(method, minute)
  const begun = await begin(den, minute, account, phone, method)
  if (begun) den.begun.push(begun)
}

/** His own phone rings: he types the code, and the account has a number that sign-ins are sent to. */
export async function enrolOwn(den: Den, minute: number, at: number, phone: Phone): Promise<undefined> {
  const account = den.owners[at] as Account
  const begun = await begin(den, minute, account, phone, phone.preferredMethod)
  if (!begun) return
  const code = den.postOffice.codeFor(phone.e164)
  const { status } = await begun.visitor.post(`${AUTHENTICATORS}/${begun.enrolmentId}/confirm`, { code })
  if (status === 201) account.own = phone
}

async function begin(
  den: Den,
  minute: number,
  account: Account,
  phone: Phone,
  method: SendingMethod,
): Promise<Begun | undefined> {
  const visitor = await enter(den, minute, account)
  const note = hop(den, visitor, { kind: 'enrolment', minute, account, phone, method })
  const answer = await visitor.post(AUTHENTICATORS, enrolmentOf(phone, method))
  note(answer, answer.status === 201)
  const { enrolmentId } = fieldsOf(answer)
  if (answer.status === 403) delete account.entered
  if (answer.status !== 201 || enrolmentId === undefined) return undefined
  return { minute, visitor, account, phone, enrolmentId }
}

export async function resendEnrolment(
  den: Den,
  minute: number,
  { visitor, account, phone, enrolmentId }: Begun,
): Promise<undefined> {
  const open = openSeries(den, minute, phone.country)
  const { method } = open.length > 0 ? den.chance.pick(open) : { method: den.chance.pick(METHODS) }
  const note = hop(den, visitor, { kind: 'enrolment resend', minute, account, phone, method })
  const answer = await visitor.post(`${AUTHENTICATORS}/${enrolmentId}/resend`, { method })
  note(answer, answer.status === 202)
}

export async function signIn(den: Den, minute: number, account: Account): Promise<undefined> {
  const phone = account.own as Phone
  const visitor = openVisitor(den.http, 0, '')
  const note = hop(den, visitor, { kind: 'sign-in', minute, account, phone, method: phone.preferredMethod })
  const answer = await visitor.login(account.email)
  const shown = await visitor.get(CHALLENGE)
  note(answer, fieldsOf(shown).delivery?.status === 'sent')
  if (answer.status === 200) den.held.push({ minute, visitor, account, phone })
}

export async function resendSignIn(den: Den, minute: number, { visitor, account, phone }: Held): Promise<undefined> {
  const method = den.chance.pick(METHODS)
  const note = hop(den, visitor, { kind: 'sign-in resend', minute, account, phone, method })
  const answer = await visitor.post(CHALLENGE, { method })
  note(answer, answer.status === 201)
}
