import { migrate, type Query } from 'express-two-factor/sql'
import { Pool } from 'pg'
import type { Config } from './config'
import { openEmbedded } from './embedded-database'

/** One PostgreSQL, on a server or embedded. */
export interface Database {
  query: Query
  close(): Promise<void>
}

/** A request must not wait for a database that does not answer. */
const ANSWER_WITHIN_MS = 2000
/** At the start another process may be creating the tables just now. */
const START_WITHIN_MS = 30_000

/**
 * Opens the database of the settings and creates the tables that are missing.
 * @param ownTables - one statement that creates the sample's own
 * @throws Error of one line when it can't be reached, or its folder is in use
 */
export async function openDatabase({ databaseUrl, databaseFolder }: Config, ownTables: string): Promise<Database> {
  if (databaseUrl === undefined) {
    const embedded = await openEmbedded(databaseFolder)
    await prepare(embedded, ownTables, 'DATABASE_FILE')
    return embedded
  }
  const patient = connectPool(databaseUrl, START_WITHIN_MS)
  await prepare(patient, ownTables, 'DATABASE_URL').finally(patient.close)
  return connectPool(databaseUrl, ANSWER_WITHIN_MS)
}

async function prepare({ query, close }: Database, ownTables: string, name: string): Promise<void> {
  try {
    await query(ownTables, [])
    await migrate(query)
  } catch (error) {
    await close().catch(() => {})
    // Without the message: a client's may repeat the connection string.
    throw new Error(`${name}: the database can't be used (${codeOf(error)})`)
  }
}

function codeOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (typeof code === 'string' && !code.startsWith('ERR_TFA')) return code
  return /timeout|no answer/i.test(String(message)) ? 'no answer in time' : 'no connection'
}

function connectPool(connectionString: string, timeoutMs: number): Database {
  const pool = new Pool({
    connectionString,
    connectionTimeoutMillis: ANSWER_WITHIN_MS,
    query_timeout: timeoutMs,
    // The server gives up before the client does: a statement that still ran later would change what nobody expects any more.
    statement_timeout: Math.floor(timeoutMs * 0.75),
  })
  // An idle connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => {})
  let closing: Promise<void> | undefined
  return {
    query: (text, params) => pool.query(text, params),
    close: () => {
      closing ??= pool.end()
      return closing
    },
  }
}
