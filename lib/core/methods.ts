import type { MethodChoice } from '../answers'
import type { Authenticator, Enrolled, Tally } from '../ports'
import type { Core } from './core'
import { reachOf } from './reach'
import { isReadable } from './sealed'
import { lockedUntil, RECOVERY_TALLY, USER_TALLY } from './throttle'

/** Stands where a challenge answered by recovery code has no authenticator to name. */
export const RECOVERY_CODES_ID = 'recovery-codes'

/** A user's answers to a challenge, and the tallies that may lock some. */
export interface Means {
  enrolled: Enrolled
  tallies: Readonly<Record<string, Tally>>
}

/** Every method a user has, working or not, in the order they are offered. */
export function allMethods(core: Core, userId: string, enrolled: Enrolled): readonly MethodChoice[] {
  const choices = enrolled.authenticators.toSorted(byPrecedence).flatMap((authenticator) => {
    const { methods, ...destination } = reachOf(core, userId, authenticator)
    return methods.map((method) => ({ method, authenticatorId: authenticator.id, ...destination }))
  })
  const recovery = { method: 'recovery-code', authenticatorId: RECOVERY_CODES_ID } as const
  return enrolled.recoveryCodes.remaining > 0 ? [...choices, recovery] : choices
}

/** The methods that would be accepted now. */
export function workingMethods(core: Core, userId: string, means: Means): readonly MethodChoice[] {
  return allMethods(core, userId, means.enrolled).filter((choice) => isWorking(core, userId, means, choice))
}

/** True when a right answer by this method would be accepted now. */
export function isWorking(core: Core, userId: string, means: Means, choice: MethodChoice): boolean {
  return isUsable(core, userId, means, choice) && lockOf(core, means, choice) === null
}

/** False when what a method rests on does not open: no waiting mends that. */
export function isUsable(
  core: Core,
  userId: string,
  { enrolled }: Pick<Means, 'enrolled'>,
  { authenticatorId }: Pick<MethodChoice, 'authenticatorId'>,
): boolean {
  const authenticator = enrolled.authenticators.find(({ id }) => id === authenticatorId)
  return !authenticator || isReadable(core, userId, authenticator)
}

/** Until when a method is locked, `Infinity` when its authenticator is disabled, null when it works. */
export function lockOf(
  core: Core,
  { enrolled, tallies }: Means,
  { method, authenticatorId }: MethodChoice,
): number | null {
  const { clock, failureCap } = core.settings
  if (method === 'recovery-code') return lockedUntil(tallies, RECOVERY_TALLY, clock.now())
  const authenticator = enrolled.authenticators.find(({ id }) => id === authenticatorId)
  const failures = Math.max(authenticator?.failures ?? 0, tallies[authenticatorId]?.failures ?? 0)
  if (failures >= failureCap) return Number.POSITIVE_INFINITY
  const locks = [lockedUntil(tallies, authenticatorId, clock.now()), lockedUntil(tallies, USER_TALLY, clock.now())]
  const latest = Math.max(locks[0] ?? 0, locks[1] ?? 0)
  return latest > 0 ? latest : null
}

/** An app before a phone: it costs nothing and nobody can divert it; then the one used last. */
function byPrecedence(left: Authenticator, right: Authenticator): number {
  if (left.factor !== right.factor) return left.factor === 'totp' ? -1 : 1
  return (right.lastUsedAt ?? right.createdAt) - (left.lastUsedAt ?? left.createdAt)
}
