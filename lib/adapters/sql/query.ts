import { TwoFactorError } from '../../errors'

/** One row of an answer: column → value. */
export type Row = Record<string, unknown>

/**
 * Runs one statement. `pg`'s `pool.query` and PGlite's `query` both fit, bound to their object:
 * `(text, params) => pool.query(text, params)`. Each call is one statement in a transaction of its own.
 */
export type Query = (text: string, params: unknown[]) => Promise<{ rows: Row[] }>

/** Runs one statement within the deadline; rejects with our errors only. */
export type RunStatement = (text: string, params: unknown[]) => Promise<Row[]>

/**
 * Puts a deadline on every statement. One that missed it may still run later, as each is a whole transaction;
 * a `statement_timeout` on the pool ends it on the server as well.
 * @throws {@link TwoFactorError} `ERR_TFA_STORE_UNAVAILABLE`, without the database's error: it carries the parameters
 */
export function withDeadline(query: Query, timeoutMs: number): RunStatement {
  return async (text, params) => {
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(unavailable(`no answer within ${timeoutMs} ms`)), timeoutMs)
    })
    try {
      return rowsOf(await Promise.race([callQuery(query, text, params), deadline]))
    } catch (error) {
      throw error instanceof TwoFactorError ? error : unavailable(reasonOf(error))
    } finally {
      clearTimeout(timer)
    }
  }
}

/** A query that throws instead of rejecting is a failure like any other. */
async function callQuery(query: Query, text: string, params: unknown[]): Promise<{ rows: Row[] }> {
  return query(text, params)
}

function rowsOf(result: { rows: Row[] } | undefined): Row[] {
  if (Array.isArray(result?.rows)) return result.rows
  throw new TwoFactorError('ERR_TFA_CONFIG', { detail: 'the query given to the SQL adapter must resolve to { rows }' })
}

function unavailable(reason: string): TwoFactorError {
  return new TwoFactorError('ERR_TFA_STORE_UNAVAILABLE', { detail: `the authenticator database failed: ${reason}` })
}

/** A SQLSTATE or a system error's code tells what to mend, and holds nothing of the statement. */
function reasonOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  if (code === '42P01') return '42P01, a table is missing; run migrate(query) first'
  return typeof code === 'string' && /^[A-Z0-9_]{5,24}$/.test(code) ? code : 'no code was given'
}
