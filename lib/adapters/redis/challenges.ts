import type {
  AttemptOutcome,
  Brake,
  Challenge,
  ConsumeChallenge,
  Grant,
  PutChallenge,
  PutOutcome,
  Store,
} from '../../ports'
import type { Connection } from './connection'
import { packChallenge, packDelivery, packDevice, packGrant, unpackChallenge, unpackGrant } from './pack'
import { packBrake, TALLIES_KEPT_MS } from './tallies'

type ChallengeCalls = Pick<
  Store,
  'putChallenge' | 'takeAttempt' | 'refundAttempt' | 'consumeChallenge' | 'noteDelivery'
>

/** Where the scripts keep the instant of the last send by each method. */
const SEND_PLACES = { sms: 4, voice: 5 } as const

/** Makes the calls on challenges. */
export function createChallengeCalls({ clock, keysOf, run }: Connection): ChallengeCalls {
  return {
    async putChallenge(userId, put) {
      const { grants, slotOf } = keysOf(userId)
      const reply = await run('put_challenge', [grants, slotOf(put.slot)], [clock.offsetMs, ...putArgs(put)])
      return toPutOutcome(reply as PutReply)
    },
    async takeAttempt(userId, slot, brakes) {
      const { grants, tallies, slotOf } = keysOf(userId)
      const args = [clock.offsetMs, slot.handle, JSON.stringify(brakes.map(packBrake)), TALLIES_KEPT_MS]
      return toAttemptOutcome((await run('take_attempt', [grants, slotOf(slot), tallies], args)) as AttemptReply)
    },
    async refundAttempt(userId, slot, brakes) {
      const { tallies, slotOf } = keysOf(userId)
      await run('refund_attempt', [slotOf(slot), tallies], [subjectsOf(brakes)])
    },
    async consumeChallenge(userId, consume) {
      const { grants, tallies, devices, slotOf, successorOf } = keysOf(userId)
      const keys = [grants, slotOf(consume.slot), tallies, devices, successorOf(consume.slot.handle)]
      const reply = await run('consume_challenge', keys, [clock.offsetMs, ...consumeArgs(consume)])
      return reply as 'consumed' | 'gone' | 'stale'
    },
    async noteDelivery(userId, slot, challenge, delivery) {
      const failed = delivery.status === 'failed' ? placeOf(challenge) : 0
      const args = [packChallenge(challenge), packDelivery(delivery), failed]
      await run('note_delivery', [keysOf(userId).slotOf(slot)], args)
    },
  }
}

function placeOf({ method }: Challenge): number {
  return method === 'sms' || method === 'voice' ? SEND_PLACES[method] : 0
}

function putArgs({
  slot,
  challenge,
  expectedId,
  mode,
  attempts,
  ttlMs,
  send,
}: PutChallenge): readonly (string | number)[] {
  const sending = send ? [SEND_PLACES[send.method], send.cooldownMs] : [0, 0]
  return [slot.handle, challenge.epoch, expectedId, mode, attempts, ttlMs, packChallenge(challenge), ...sending]
}

function consumeArgs({ slot, challenge, issue, clear, device }: ConsumeChallenge): readonly (string | number)[] {
  return [
    ...[slot.handle, challenge.epoch, packChallenge(challenge)],
    ...(issue ? [issue.handle, packGrant(issue.grant), issue.grant.expiresAt] : ['', '', 0]),
    JSON.stringify(clear),
    ...(device ? [device.id, packDevice(device), device.expiresAt] : ['', '', 0]),
  ]
}

function subjectsOf(brakes: readonly Brake[]): string {
  return JSON.stringify(brakes.map(({ subject }) => subject))
}

type PutReply = ['stored', number, string] | ['cooldown', number] | ['changed' | 'stale' | 'gone']

function toPutOutcome(reply: PutReply): PutOutcome {
  if (reply[0] === 'stored') return { outcome: 'stored', stored: unpackChallenge(reply[2]), now: reply[1] }
  if (reply[0] === 'cooldown') return { outcome: 'cooldown', retryAfterMs: reply[1] }
  return { outcome: reply[0] }
}

type AttemptReply =
  | ['gone']
  | ['none' | 'expired' | 'exhausted' | 'disabled', string]
  | ['locked', string, number]
  | ['taken', string, number, string]

function toAttemptOutcome(reply: AttemptReply): AttemptOutcome {
  if (reply[0] === 'gone') return { outcome: 'gone' }
  const grant = unpackGrant(reply[1]) as Grant
  if (reply[0] === 'locked') return { outcome: 'locked', retryAfterMs: reply[2], grant }
  if (reply[0] === 'taken') return { outcome: 'taken', stored: unpackChallenge(reply[3]), grant, now: reply[2] }
  return { outcome: reply[0], grant }
}
