import type { ConfirmedAnswer, PhoneEnrolmentAnswer } from '../../answers'
import { type Confirmed, confirmEnrolment } from '../../core/confirm'
import { describeAuthenticator } from '../../core/describe'
import { type Begun, beginPhone, beginTotp, readEnrolment, resendEnrolment } from '../../core/enrolment'
import { describeAnew, removeAuthenticator } from '../../core/factor-changes'
import { readId } from '../../core/ids'
import { methodsIn } from '../../core/reach'
import { TwoFactorError } from '../../errors'
import type { SendingMethod } from '../../ports'
import { optionalTextOf, textOf } from '../body'
import { admit, admitFresh, type Exchange, type Reply } from '../exchange'
import type { Shown } from '../respond'
import { notesOf } from '../session'
import type { Visitor } from '../visitor'
import { describeTotp, destinationOf, enrolmentPage, resendAt, totpPage } from './enrolment-page'
import { goOnReissued } from './reissue'

const LONGEST_LABEL = 60
/** As people type them, spaces included; what is longer is refused before it is read. */
const LONGEST_PHONE = 40

export async function beginEnrolment(exchange: Exchange): Promise<Reply> {
  const { session } = await admitFresh(exchange, ['prompted', 'passed'])
  const factor = textOf(exchange.body, 'factor')
  if (factor === 'totp') return beginApp(exchange, session)
  if (factor === 'phone') return beginNumber(exchange, session)
  throw new TwoFactorError('ERR_TFA_INPUT_INVALID', { field: 'factor', detail: '`factor` must be "totp" or "phone"' })
}

/** The secret is shown by the answer to the POST itself: no GET ever shows it. */
async function beginApp(exchange: Exchange, session: Visitor['session']): Promise<Reply> {
  const label = optionalTextOf(exchange.body, 'label', LONGEST_LABEL) ?? ''
  const begun = await beginTotp(exchange.core, session, label)
  const json = await describeTotp(exchange, begun)
  return { status: 201, json, page: totpPage(json) }
}

async function beginNumber(exchange: Exchange, session: Visitor['session']): Promise<Reply> {
  const { core, body, locale } = exchange
  const replaces = optionalTextOf(body, 'replaces')
  const country = textOf(body, 'country')
  const wanted = {
    country,
    phone: phoneOf(body.phone),
    method: sendingMethodOf(body.method) ?? methodsIn(core, country)[0] ?? 'sms',
    label: optionalTextOf(body, 'label', LONGEST_LABEL) ?? '',
    ...(replaces ? { replaces: readId(replaces, 'replaces') } : {}),
  }
  const begun = await beginPhone(core, session, wanted, locale)
  return { status: 201, json: describePhone(exchange, begun), page: { to: enrolmentUrl(exchange, begun) } }
}

/** Handed on as typed: what is not a number is a number's error, not a malformed field's. */
function phoneOf(typed: unknown): string {
  if (typeof typed === 'string' && typed.length <= LONGEST_PHONE) return typed
  throw new TwoFactorError(typeof typed === 'string' ? 'ERR_TFA_PHONE_INVALID' : 'ERR_TFA_INPUT_INVALID', {
    field: 'phone',
  })
}

function sendingMethodOf(method: unknown): SendingMethod | undefined {
  if (method === undefined || method === null || method === '') return undefined
  if (method === 'sms' || method === 'voice') return method
  throw new TwoFactorError('ERR_TFA_INPUT_INVALID', { field: 'method', detail: '`method` must be "sms" or "voice"' })
}

function describePhone(exchange: Exchange, begun: Begun): PhoneEnrolmentAnswer {
  const { enrolmentId, stored } = begun
  const times = { expiresAt: new Date(stored.expiresAt), resendAt: resendAt(exchange, begun) }
  return { enrolmentId, destination: destinationOf(begun), ...times }
}

function enrolmentUrl({ core }: Exchange, { enrolmentId }: Begun): string {
  return `${core.settings.path}/setup?enrolment=${enrolmentId}`
}

export async function resendEnrolmentCode(exchange: Exchange): Promise<Reply> {
  const enrolmentId = readId(exchange.req.params.id, 'enrolmentId')
  const { session } = await admitFresh(exchange, ['prompted', 'passed'])
  const method = sendingMethodOf(exchange.body.method)
  const wanted = { locale: exchange.locale, ...(method ? { method } : {}) }
  const begun = await resendEnrolment(exchange.core, session, enrolmentId, wanted)
  return { status: 202, json: describePhone(exchange, begun), page: { to: enrolmentUrl(exchange, begun) } }
}

export async function confirm(exchange: Exchange): Promise<Reply> {
  const enrolmentId = readId(exchange.req.params.id, 'enrolmentId')
  const { session } = await admitFresh(exchange, ['prompted', 'passed'])
  const { returnTo = exchange.core.settings.homeUrl } = notesOf(exchange.req)
  const confirmed = await confirmEnrolment(exchange.core, session, enrolmentId, exchange.body.code)
  await goOnReissued(exchange, confirmed.reissued)
  return describeConfirmed(exchange, confirmed, returnTo)
}

function describeConfirmed(
  { core, user }: Exchange,
  { authenticator, recoveryCodes, reissued }: Confirmed,
  wanted: string,
): Reply {
  const signedOut = reissued === null
  const returnTo = signedOut ? core.settings.signInUrl : wanted
  const shown = { returnTo, signedOut, ...(recoveryCodes ? { recoveryCodes } : {}) }
  const json: ConfirmedAnswer = { authenticator: describeAuthenticator(core, user.id, authenticator), ...shown }
  const page: Reply['page'] = recoveryCodes
    ? { view: 'recoveryCodes', model: { recoveryCodes, returnTo, signedOut } }
    : { to: signedOut ? returnTo : core.settings.path }
  return { status: 201, json, page }
}

/** The pending enrolment again, with the error in place; where it has gone, the error stands alone. */
export async function showEnrolmentPage(exchange: Exchange): Promise<Shown> {
  const { session } = await admit(exchange, ['prompted', 'passed'])
  const begun = await readEnrolment(exchange.core, session, readId(exchange.req.params.id, 'enrolmentId'))
  return enrolmentPage(exchange, begun)
}

export async function update(exchange: Exchange): Promise<Reply> {
  const { core, body, req } = exchange
  const id = readId(req.params.id, 'id')
  const { session } = await admit(exchange, ['passed'])
  const label = optionalTextOf(body, 'label', LONGEST_LABEL)
  const preferredMethod = optionalTextOf(body, 'preferredMethod')
  const words = {
    ...(label === undefined ? {} : { label }),
    ...(preferredMethod === undefined ? {} : { preferredMethod }),
  }
  await describeAnew(core, session, id, words)
  const { authenticators } = await core.settings.authenticators.load(session.user.id)
  const authenticator = authenticators.find((candidate) => candidate.id === id)
  if (!authenticator) throw new TwoFactorError('ERR_TFA_NOT_FOUND')
  return {
    status: 200,
    json: describeAuthenticator(core, session.user.id, authenticator),
    page: { to: core.settings.path },
  }
}

export async function remove(exchange: Exchange): Promise<Reply> {
  const id = readId(exchange.req.params.id, 'id')
  const { session, grant } = await admitFresh(exchange, ['passed'])
  await goOnReissued(exchange, await removeAuthenticator(exchange.core, session, grant, id))
  return { status: 204, page: { to: exchange.core.settings.path } }
}
