/** How a challenge stands: whether a code could be right, and what is in the way. */
import type { ChallengeAnswer } from '../answers'
import type { DeliveryFailure } from '../ports'
import type { Html } from './html'
import { html } from './html'
import type { ChallengeModel } from './models'
import type { Page } from './parts'

/** Failures after which no code is on its way. After the others one may still come. */
const NOTHING_SENT: ReadonlySet<DeliveryFailure> = new Set(['rejected', 'throttled', 'account', 'budget', 'locked'])

function isSent({ method, resendAt, delivery }: ChallengeAnswer): boolean {
  if (method !== 'sms' && method !== 'voice') return true
  if (delivery?.status === 'failed' && delivery.reason) return !NOTHING_SENT.has(delivery.reason)
  return resendAt !== undefined || delivery !== undefined
}

/** How long the user's codes stay locked; 0 when they are not. */
function lockedForMs({ lockedUntil }: ChallengeModel, { now }: Page): number {
  return lockedUntil ? Math.max(0, lockedUntil.getTime() - now.getTime()) : 0
}

/** A method that doesn't work now is locked, or its authenticator disabled: after too many wrong codes either way. */
function isMethodLocked({ challenge, methods }: ChallengeModel): boolean {
  if (!challenge) return false
  const { method, destination } = challenge
  return !methods.some((each) => each.method === method && each.destination === destination)
}

/** Finds the challenge where a code for it could be right: it was sent, its method works, and guesses are left. */
export function findAnswerable(model: ChallengeModel, page: Page): ChallengeAnswer | undefined {
  const { challenge } = model
  if (!challenge || challenge.attemptsLeft === 0 || !isSent(challenge) || isMethodLocked(model)) return undefined
  if (lockedForMs(model, page) > 0 && challenge.method !== 'recovery-code') return undefined
  return challenge
}

function lockTextOf(model: ChallengeModel, page: Page): string | undefined {
  const { locked, methodLocked } = page.words.challenge
  const lockMs = lockedForMs(model, page)
  if (lockMs > 0) return locked(lockMs)
  return isMethodLocked(model) ? methodLocked : undefined
}

/** Says that something is locked, unless the page's error does; undefined when nothing is. */
export function lockOf(model: ChallengeModel, page: Page): Html | undefined {
  const text = lockTextOf(model, page)
  if (text === undefined) return undefined
  if (page.error?.code === 'ERR_TFA_LOCKED') return html``
  return html`<div class="notice warning" role="status"><p>${text}</p></div>`
}

/** Leads to the same page again, where waiting changes it. */
export function refreshLink(model: ChallengeModel, page: Page): Html {
  if (lockTextOf(model, page) === undefined) return html``
  return html`<p><a href="${page.path}/challenge">${page.words.challenge.checkAgain}</a></p>`
}
