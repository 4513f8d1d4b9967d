import type { ChallengeAnswer } from '../answers'
import type { Delivery, StoredChallenge } from '../ports'
import { type Asked, isSameChoice, isSending } from './asked'
import type { Core } from './core'
import { allMethods, isUsable, lockOf, workingMethods } from './methods'

/** How a pending challenge is shown. */
export function describeChallenge(core: Core, stored: StoredChallenge, asked: Asked): ChallengeAnswer {
  const { challenge, attemptsLeft } = stored
  const userId = asked.session.user.id
  const current = allMethods(core, userId, asked.enrolled).find((choice) => isSameChoice(choice, challenge))
  return {
    id: challenge.id,
    purpose: challenge.purpose,
    method: challenge.method,
    ...(current?.destination ? { destination: current.destination } : {}),
    methods: workingMethods(core, userId, asked),
    expiresAt: new Date(stored.expiresAt),
    ...resendAt(core, stored),
    attemptsLeft,
    ...(isSending(challenge.method) ? deliveryOf(core, stored, asked) : {}),
    ...(challenge.action ? { action: challenge.action.text } : {}),
  }
}

function resendAt(core: Core, { challenge, sentAt }: StoredChallenge): { resendAt?: Date } {
  const sent = isSending(challenge.method) ? sentAt[challenge.method] : undefined
  if (sent === undefined) return {}
  return { resendAt: new Date(sent + core.settings.cooldownMs) }
}

/** What became of the code; a method that was locked, or did not open, when its turn came has sent none. */
function deliveryOf(core: Core, { challenge, delivery }: StoredChallenge, asked: Asked): { delivery?: Delivery } {
  if (delivery) return { delivery }
  if (!isUsable(core, asked.session.user.id, asked, challenge))
    return { delivery: { status: 'failed', reason: 'account' } }
  return lockOf(core, asked, challenge) === null ? {} : { delivery: { status: 'failed', reason: 'locked' } }
}
