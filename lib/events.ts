import { EventEmitter } from 'node:events'
import type { BudgetScope } from './options'
import type { Assurance, DeliveryFailure, Method, Purpose, SendingMethod } from './ports'

/**
 * Event name → payload. Payloads hold ids and words of ours, and a number's country (ISO 3166-1 alpha-2): never a code,
 * secret, number or password.
 */
export interface TwoFactorEvents {
  'challenge.opened': { userId: string; challengeId: string; purpose: Purpose; method: Method }
  'challenge.sent': {
    userId: string
    challengeId: string
    method: SendingMethod
    country: string
    costUnits: number
    messageId?: string
  }
  'challenge.delivered': {
    userId: string
    challengeId: string
    method: SendingMethod
    country: string
    messageId: string
  }
  'challenge.undelivered': {
    userId: string
    challengeId: string
    method: SendingMethod
    country: string
    costUnits: number
    reason: DeliveryFailure
  }
  'challenge.verified': { userId: string; challengeId: string; purpose: Purpose; method: Method; country?: string }
  'challenge.failed': { userId: string; challengeId: string; purpose: Purpose; method: Method; attemptsLeft: number }
  'send.refused': { userId: string; country: string; method: SendingMethod; brake: BudgetScope | 'conversion' }
  'sends.stopped': { country: string; method: SendingMethod; sent: number; verified: number; until: Date }
  'sends.released': { country: string; method: SendingMethod; actor: string; reason: string }
  'webhook.refused': { path: string; reason: string }
  'user.locked': { userId: string; retryAfterMs: number }
  'grant.issued': { userId: string; assurance: Assurance }
  'grant.ended': { userId: string; reason: 'sign-out' }
  'grants.revoked': { userId: string; reason: RevocationReason }
  'grace.began': { userId: string; at: Date }
  'enrolment.postponed': { userId: string }
  'password.refused': { userId: string }
  'authenticator.added': { userId: string; authenticatorId: string; factor: 'totp' | 'phone' }
  'authenticator.removed': { userId: string; authenticatorId: string }
  'authenticator.disabled': { userId: string; authenticatorId: string }
  'authenticator.altered': { userId: string; authenticatorId: string }
  'recovery-code.used': { userId: string; remaining: number }
  'recovery-codes.replaced': { userId: string }
  'device.remembered': { userId: string; deviceId: string }
  'device.recognised': { userId: string; deviceId: string }
  'device.reused': { userId: string; deviceId: string }
  'device.forgotten': { userId: string; deviceId: string | 'all' }
  'admin.reset': { userId: string; actor: string; reason: string }
  'admin.unlocked': { userId: string; actor: string; reason: string }
  'admin.grace-extended': { userId: string; until: Date; actor: string; reason: string }
  'key.missing': { userId: string; keyId: string }
  'clock.skewed': { byMs: number }
  'gate.would-hold': { userId: string; standing: 'held' | 'prompted' | 'step-up' }
  'store.unsafe': { problem: string }
}

export type RevocationReason =
  | 'password-changed'
  | 'authenticator-added'
  | 'authenticator-removed'
  | 'phone-changed'
  | 'recovery-codes-replaced'
  | 'disabled'
  | 'admin-reset'

export type EventName = keyof TwoFactorEvents
export type Listener<Name extends EventName> = (payload: TwoFactorEvents[Name]) => unknown

export interface Events {
  emit<Name extends EventName>(name: Name, payload: TwoFactorEvents[Name]): void
  on<Name extends EventName>(name: Name, listener: Listener<Name>): void
}

/** Events that a listener of the app's cannot break: what it throws is reported as a warning. */
export function createEvents(): Events {
  const emitter = new EventEmitter()
  return {
    emit: (name, payload) => void emitter.emit(name, payload),
    on(name, listener) {
      emitter.on(name, (payload) => {
        try {
          // A promise of the listener's is looked after too: rejected and unheard, it would end the process.
          Promise.resolve(listener(payload)).catch((error) => warnOfListener(name, error))
        } catch (error) {
          warnOfListener(name, error)
        }
      })
    },
  }
}

function warnOfListener(name: EventName, error: unknown): void {
  process.emitWarning(
    `a listener of '${name}' threw ${error instanceof Error ? error.name : 'something'}`,
    'TwoFactorWarning',
  )
}
