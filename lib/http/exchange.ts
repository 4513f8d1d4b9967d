import type { Request, Response } from 'express'
import type { Asked } from '../core/asked'
import type { Core, Session } from '../core/core'
import { missingFor } from '../core/freshness'
import { liveGrant } from '../core/grant'
import type { Standing } from '../core/policy'
import { TwoFactorError } from '../errors'
import type { User } from '../options'
import type { Locale } from '../ports'
import type { Body } from './body'
import { holdError } from './hold'
import type { Shown } from './respond'
import { assessVisitor, identify, openSession, type Visitor } from './visitor'

/** One request to the router, and what its handler works with. */
export interface Exchange {
  core: Core
  req: Request
  res: Response
  user: User
  locale: Locale
  body: Body
}

/** What a handler answers: JSON, or for a page the place to go on to, or the page itself. */
export interface Reply {
  status: number
  json?: unknown
  page: { to: string } | Shown
}

export function readVisitor({ core, req, res }: Exchange): Promise<Visitor> {
  return identify(core, req, res).then(
    (visitor) => visitor ?? Promise.reject(new TwoFactorError('ERR_TFA_SIGN_IN_REQUIRED')),
  )
}

export function readSession({ core, req, res, user }: Exchange): Promise<Session> {
  return openSession(core, req, res, user)
}

/** The visitor, provided it stands as the route asks. */
export async function admit(exchange: Exchange, standings: readonly Standing[]): Promise<Visitor> {
  return refuseStanding(exchange, await readVisitor(exchange), standings)
}

function refuseStanding({ core }: Exchange, visitor: Visitor, standings: readonly Standing[]): Visitor {
  if (standings.includes(visitor.standing)) return visitor
  if (visitor.standing === 'passed') throw new TwoFactorError('ERR_TFA_NOT_PROMPTED')
  throw holdError(core, visitor)
}

/**
 * The visitor, provided it has just re-authenticated: the password again and, where there is a factor, that too.
 * A session still held is not asked to: it is missing both.
 * @throws {@link TwoFactorError} `ERR_TFA_REAUTHENTICATION_REQUIRED`
 */
export async function admitFresh(exchange: Exchange, standings: readonly Standing[]): Promise<Visitor> {
  return refuseStale(exchange, await readVisitor(exchange), standings)
}

export function refuseStale(exchange: Exchange, visitor: Visitor, standings: readonly Standing[]): Visitor {
  if (visitor.standing === 'held') {
    throw new TwoFactorError('ERR_TFA_REAUTHENTICATION_REQUIRED', { missing: ['password', 'second-factor'] })
  }
  refuseStanding(exchange, visitor, standings)
  const missing = missingFor(exchange.core, visitor.grant)
  if (missing.length > 0) throw new TwoFactorError('ERR_TFA_REAUTHENTICATION_REQUIRED', { missing })
  return visitor
}

/** The visitor with all that its challenge needs, in one trip to the store: the grant comes along. */
export async function readAsked(exchange: Exchange): Promise<{ visitor: Visitor; asked: Asked }> {
  const { core, req, locale } = exchange
  const session = await readSession(exchange)
  const state = await core.settings.store.readSession(session.user.id, { handle: session.handle })
  const grant = liveGrant(core, state.grant)
  if (!grant) throw new TwoFactorError('ERR_TFA_SIGN_IN_REQUIRED')
  const visitor = refuseStanding(exchange, await assessVisitor(core, req, session, grant), ['held', 'passed'])
  // After the epoch, which came with the state: a change in between makes what is put refused.
  const enrolled = await core.settings.authenticators.load(session.user.id)
  return { visitor, asked: { session, state, enrolled, tallies: state.tallies, locale } }
}
