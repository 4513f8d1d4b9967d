import type { Request } from 'express'
import { TwoFactorError } from '../errors'
import type { Settings } from '../options'

/**
 * Refuses a POST that another site made the browser send.
 * Both headers absent is a client that is no browser (a server, a test), which has no ambient cookies to abuse.
 * @throws {@link TwoFactorError} `ERR_TFA_CROSS_SITE`
 * @see ASVS 5.0 3.5.1, Fetch Metadata
 */
export function refuseCrossSite(req: Request, { origin, trustedOrigins }: Settings): void {
  const site = req.headers['sec-fetch-site']
  if (site === 'same-origin' || site === 'none') return
  const from = req.headers.origin
  if (from !== undefined && trustedOrigins.includes(from)) return
  if (site === undefined && (from === undefined || from === origin)) return
  throw new TwoFactorError('ERR_TFA_CROSS_SITE', {
    detail: 'a POST must come from this origin, or from one in `trustedOrigins`',
  })
}
