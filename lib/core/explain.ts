import type { MethodChoice } from '../answers'
import { firstOf } from './choose-method'
import type { Core } from './core'
import { allMethods, isUsable, lockOf, type Means } from './methods'

/** Why a method is the one that a sign-in asks for, or why it is not. */
export type MethodReason =
  /** An authenticator app: it costs nothing, and nobody can divert it. */
  | 'app-first'
  /** The user's own preference. */
  | 'preferred'
  /** First of those that its country's numbers are reached by, and were used last. */
  | 'first'
  /** The ones before it do not work now. */
  | 'first-that-works'
  /** Nothing works: its answer is why. */
  | 'nothing-works'
  /** Works, and is offered beside the one that is asked for. */
  | 'next'
  /** A recovery code is asked for by choice only. */
  | 'by-choice'
  | 'locked'
  /** Too many wrong codes in a row: it is to be bound again. */
  | 'disabled'
  /** What it rests on does not open. */
  | 'unreadable'

export interface MethodExplanation extends MethodChoice {
  verdict: 'asked' | 'offered' | 'refused'
  reason: MethodReason
}

/** Tells by which method a user would be asked now, and why; the others in the order they are offered. */
export async function explainMethods(core: Core, userId: string): Promise<readonly MethodExplanation[]> {
  const { store, authenticators } = core.settings
  const [{ tallies }, enrolled] = await Promise.all([
    store.readSession(userId, { handle: '' }),
    authenticators.load(userId),
  ])
  const means = { enrolled, tallies }
  const choices = allMethods(core, userId, enrolled)
  const asked = firstOf(core, userId, means, choices)
  return choices.map((choice, at) => {
    const refusal = refusalOf(core, userId, means, choice)
    if (choice === asked)
      return { ...choice, verdict: 'asked', reason: refusal ? 'nothing-works' : reasonOf(means, choice, at) }
    if (refusal) return { ...choice, verdict: 'refused', reason: refusal }
    return { ...choice, verdict: 'offered', reason: choice.method === 'recovery-code' ? 'by-choice' : 'next' }
  })
}

function refusalOf(core: Core, userId: string, means: Means, choice: MethodChoice): MethodReason | null {
  if (!isUsable(core, userId, means, choice)) return 'unreadable'
  const until = lockOf(core, means, choice)
  if (until === null) return null
  return Number.isFinite(until) ? 'locked' : 'disabled'
}

function reasonOf({ enrolled }: Means, { method, authenticatorId }: MethodChoice, at: number): MethodReason {
  if (at > 0) return 'first-that-works'
  if (method === 'totp') return 'app-first'
  const authenticator = enrolled.authenticators.find(({ id }) => id === authenticatorId)
  return authenticator?.preferredMethod === method ? 'preferred' : 'first'
}
