import type { SessionState, Store } from '../../ports'
import type { Connection } from './connection'
import { packGrant, unpackChallenge, unpackGrant, unpackTally } from './pack'

type GrantCalls = Pick<Store, 'readGrant' | 'readSession' | 'issueGrant' | 'replaceGrant' | 'endSession' | 'revoke'>

const NOBODY = { handle: '', successor: '' }

/** Makes the calls on grants and on all that ends with them. */
export function createGrantCalls({ clock, keysOf, run, call }: Connection): GrantCalls {
  return {
    async readGrant(userId, handle) {
      const grant = unpackGrant(await call((redis) => redis.hget(keysOf(userId).grants, handle)))
      return grant && grant.expiresAt > clock.now() ? grant : null
    },
    async readSession(userId, slot) {
      const { grants, tallies, slotOf } = keysOf(userId)
      const keys = [grants, slotOf(slot), tallies]
      return toSession((await run('read_session', keys, [clock.offsetMs, slot.handle])) as SessionReply)
    },
    async issueGrant(userId, { handle, grant, epoch }) {
      const args = [clock.offsetMs, handle, packGrant(grant), grant.expiresAt, epoch]
      return (await run('issue_grant', [keysOf(userId).grants], args)) as 'issued' | 'stale'
    },
    async replaceGrant(userId, handle, before, after) {
      const args = [clock.offsetMs, handle, packGrant(before), packGrant(after), after.expiresAt]
      return (await run('replace_grant', [keysOf(userId).grants], args)) as 'replaced' | 'changed'
    },
    async endSession(userId, handle) {
      const { grants, slotOf, successorOf } = keysOf(userId)
      const end = async (each: string): Promise<void> => {
        const keys = [grants, slotOf({ handle: each }), successorOf(each)]
        const [, next] = (await run('end_session', keys, [each])) as ['ended', string]
        if (next) await end(next)
      }
      await end(handle)
    },
    async revoke(userId, { epoch, devices, holder = NOBODY, issue }) {
      const keys = keysOf(userId)
      const issued = issue
        ? [issue.handle, packGrant(issue.grant), issue.grant.expiresAt, issue.expectedEpoch]
        : ['', '', 0, '']
      const args = [clock.offsetMs, epoch, devices, ...issued, holder.handle, holder.successor]
      const moves = [keys.successorOf(holder.handle), keys.successorOf(issue?.handle ?? '')]
      return (await run('revoke_grants', [keys.grants, keys.devices, ...moves], args)) as 'revoked' | 'issued' | 'stale'
    },
  }
}

type SessionReply = [now: number, epoch: string, grant: string, challenge: string, tallies: string[]]

function toSession([now, epoch, packedGrant, packedChallenge, tallies]: SessionReply): SessionState {
  const grant = unpackGrant(packedGrant)
  const challenge = packedChallenge ? unpackChallenge(packedChallenge) : null
  const isPending = challenge && challenge.expiresAt > now && challenge.challenge.epoch === epoch
  return {
    epoch,
    grant: grant && grant.expiresAt > now ? grant : null,
    challenge: isPending ? challenge : null,
    tallies: Object.fromEntries(pairs(tallies).map(([subject, tally]) => [subject, unpackTally(tally)])),
    now,
  }
}

function pairs(list: readonly string[]): readonly [string, string][] {
  return list.flatMap((name, at) => (at % 2 === 0 ? [[name, list[at + 1] ?? ''] as [string, string]] : []))
}
