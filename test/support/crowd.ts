import { randomBytes } from 'node:crypto'
import { encodeBase32 } from '../../lib/core/base32'
import { newRecoveryCodes } from '../../lib/core/factors/recovery-code'
import { hotp, stepAt } from '../../lib/core/factors/totp'
import { type PhoneNumber, phoneSecret } from '../../lib/core/sealed'
import { createKeyRing } from '../../lib/core/secrets'
import type { Authenticator, AuthenticatorStore, SendingMethod } from '../../lib/ports'
import { KEY } from './app'

/** Somebody with a second factor, and what is at hand to answer with. */
export interface Person {
  id: string
  email: string
  /** E.164; every person has another. */
  phone: string
  recoveryCodes: readonly string[]
  /** The code of the authenticator app at an instant. */
  codeAt(nowMs: number): string
}

const keys = createKeyRing([Buffer.from(KEY, 'base64')], randomBytes)
const FIRST_PHONE = 600_000_000
let lastPerson = Math.floor(Math.random() * 50_000_000)

/** A phone as its owner enrolled it. */
export interface Phone extends PhoneNumber {
  preferredMethod: SendingMethod
}

/**
 * Writes a person straight into the durable store, as an enrolment leaves it: thousands are wanted, and enrolling is
 * not what is tried.
 * @param phone - another than the next French number, asked by text
 */
export async function enrolPerson(
  store: AuthenticatorStore,
  factor: 'totp' | 'phone',
  phone = nextPhone(),
): Promise<Person> {
  lastPerson += 1
  const name = `p${lastPerson}`
  const id = `user-${name}`
  const secret = randomBytes(20)
  const recoveryCodes = newRecoveryCodes(randomBytes)
  await store.change(id, 0, {
    add: composeAuthenticator(id, factor === 'totp' ? encodeBase32(secret) : phone),
    recoveryCodes: recoveryCodes.map((code) => keys.hash(['recovery-code', id, code.replaceAll('-', '')])),
  })
  const codeAt = (nowMs: number) => hotp(secret, stepAt(nowMs))
  return { id, email: `${name}@example.com`, phone: phone.e164, recoveryCodes, codeAt }
}

function nextPhone(): Phone {
  const e164 = `+33${FIRST_PHONE + lastPerson + 1}`
  return { e164, callingCode: '33', country: 'FR', methods: ['sms'], preferredMethod: 'sms' }
}

/** @param secret - an app's, or a phone */
function composeAuthenticator(userId: string, secret: string | Phone): Authenticator {
  const id = randomBytes(16).toString('base64url')
  const isApp = typeof secret === 'string'
  const sealed = keys.seal(isApp ? secret : phoneSecret(secret), ['authenticator', userId, id])
  const kind = { factor: isApp ? 'totp' : 'phone', preferredMethod: isApp ? 'totp' : secret.preferredMethod } as const
  return { id, ...kind, label: 'Phone', sealed, createdAt: Date.now(), lastStep: -1, failures: 0 }
}
