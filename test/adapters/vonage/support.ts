import { generateKeyPairSync } from 'node:crypto'
import { TwoFactorError } from '../../../lib/errors'
import type { CodeMessage } from '../../../lib/ports'

/** An application's keys, made for this run and kept nowhere. */
export function makeKeys(): { privateKey: string; publicKey: string } {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
}

export function codeMessage(fields: Partial<CodeMessage> = {}): CodeMessage {
  return {
    to: '+33612345678',
    country: 'FR',
    code: '042917',
    locale: 'en',
    issuer: 'Acme',
    reference: 'send-1',
    expiresInMs: 600_000,
    signal: new AbortController().signal,
    ...fields,
  }
}

/** What was thrown, which must be an error of the package. */
export function errorOf(make: () => unknown): TwoFactorError {
  try {
    make()
  } catch (error) {
    if (error instanceof TwoFactorError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
