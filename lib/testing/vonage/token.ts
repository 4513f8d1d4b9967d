import { type KeyObject, verify } from 'node:crypto'
import { isRecord } from './shape'

const LONGEST_TOKEN_SECONDS = 86_400

/**
 * Checks an `Authorization` header as Vonage does: a Bearer JWT, RS256, with the application's claims.
 * @param publicKey - the application's; without it the signature itself is not verified
 */
export function isAuthorized(header: string | undefined, publicKey: KeyObject | undefined): boolean {
  const [, head = '', claims = '', signature = ''] = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(header ?? '') ?? []
  if (decode(head)?.alg !== 'RS256' || !areClaimsGood(decode(claims))) return false
  if (!publicKey) return true
  return verify('sha256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url'))
}

function areClaimsGood(claims: Record<string, unknown> | undefined): boolean {
  const nowSeconds = Date.now() / 1000
  const { iat, exp, jti, application_id: applicationId } = claims ?? {}
  if (typeof iat !== 'number' || typeof exp !== 'number') return false
  if (iat > nowSeconds + 60 || exp <= nowSeconds || exp - iat > LONGEST_TOKEN_SECONDS) return false
  return typeof jti === 'string' && jti !== '' && typeof applicationId === 'string' && applicationId !== ''
}

function decode(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
