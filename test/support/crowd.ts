import { randomBytes } from 'node:crypto'
import { encodeBase32 } from '../../lib/core/base32'
import { newRecoveryCodes } from '../../lib/core/factors/recovery-code'
import { hotp, stepAt } from '../../lib/core/factors/totp'
import { phoneSecret } from '../../lib/core/sealed'
import { createKeyRing } from '../../lib/core/secrets'
import type { Authenticator, AuthenticatorStore } from '../../lib/ports'
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

/**
 * Writes a person straight into the durable store, as an enrolment leaves it: thousands are wanted, and enrolling is
 * not what is tried.
 */
export async function enrolPerson(store: AuthenticatorStore, factor: 'totp' | 'phone'): Promise<Person> {
  lastPerson += 1
  const name = `p${lastPerson}`
  const id = `user-${name}`
  const secret = randomBytes(20)
  const phone = `+33${FIRST_PHONE + lastPerson}`
  const recoveryCodes = newRecoveryCodes(randomBytes)
  await store.change(id, 0, {
    add: composeAuthenticator(id, factor, factor === 'totp' ? encodeBase32(secret) : phone),
    recoveryCodes: recoveryCodes.map((code) => keys.hash(['recovery-code', id, code.replaceAll('-', '')])),
  })
  return { id, email: `${name}@example.com`, phone, recoveryCodes, codeAt: (nowMs) => hotp(secret, stepAt(nowMs)) }
}

function composeAuthenticator(userId: string, factor: 'totp' | 'phone', secret: string): Authenticator {
  const id = randomBytes(16).toString('base64url')
  const plain =
    factor === 'totp' ? secret : phoneSecret({ e164: secret, callingCode: '33', country: 'FR', methods: ['sms'] })
  const sealed = keys.seal(plain, ['authenticator', userId, id])
  const preferredMethod = factor === 'totp' ? 'totp' : 'sms'
  return { id, factor, label: 'Phone', sealed, preferredMethod, createdAt: Date.now(), lastStep: -1, failures: 0 }
}
