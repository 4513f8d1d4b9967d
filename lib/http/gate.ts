import type { NextFunction, Request, RequestHandler, Response } from 'express'
import type { Core, Session } from '../core/core'
import { TwoFactorError } from '../errors'
import { misconfigured, refuseRequest } from '../settings/check'
import { guard } from './guard'
import { hold } from './hold'
import { identify, type Visitor } from './visitor'

export interface GateOptions {
  /** What passes unasked: exact paths, or a function of the request. */
  allow?: readonly string[] | ((req: Request) => boolean)
}

/**
 * Holds every signed-in session back until its second factor is verified; denies by default.
 * Requests that nobody is signed in for pass: the app's own check answers those.
 * @see ASVS 5.0 6.3.3
 */
export function createGate(core: Core, options: GateOptions): RequestHandler {
  const isAllowed = readAllow(options)
  return guard(core, async (req, res, next) => {
    if (isAllowed(req)) return next()
    refuseOwnPath(core, req)
    const visitor = core.settings.reportOnly ? await identifyLeniently(core, req, res) : await identify(core, req, res)
    if (!visitor || visitor.standing === 'passed') return next()
    if (core.settings.reportOnly) return report(core, visitor, visitor.standing, next)
    await hold(core, req, res, visitor)
  })
}

/** The router answers every path of ours; one that comes here would be sent round in circles. */
function refuseOwnPath({ settings }: Core, { baseUrl, path }: Request): void {
  if (!`${baseUrl}${path}`.startsWith(`${settings.path}/`)) return
  const detail = 'mount `router()` before `gate()`, and not under a path: the option `path` says where it is'
  throw new TwoFactorError('ERR_TFA_CONFIG', { detail })
}

/** Where nobody is held, a store that is down or a grant that has ended holds nobody either. */
function identifyLeniently(core: Core, req: Request, res: Response): Promise<Visitor | null> {
  return identify(core, req, res).catch((error) => {
    if (error instanceof TwoFactorError && error.code !== 'ERR_TFA_CONFIG') return null
    throw error
  })
}

function readAllow(options: GateOptions): (req: Request) => boolean {
  refuseRequest(options, 'gate')
  const unknown = Object.keys(options).find((name) => name !== 'allow')
  if (unknown) throw misconfigured(`gate.${unknown}`, 'does not exist; known is allow')
  const { allow = [] } = options
  // Exactly true: a promise, from a function that should not have been async, would let everybody pass.
  if (typeof allow === 'function') return (req) => allow(req) === true
  if (!Array.isArray(allow)) throw misconfigured('gate.allow', 'must be an array of paths, or a function')
  const paths = new Set(allow)
  return (req) => paths.has(req.baseUrl + req.path)
}

/** Lets pass whom the gate would hold, and says so: how a service finds out before it enforces. */
export function report(
  core: Core,
  { session }: { session: Session },
  standing: 'held' | 'prompted' | 'step-up',
  next: NextFunction,
): void {
  core.events.emit('gate.would-hold', { userId: session.user.id, standing })
  next()
}
