import { TwoFactorError } from '../../errors'
import type { Authenticator, AuthenticatorStore, Change, Enrolled } from '../../ports'
import { type Query, type Row, type RunStatement, withDeadline } from './query'
import { nameTables } from './schema'
import { type Statements, writeStatements } from './statements'
import { storableId } from './storable-id'

export interface SqlAuthenticatorsOptions {
  /** The tables' schema; without it the connection's search path decides. */
  schema?: string
  /** How long a statement may take, in milliseconds; 2000 unless told. */
  timeoutMs?: number
}

/**
 * Keeps authenticators and recovery codes in PostgreSQL, in the tables that {@link migrate} creates. Each method is
 * one statement, so the query may run on a pool; the database's text must be UTF-8.
 * @param query - `(text, params) => pool.query(text, params)`
 * @throws {@link TwoFactorError} `ERR_TFA_CONFIG` for a bad option
 */
export function sqlAuthenticators(query: Query, options: SqlAuthenticatorsOptions = {}): AuthenticatorStore {
  const { schema, timeoutMs = 2000 } = options
  if (typeof query !== 'function') refuse('query must be a function of a text and its parameters')
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1) refuse('timeoutMs must be a whole number from 1')
  const unknown = Object.keys(options).find((name) => name !== 'schema' && name !== 'timeoutMs')
  if (unknown !== undefined) refuse(`there is no option ${unknown}; schema and timeoutMs are all`)
  return createStore(withDeadline(query, timeoutMs), writeStatements(nameTables(schema)))
}

function refuse(detail: string): never {
  throw new TwoFactorError('ERR_TFA_CONFIG', { detail })
}

function createStore(run: RunStatement, statements: Statements): AuthenticatorStore {
  async function isDone(text: string, params: unknown[]): Promise<boolean> {
    return (await run(text, params)).length > 0
  }
  return {
    isVolatile: false,
    async load(userId) {
      const [row] = await run(statements.load, [storableId(userId)])
      return row ? toEnrolled(row) : { version: 0, authenticators: [], recoveryCodes: { remaining: 0, total: 0 } }
    },
    change: (userId, version, change) =>
      isDone(statements.change, [storableId(userId), version, ...changeParams(change)]),
    accept: (userId, authenticatorId, { at, step = null, sealed = null, codeHash = null }) =>
      isDone(statements.accept, [...keyOf(userId, authenticatorId), at, step, sealed, codeHash]),
    claimRecoveryCode: (userId, hashes, at) =>
      isDone(statements.claimRecoveryCode, [storableId(userId), hashes.map(storableId), at]),
    async countFailure(userId, authenticatorId) {
      const [row] = await run(statements.countFailure, keyOf(userId, authenticatorId))
      return Number(row?.failures ?? 0)
    },
    describe: (userId, authenticatorId, { label, preferredMethod }) =>
      isDone(statements.describe, [...keyOf(userId, authenticatorId), storableLabel(label), preferredMethod ?? null]),
    async markPrompted(userId, at) {
      const [row] = await run(statements.markPrompted, [storableId(userId), at])
      return Number(row?.first_prompt_at)
    },
    async extendGrace(userId, until) {
      await run(statements.extendGrace, [storableId(userId), until])
    },
  }
}

function keyOf(userId: string, authenticatorId: string): string[] {
  return [storableId(userId), storableId(authenticatorId)]
}

/** $3 to $14 of the change statement. */
function changeParams({ remove, recoveryCodes, add }: Change): unknown[] {
  const isAll = remove === 'all'
  const removedId = isAll || remove === undefined ? null : storableId(remove)
  return [isAll, removedId, recoveryCodes?.map(storableId) ?? null, ...authenticatorParams(add)]
}

function authenticatorParams(add: Authenticator | undefined): unknown[] {
  if (!add) return new Array(9).fill(null)
  const { factor, sealed, preferredMethod, createdAt, lastUsedAt = null, lastStep, failures } = add
  const described = [storableId(add.id), factor, storableLabel(add.label), sealed, preferredMethod]
  return [...described, createdAt, lastUsedAt, lastStep, failures]
}

/** People name their phones; PostgreSQL text holds anything but NUL. */
function storableLabel(label: string | undefined): string | null {
  return label?.replaceAll('\0', '\ufffd') ?? null
}

/** `pg` gives bigint as a string, PGlite as a number; JSON is read here, whatever type parsers the app has set. */
function toEnrolled(row: Row): Enrolled {
  return {
    version: Number(row.version),
    ...(row.first_prompt_at !== null && { firstPromptAt: Number(row.first_prompt_at) }),
    ...(row.grace_until !== null && { graceUntil: Number(row.grace_until) }),
    authenticators: JSON.parse(String(row.authenticators)) as Authenticator[],
    recoveryCodes: { remaining: Number(row.remaining), total: Number(row.total) },
  }
}
