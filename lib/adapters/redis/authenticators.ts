import type { Authenticator, AuthenticatorStore, Change, Enrolled, Method } from '../../ports'
import { connect } from './connection'
import type { RedisClient, RedisOptions } from './options'
import type { ScriptName } from './scripts'

/**
 * Keeps authenticators and recovery codes in Redis: one hash per user, without an end.
 * For those who run Redis with persistence (`appendonly yes`) and a replica they trust: a server that comes back
 * without its last writes accepts a code a second time, and one that comes back empty has lost every second factor.
 * @throws {@link TwoFactorError} `ERR_TFA_CONFIG` for a bad client or option
 */
export function redisAuthenticators(redis: RedisClient, options: RedisOptions = {}): AuthenticatorStore {
  const { keysOf, run, call } = connect(redis, options)
  const runFor = (userId: string, name: ScriptName, args: readonly (string | number)[]) =>
    run(name, [keysOf(userId).authenticators], args)

  return {
    isVolatile: false,
    load: async (userId) => toEnrolled(await call(() => redis.hgetall(keysOf(userId).authenticators))),
    change: async (userId, version, change) =>
      (await runFor(userId, 'change_authenticators', [version, ...changeArgs(change)])) === 'done',
    accept: async (userId, id, { at, step = '', codeHash = '', sealed = '' }) =>
      (await runFor(userId, 'accept_code', [id, at, step, sealed, codeHash])) === 'accepted',
    claimRecoveryCode: async (userId, hashes) =>
      (await runFor(userId, 'claim_recovery_code', [JSON.stringify(hashes)])) === 'claimed',
    async countFailure(userId, id) {
      const [, failures = 0] = (await runFor(userId, 'count_failure', [id])) as [string, number?]
      return failures
    },
    async describe(userId, id, { label, preferredMethod }) {
      const words = [label === undefined ? [] : ['label', label], preferredMethod ? ['method', preferredMethod] : []]
      return (await runFor(userId, 'describe_authenticator', [id, ...words.flat()])) === 'described'
    },
    async markPrompted(userId, at) {
      const [, stands] = (await runFor(userId, 'mark_prompted', [at])) as [string, string]
      return Number(stands)
    },
    async extendGrace(userId, until) {
      await call(() => redis.hset(keysOf(userId).authenticators, 'grace-until', until))
    },
  }
}

function changeArgs({ add, remove, recoveryCodes }: Change): readonly (string | number)[] {
  const removal = remove === undefined ? ['none', ''] : remove === 'all' ? ['all', ''] : ['one', remove]
  const codes = recoveryCodes ? JSON.stringify([recoveryCodes.length, ...recoveryCodes]) : ''
  return [...removal, codes, ...(add ? packAuthenticator(add) : [''])]
}

/** The fields of one authenticator: what never changes, what its owner words, its secret, and what each use changes. */
function packAuthenticator(authenticator: Authenticator): readonly string[] {
  const { id, factor, label, sealed, preferredMethod, createdAt, lastUsedAt = '', lastStep, failures } = authenticator
  return [id, `${factor}:${createdAt}`, label, preferredMethod, sealed, `${lastStep}:${failures}:${lastUsedAt}`]
}

function toEnrolled(fields: Readonly<Record<string, string>>): Enrolled {
  const ids = Object.keys(fields).flatMap((field) => (field.startsWith('fixed:') ? [field.slice('fixed:'.length)] : []))
  const authenticators = ids.map((id) => unpackAuthenticator(id, (part) => fields[`${part}:${id}`] ?? ''))
  const [total, ...unused] = JSON.parse(fields['recovery-codes'] ?? '[0]') as [number, ...string[]]
  const promptedAt = fields['prompted-at']
  const graceUntil = fields['grace-until']
  return {
    version: Number(fields.version ?? 0),
    ...(promptedAt !== undefined && { firstPromptAt: Number(promptedAt) }),
    ...(graceUntil !== undefined && { graceUntil: Number(graceUntil) }),
    authenticators: authenticators.sort((one, other) => one.createdAt - other.createdAt),
    recoveryCodes: { remaining: unused.length, total },
  }
}

function unpackAuthenticator(id: string, read: (part: string) => string): Authenticator {
  const [factor, createdAt] = read('fixed').split(':')
  const [lastStep, failures, lastUsedAt] = read('uses').split(':')
  return {
    id,
    factor: factor as Authenticator['factor'],
    label: read('label'),
    sealed: read('sealed'),
    preferredMethod: read('method') as Method,
    createdAt: Number(createdAt),
    ...(lastUsedAt && { lastUsedAt: Number(lastUsedAt) }),
    lastStep: Number(lastStep),
    failures: Number(failures),
  }
}
