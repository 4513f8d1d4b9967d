import { createHash, randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { TwoFactorError } from 'express-two-factor'
import type { Query } from 'express-two-factor/sql'

export type Role = 'user' | 'admin'

/** A user as the rest of the sample sees one: never with the password's hash. */
export interface SampleUser {
  /** The immutable key of everything else; the e-mail address can change. */
  id: string
  email: string
  role: Role
  locale?: 'en' | 'fr'
  /** E.164: fills the field when a phone is enrolled. */
  phone?: string
}

/** A user as a session remembers one. */
export interface SignedInUser extends SampleUser {
  /** Tells one password's hash from the next: a sign-in that raced a change of password does not outlive it. */
  passwordStamp: string
}

export interface NewAccount extends Omit<SampleUser, 'id'> {
  password: string
}

/** The sample's own users; the package keeps none. Each method rejects with `ERR_TFA_STORE_UNAVAILABLE`. */
export interface Users {
  /** @returns null when the address is taken */
  create(account: NewAccount): Promise<SampleUser | null>
  find(id: string): Promise<SampleUser | null>
  findByPassword(email: string, password: string): Promise<SignedInUser | null>
  /** The user, as long as the password is the one that was signed in with. */
  findSignedIn(id: string, passwordStamp: string): Promise<SampleUser | null>
  hasPassword(id: string, password: string): Promise<boolean>
  setPassword(id: string, password: string): Promise<void>
  /** @returns false when the address is taken */
  setEmail(id: string, email: string): Promise<boolean>
  /** Newest first. */
  list(): Promise<readonly SampleUser[]>
}

const COLUMNS = 'id, email, role, locale, phone'

/** The lock is for processes that start together: two CREATE TABLE IF NOT EXISTS at once fail in one of them. */
export const USERS_TABLE = `DO $$ BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('sample_users'));
  CREATE TABLE IF NOT EXISTS sample_users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email text NOT NULL UNIQUE CHECK (email = lower(email)),
    password_hash text NOT NULL,
    role text NOT NULL CHECK (role IN ('user', 'admin')),
    locale text CHECK (locale IN ('en', 'fr')),
    phone text,
    created_at timestamptz NOT NULL DEFAULT now()
  );
END $$`

export function createUsers(query: Query): Users {
  const run = (text: string, ...params: unknown[]) => runFor(query, text, params)
  return {
    async create({ email, password, role, locale, phone }) {
      const insert = `INSERT INTO sample_users (email, password_hash, role, locale, phone)
        VALUES ($1, $2, $3, $4, $5) RETURNING ${COLUMNS}`
      const account = [email.toLowerCase(), await hash(password), role, locale ?? null, phone ?? null]
      return firstUser(await run(insert, ...account))
    },
    find: async (id) => firstUser(await run(`SELECT ${COLUMNS} FROM sample_users WHERE id = $1`, id)),
    async findByPassword(email, password) {
      const rows = await run(`SELECT ${COLUMNS}, password_hash FROM sample_users WHERE email = $1`, email.toLowerCase())
      // For an address nobody has, the same work: the time taken must not tell who has an account.
      const passwordHash = String(rows[0]?.password_hash ?? (await nobodysHash))
      const user = (await verify(passwordHash, password)) ? firstUser(rows) : null
      return user && { ...user, passwordStamp: createHash('sha256').update(passwordHash).digest('hex') }
    },
    async findSignedIn(id, passwordStamp) {
      const stamp = "encode(sha256(convert_to(password_hash, 'UTF8')), 'hex')"
      return firstUser(
        await run(`SELECT ${COLUMNS} FROM sample_users WHERE id = $1 AND ${stamp} = $2`, id, passwordStamp),
      )
    },
    async hasPassword(id, password) {
      const [row] = await run('SELECT password_hash FROM sample_users WHERE id = $1', id)
      return row !== undefined && (await verify(String(row.password_hash), password))
    },
    async setPassword(id, password) {
      await run('UPDATE sample_users SET password_hash = $2 WHERE id = $1', id, await hash(password))
    },
    async setEmail(id, email) {
      const update = 'UPDATE sample_users SET email = $2 WHERE id = $1 RETURNING id'
      return (await run(update, id, email.toLowerCase())).length > 0
    },
    list: async () => (await run(`SELECT ${COLUMNS} FROM sample_users ORDER BY created_at DESC`)).map(toUser),
  }
}

const nobodysHash = hash(randomBytes(16).toString('hex'))

type Row = Record<string, unknown>

const UNIQUE_VIOLATION = '23505'

/** An address that is taken gives no row. Any other failure is told without the database's error, which quotes values. */
async function runFor(query: Query, text: string, params: unknown[]): Promise<Row[]> {
  try {
    return (await query(text, params)).rows
  } catch (error) {
    if ((error as { code?: unknown }).code === UNIQUE_VIOLATION) return []
    throw new TwoFactorError('ERR_TFA_STORE_UNAVAILABLE', { detail: 'the users cannot be read now' })
  }
}

function firstUser([row]: Row[]): SampleUser | null {
  return row ? toUser(row) : null
}

function toUser({ id, email, role, locale, phone }: Row): SampleUser {
  return {
    id: String(id),
    email: String(email),
    role: role === 'admin' ? 'admin' : 'user',
    ...(locale === 'en' || locale === 'fr' ? { locale } : {}),
    ...(typeof phone === 'string' ? { phone } : {}),
  }
}
