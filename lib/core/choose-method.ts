import type { MethodChoice } from '../answers'
import { TwoFactorError } from '../errors'
import { type Asked, isSameChoice, type Wanted } from './asked'
import type { Core } from './core'
import { allMethods, isUsable, isWorking, lockOf, type Means, workingMethods } from './methods'

/**
 * Finds the method that is wanted; where none is named, the pending challenge's, or the first that works.
 * @throws {@link TwoFactorError} `ERR_TFA_NO_CHALLENGE`, `ERR_TFA_NOT_FOUND`
 */
export function chooseMethod(core: Core, asked: Asked, { method, authenticatorId }: Wanted): MethodChoice {
  const choices = allMethods(core, asked.session.user.id, asked.enrolled)
  if (choices.length === 0)
    throw new TwoFactorError('ERR_TFA_NO_CHALLENGE', { detail: 'there is nothing to ask this user for' })
  if (!method && !authenticatorId) return defaultMethod(core, asked, choices)
  const choice = choices.find(
    (candidate) =>
      (!method || candidate.method === method) && (!authenticatorId || candidate.authenticatorId === authenticatorId),
  )
  if (choice) return choice
  throw new TwoFactorError('ERR_TFA_NOT_FOUND', { detail: 'the user has no such method', field: 'method' })
}

/**
 * The method asked for where none is named: the first that works. A recovery code is asked for by choice only; where
 * nothing else works, the first stays asked for, and its answer is why it does not.
 */
export function firstOf(
  core: Core,
  userId: string,
  means: Means,
  choices: readonly MethodChoice[],
): MethodChoice | undefined {
  const works = (choice: MethodChoice) => choice.method !== 'recovery-code' && isWorking(core, userId, means, choice)
  return choices.find(works) ?? choices[0]
}

function defaultMethod(core: Core, asked: Asked, choices: readonly MethodChoice[]): MethodChoice {
  const pending = asked.state.challenge?.challenge
  const current = pending && choices.find((choice) => isSameChoice(choice, pending))
  return current ?? (firstOf(core, asked.session.user.id, asked, choices) as MethodChoice)
}

/**
 * Refuses a method that does not work before anything is sent.
 * @throws {@link TwoFactorError} `ERR_TFA_METHOD_UNAVAILABLE`, `ERR_TFA_LOCKED`
 */
export function refuseUnusable(core: Core, asked: Asked, choice: MethodChoice): void {
  const userId = asked.session.user.id
  if (isWorking(core, userId, asked, choice)) return
  const methods = workingMethods(core, userId, asked)
  if (!isUsable(core, userId, asked, choice)) throw new TwoFactorError('ERR_TFA_METHOD_UNAVAILABLE', { methods })
  const until = lockOf(core, asked, choice) ?? 0
  const wait = Number.isFinite(until) ? { retryAfterMs: until - core.settings.clock.now() } : {}
  throw new TwoFactorError('ERR_TFA_LOCKED', { ...wait, methods })
}
