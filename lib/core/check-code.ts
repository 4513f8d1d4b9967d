import type { Authenticator, Enrolled, StoredChallenge } from '../ports'
import type { TypedCode } from './code'
import type { Core } from './core'
import { findDrift, matchStep } from './factors/totp'
import { codeParts } from './put-challenge'
import { openSecret, resealed } from './sealed'

/** What a code turned out to be. A `repeat` is the code just accepted: refused, but no guess. */
export type Verdict = { outcome: 'right' } | { outcome: 'wrong' | 'repeat'; driftSteps?: number }

const RIGHT = { outcome: 'right' } as const
const WRONG = { outcome: 'wrong' } as const

/**
 * Compares a code and claims it in the durable store, so that it works once wherever it is tried.
 * @throws {@link TwoFactorError} `ERR_TFA_STORE_UNAVAILABLE`
 */
export function checkCode(
  core: Core,
  userId: string,
  stored: StoredChallenge,
  enrolled: Enrolled,
  typed: TypedCode,
): Promise<Verdict> {
  if (typed.kind === 'recovery-code') return checkRecoveryCode(core, userId, typed.code)
  const authenticator = enrolled.authenticators.find(({ id }) => id === stored.challenge.authenticatorId)
  if (!authenticator || authenticator.failures >= core.settings.failureCap) return Promise.resolve(WRONG)
  if (stored.challenge.method === 'totp') return checkTotp(core, userId, authenticator, typed.code)
  return checkSentCode(core, userId, stored, authenticator, typed.code)
}

async function checkRecoveryCode(core: Core, userId: string, code: string): Promise<Verdict> {
  const hashes = core.keys.hashes(recoveryCodeParts(userId, code))
  const isClaimed = await core.settings.authenticators.claimRecoveryCode(userId, hashes, core.settings.clock.now())
  return isClaimed ? RIGHT : WRONG
}

export function recoveryCodeParts(userId: string, code: string): readonly string[] {
  return ['recovery-code', userId, code]
}

async function checkTotp(core: Core, userId: string, authenticator: Authenticator, code: string): Promise<Verdict> {
  const at = core.settings.clock.now()
  const secret = openSecret(core, userId, authenticator)
  const step = matchStep(secret, code, at, core.settings.totpWindow)
  if (step === null || step < authenticator.lastStep) {
    const driftSteps = findDrift(secret, code, at, core.settings.totpWindow)
    return { ...(await countWrong(core, userId, authenticator)), ...(driftSteps === null ? {} : { driftSteps }) }
  }
  const use = { at, step, ...resealed(core, userId, authenticator, secret) }
  const isFirst = await core.settings.authenticators.accept(userId, authenticator.id, use)
  return isFirst ? RIGHT : { outcome: 'repeat' }
}

async function checkSentCode(
  core: Core,
  userId: string,
  stored: StoredChallenge,
  authenticator: Authenticator,
  code: string,
): Promise<Verdict> {
  const { id, codeHash } = stored.challenge
  const isRight = codeHash !== undefined && core.keys.isHashOf(codeHash, codeParts(id, code))
  if (!isRight) return countWrong(core, userId, authenticator)
  const secret = openSecret(core, userId, authenticator)
  // Claimed here too: a challenge that a fail-over of the other store brings back must not accept its code again.
  const use = { at: core.settings.clock.now(), codeHash, ...resealed(core, userId, authenticator, secret) }
  const isFirst = await core.settings.authenticators.accept(userId, authenticator.id, use)
  return isFirst ? RIGHT : { outcome: 'repeat' }
}

/** The hard count, which must survive a fail-over of the store that holds the locks. */
async function countWrong(core: Core, userId: string, { id }: Authenticator): Promise<Verdict> {
  const failures = await core.settings.authenticators.countFailure(userId, id)
  if (failures === core.settings.failureCap) core.events.emit('authenticator.disabled', { userId, authenticatorId: id })
  return WRONG
}
