import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { TwoFactorError } from '../../errors'

/** What a signature is checked against. */
export interface SignatureSettings {
  /** Any of them signs: for a while there are two, when it changes. */
  signatureSecrets: readonly string[]
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
  if (!token) throw refused('it has no token')
  const given = Buffer.from(signature, 'base64url')
  const isSigned = settings.signatureSecrets.some((secret) => isSame(sign(`${head}.${claims}`, secret), given))
  if (!isSigned || readPart(head).alg !== 'HS256') throw refused('it is not signed by `signatureSecret` and HS256')
  refuseOthers(readPart(claims), body, settings, nowMs)
}

/** The reason is for the app's own eyes: told outside, it would say how near a forgery came. */
function refused(detail: string): TwoFactorError {
  return new TwoFactorError('ERR_TFA_WEBHOOK_SIGNATURE', { detail })
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
function refuseOthers(
  claims: Readonly<Record<string, unknown>>,
  body: Buffer,
  { applicationId, maxAgeMs }: SignatureSettings,
  nowMs: number,
): void {
  const { iss, iat, payload_hash: hash, application_id: application = applicationId } = claims
  const ageMs = typeof iat === 'number' ? nowMs - iat * 1000 : Number.NaN
  const isOfBody =
    typeof hash === 'string' && isSame(createHash('sha256').update(body).digest(), Buffer.from(hash, 'hex'))
  if (iss !== 'Vonage') throw refused('it is not issued by Vonage')
  if (!(ageMs <= maxAgeMs && ageMs >= -AHEAD_MS)) throw refused('it was not signed just now: look at the clocks')
  if (!isOfBody) throw refused('its body is not the one that was signed')
  if (application !== applicationId) throw refused('it is about another application')
}
