import type { Request } from 'express'

/**
 * Reads a path that a browser may be sent to: one of this origin's, or the fallback.
 * Refused are `//evil`, `/\evil`, `https:evil`, `javascript:`, and line breaks in any spelling.
 * @see ASVS 5.0 3.7.2
 */
export function safePath(path: unknown, fallback: string): string {
  if (typeof path !== 'string' || path.length > 2000) return fallback
  if (!/^\/(?![/\\])[\x21-\x7e]*$/.test(path) || path.includes('\\') || /%0[ad]/i.test(path)) return fallback
  return path.replace(STRAY, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** What browsers send in an address, or a client made up, and no URI holds as it is. @see RFC 3986 §3.3, §3.4 */
const STRAY = /%(?![0-9a-f]{2})|[^\w!$%&'()*+,./:;=?@~-]/gi

/** The page that a request asked for, to come back to: page loads only. */
export function askedPage(req: Request): string | undefined {
  if (req.method !== 'GET') return undefined
  return safePath(req.originalUrl, '') || undefined
}

/** The page whose form was sent: its address on this origin, so that the form can be shown again. */
export function formPage(req: Request, origin: string): string | undefined {
  const referrer = req.headers.referer ?? ''
  if (!URL.canParse(referrer)) return undefined
  const url = new URL(referrer)
  const isOwn = url.origin === origin || url.host === req.headers.host
  return isOwn ? safePath(url.pathname + url.search, '') || undefined : undefined
}
