import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { TwoFactorError } from '../../errors'

/** What a signature is checked against. */
export interface SignatureSettings {
  signatureSecret: string
  applicationId: string
  /** How old a signature may be. */
  maxAgeMs: number
}

/** A little ahead is a clock; much ahead is a token made to be kept. */
const AHEAD_MS = 60_000

/**
 * Checks that a webhook is Vonage's: a JWT signed by HS256 and nothing else, by Vonage, just now, over these very bytes.
 * The SDK's own check takes RS256 as well and leaves the body's hash alone, so that an altered body passes.
 * @param authorization - the header `Authorization: Bearer …`
 * @param body - as it came, before any parser
 * @throws {@link TwoFactorError} `ERR_TFA_WEBHOOK_SIGNATURE`
 * @see RFC 7515 §5.2, RFC 8725 §3.1
 */
export function checkSignature(authorization: unknown, body: Buffer, settings: SignatureSettings, nowMs: number): void {
  const token = typeof authorization === 'string' ? /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(authorization) : null
  const [, head = '', claims = '', signature = ''] = token ?? []
  const isSigned = isSame(sign(`${head}.${claims}`, settings.signatureSecret), Buffer.from(signature, 'base64url'))
  if (!(token && isSigned && readPart(head).alg === 'HS256')) throw refused()
  if (!isAbout(readPart(claims), body, settings, nowMs)) throw refused()
}

function refused(): TwoFactorError {
  return new TwoFactorError('ERR_TFA_WEBHOOK_SIGNATURE')
}

function sign(text: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(text).digest()
}

function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}

function readPart(part: string): Readonly<Record<string, unknown>> {
  try {
    const read: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** The claims of a webhook: there is no `exp`, so its age is judged by when it was made. */
function isAbout(
  claims: Readonly<Record<string, unknown>>,
  body: Buffer,
  { applicationId, maxAgeMs }: SignatureSettings,
  nowMs: number,
): boolean {
  const { iss, iat, payload_hash: hash, application_id: application = applicationId } = claims
  const ageMs = typeof iat === 'number' ? nowMs - iat * 1000 : Number.NaN
  const isOfBody =
    typeof hash === 'string' && isSame(createHash('sha256').update(body).digest(), Buffer.from(hash, 'hex'))
  return iss === 'Vonage' && ageMs <= maxAgeMs && ageMs >= -AHEAD_MS && isOfBody && application === applicationId
}
