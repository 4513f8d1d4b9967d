import type { RequestHandler } from 'express'
import { sendProblem } from './respond'

/**
 * Refuses whatever another site made the browser send, for the sample's own routes; the package checks its own.
 * The Lax cookie alone does not keep out a site on a sibling domain. A client without either header is no browser.
 */
export function refuseCrossSite(origin: string): RequestHandler {
  return (req, res, next) => {
    const site = req.headers['sec-fetch-site']
    const from = req.headers.origin
    const isRead = req.method === 'GET' || req.method === 'HEAD'
    const isOwn = site === undefined ? from === undefined || from === origin : site === 'same-origin' || site === 'none'
    if (isRead || isOwn) next()
    else sendProblem(req, res, { status: 403, title: 'This request came from another site' })
  }
}
