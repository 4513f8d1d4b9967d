import { createHash, createHmac, randomUUID } from 'node:crypto'

export const SIGNATURE_SECRET = 'a signature secret of this test run'

/** What a test makes wrong about a webhook. */
export interface Forgery {
  secret?: string
  head?: object
  claims?: object
  /** Signed in the place of the body that is sent. */
  signedBody?: string
}

/** The header `Authorization` that Vonage would send with this body at `now`, or a forged one. */
export function signWebhook(body: string, now: number, forgery: Forgery = {}): string {
  const { secret = SIGNATURE_SECRET, head, claims, signedBody = body } = forgery
  const hash = createHash('sha256').update(signedBody).digest('hex')
  const honest = {
    iat: Math.floor(now / 1000),
    jti: randomUUID(),
    iss: 'Vonage',
    payload_hash: hash,
    api_key: 'a1b2c3d4',
  }
  const parts = [
    { typ: 'JWT', alg: 'HS256', ...head },
    { ...honest, application_id: 'app-1', ...claims },
  ]
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `Bearer ${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}
