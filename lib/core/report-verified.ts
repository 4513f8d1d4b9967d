import { isSending } from './asked'
import type { Core } from './core'
import { countSends } from './counts'
import type { NewDevice } from './remembered-device'
import { openPhone } from './sealed'
import type { Attempt } from './verify'

/** Tells, by events and counts, that a code was right. */
export function reportVerified(core: Core, attempt: Attempt, device: NewDevice | undefined): void {
  const { session, stored, enrolled, method } = attempt
  const userId = session.user.id
  const { id: challengeId, purpose } = stored.challenge
  core.events.emit('challenge.verified', { userId, challengeId, purpose, method, ...countVerified(core, attempt) })
  if (method === 'recovery-code') {
    core.events.emit('recovery-code.used', { userId, remaining: enrolled.recoveryCodes.remaining - 1 })
  }
  if (device) core.events.emit('device.remembered', { userId, deviceId: device.device.id })
}

/** Counts that a sent code came back, in the slice of time that it was sent in. */
function countVerified(core: Core, { session, stored, enrolled, method }: Attempt): { country?: string } {
  const authenticator = enrolled.authenticators.find(({ id }) => id === stored.challenge.authenticatorId)
  if (!authenticator || !isSending(method)) return {}
  const { country } = openPhone(core, session.user.id, authenticator)
  countSends(core, { country, method }, { verified: 1 }, stored.sentAt[method])
  return { country }
}
