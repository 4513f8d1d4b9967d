import type { SetupAnswer } from '../../answers'
import type { Core } from '../../core/core'
import { readEnrolment } from '../../core/enrolment'
import { callingCodeOf } from '../../core/factors/phone'
import { missingFor } from '../../core/freshness'
import { amendGrant } from '../../core/grant'
import { readId } from '../../core/ids'
import { methodsIn } from '../../core/reach'
import { TwoFactorError } from '../../errors'
import type { SetupModel } from '../../pages/models'
import type { SendingMethod } from '../../ports'
import { admit, type Exchange, type Reply } from '../exchange'
import type { Shown } from '../respond'
import { note, notesOf, saveSession } from '../session'
import type { Visitor } from '../visitor'
import { enrolmentPage } from './enrolment-page'
import { showReauthenticate } from './reauthenticate'

/** Where enrolling begins: the prompt, then the password again, then the methods; or the enrolment that is pending. */
export async function showSetup(exchange: Exchange): Promise<Reply> {
  const visitor = await admit(exchange, ['prompted', 'passed'])
  const json: SetupAnswer = { requirement: visitor.requirement, factors: factorsOf(exchange) }
  const { enrolment } = exchange.req.query
  if (enrolment === undefined) return { status: 200, json, page: setupPage(exchange, visitor) }
  const begun = await readEnrolment(exchange.core, visitor.session, readId(enrolment, 'enrolment'))
  // The secret of an app is shown by the answer to a POST alone: this address may be opened by anything.
  const isSecret = begun.draft.factor === 'totp'
  return { status: 200, json, page: isSecret ? setupPage(exchange, visitor) : await enrolmentPage(exchange, begun) }
}

/** The set-up page again, with the error of what was posted from it in place. */
export async function showSetupPage(exchange: Exchange): Promise<Shown> {
  return setupPage(exchange, await admit(exchange, ['prompted', 'passed']))
}

function setupPage(exchange: Exchange, visitor: Visitor): Shown {
  const { core, user, body } = exchange
  const missing = missingFor(core, visitor.grant)
  const replacing = replacesOf(exchange)
  const named = replacing.replaces ? `&replaces=${replacing.replaces}` : ''
  const next = `${core.settings.path}/setup?step=methods${named}`
  if (missing.length === 1 && missing[0] === 'second-factor') return showReauthenticate(exchange, missing, next)
  const { countries } = core.settings
  const country = countryOf(exchange)
  const model: SetupModel = {
    requirement: visitor.requirement,
    step: stepOf(exchange, visitor),
    factors: factorsOf(exchange),
    channels: channelsFor(core, country.country),
    countries: countries.map((code) => ({ code, callingCode: `+${callingCodeOf(code)}` })),
    ...phoneOf(body.phone, user.phone),
    ...country,
    ...replacing,
  }
  return { view: 'setup', model }
}

/** The methods of the country that the form begins with come first; those of others stay, where there are others. */
function channelsFor(core: Core, country = ''): readonly SendingMethod[] {
  const first = methodsIn(core, country)
  return core.settings.countries.length === 1 ? first : [...new Set([...first, ...core.channels.keys()])]
}

/** The phone whose number is being changed, as the settings page's link or the form names it. */
function replacesOf({ req, body }: Exchange): { replaces?: string } {
  const replaces = body.replaces ?? req.query.replaces
  return replaces === undefined || replaces === '' ? {} : { replaces: readId(replaces, 'replaces') }
}

/** The country typed before, the browser's own, or the app's first: the one least likely to be changed. */
function countryOf({ core, req, body }: Exchange): { country?: string } {
  const { countries } = core.settings
  if (typeof body.country === 'string') return { country: body.country }
  const regions = [...(req.headers['accept-language'] ?? '').matchAll(/[a-z]{2,3}-([A-Z]{2})\b/g)].map(
    ([, region]) => region,
  )
  const country = regions.find((region) => region && countries.includes(region)) ?? countries[0]
  return country === undefined ? {} : { country }
}

function phoneOf(typed: unknown, known: string | undefined): { phone?: string } {
  const phone = typeof typed === 'string' ? typed.slice(0, 32) : known
  return phone === undefined ? {} : { phone }
}

/** A user who must may still say "not now": that question comes first, and only then the password. */
function stepOf({ core, req }: Exchange, { standing, grant }: Visitor): SetupModel['step'] {
  const isAsking = req.method === 'GET' && req.query.step === undefined
  if (standing === 'prompted' && isAsking && grant.passwordAt === undefined) return 'prompt'
  return missingFor(core, grant).includes('password') ? 'password' : 'methods'
}

function factorsOf({ core }: Exchange): readonly ('totp' | 'phone')[] {
  const hasPhones = core.channels.size > 0 && core.settings.countries.length > 0
  return hasPhones ? ['totp', 'phone'] : ['totp']
}

/** "Not now": good for this session, until the grace period is over. */
export async function postpone(exchange: Exchange): Promise<Reply> {
  const { core, req } = exchange
  const { session, grant, standing, requirement } = await admit(exchange, ['prompted', 'passed'])
  if (standing === 'passed' && !grant.postponed) throw new TwoFactorError('ERR_TFA_NOT_PROMPTED')
  const location = `${core.settings.path}/setup`
  if (!requirement.postponable) throw new TwoFactorError('ERR_TFA_ENROLMENT_REQUIRED', { location, postponable: false })
  await amendGrant(core, session, grant, (current) => ({ ...current, postponed: true }))
  core.events.emit('enrolment.postponed', { userId: session.user.id })
  const { returnTo = core.settings.homeUrl, ...notes } = notesOf(req)
  note(req, notes)
  await saveSession(req)
  return { status: 200, json: { daysLeft: requirement.daysLeft, returnTo }, page: { to: returnTo } }
}
