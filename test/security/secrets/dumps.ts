import { inspect } from 'node:util'
import type session from 'express-session'
import type { Query } from 'express-two-factor/sql'
import type { Redis } from 'ioredis'

/** Every key and value under a prefix, of every type there is. */
export async function dumpRedis(redis: Redis, prefix: string): Promise<string> {
  const keys = await redis.keys(`${prefix}*`)
  const values = await Promise.all(keys.map((key) => readValue(redis, key)))
  return keys.map((key, at) => `${key}\n${JSON.stringify(values[at])}`).join('\n')
}

async function readValue(redis: Redis, key: string): Promise<unknown> {
  const type = await redis.type(key)
  if (type === 'string') return redis.get(key)
  if (type === 'hash') return redis.hgetall(key)
  if (type === 'set') return redis.smembers(key)
  if (type === 'zset') return redis.zrange(key, '0', '-1', 'WITHSCORES')
  if (type === 'list') return redis.lrange(key, 0, -1)
  if (type === 'stream') return redis.xrange(key, '-', '+')
  if (type === 'none') return null
  throw new Error(`a key of type ${type} is not read`)
}

/** Every row of every table that is not PostgreSQL's own. */
export async function dumpSql(query: Query): Promise<string> {
  const { rows } = await query(
    `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables
     WHERE table_schema NOT IN ('pg_catalog', 'information_schema')`,
    [],
  )
  const names = rows.map(({ name }) => String(name))
  const tables = await Promise.all(names.map((name) => query(`SELECT to_jsonb(t)::text AS row FROM ${name} t`, [])))
  return names.map((name, at) => `${name}\n${JSON.stringify(tables[at]?.rows)}`).join('\n')
}

/** Every session, as its store keeps it. */
export function dumpSessions(sessions: session.MemoryStore): string {
  return JSON.stringify((sessions as unknown as { sessions: object }).sessions)
}

/** All that an error can be made to say. */
export function dumpError(error: unknown): string {
  const { message, stack, cause } = (error ?? {}) as Error
  const own = typeof error === 'object' && error !== null ? JSON.stringify({ ...error }) : ''
  const shown = inspect(error, { depth: null, showHidden: true, maxStringLength: null, maxArrayLength: null })
  return [message, stack, shown, JSON.stringify(error), own, cause === undefined ? '' : dumpError(cause)].join('\n')
}
