import { createHash } from 'node:crypto'
import type { Request, Response } from 'express'

/** One cookie per user: two people who share a browser keep a device each. */
function cookieName(req: Request, userId: string): string {
  const owner = createHash('sha256').update(userId).digest('base64url').slice(0, 8)
  return `${req.secure ? '__Host-' : ''}two-factor-device-${owner}`
}

export function readDeviceCookie(req: Request, userId: string): string | undefined {
  const prefix = `${cookieName(req, userId)}=`
  const pair = (req.headers.cookie ?? '').split(/; */).find((candidate) => candidate.startsWith(prefix))
  return pair?.slice(prefix.length)
}

/** @see ASVS 5.0 3.3.1-3.3.4 */
export function setDeviceCookie(req: Request, res: Response, userId: string, token: string, expiresAt: number): void {
  const attributes = {
    httpOnly: true,
    sameSite: 'lax',
    path: '/',
    secure: req.secure,
    expires: new Date(expiresAt),
  } as const
  res.cookie(cookieName(req, userId), token, attributes)
}

/** The browser's name as its owner would say it: "Firefox on Linux". */
export function nameBrowser(userAgent: string | undefined): string {
  const agent = userAgent ?? ''
  const browser = BROWSERS.find(([pattern]) => pattern.test(agent))?.[1] ?? 'Browser'
  const system = SYSTEMS.find(([pattern]) => pattern.test(agent))?.[1]
  return system ? `${browser} on ${system}` : browser
}

// The order tells them apart: Edge and Opera say Chrome too, Chrome says Safari, Android says Linux.
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/Edg(e|A|iOS)?\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\/|Chromium\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
]
