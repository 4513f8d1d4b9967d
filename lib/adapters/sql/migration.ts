import { type Query, withDeadline } from './query'
import { nameTables, type Tables } from './schema'

/** A first start of an embedded database takes seconds, and another process may be creating the tables just now. */
const MIGRATION_TIMEOUT_MS = 30_000

/** Creates the tables where they are missing, wherever the connection's search path leads: for a migration tool. */
export const migration: string = writeMigration(nameTables())

/**
 * Creates the tables where they are missing; the schema must exist. Many processes may call it at once.
 * @throws {@link TwoFactorError} `ERR_TFA_STORE_UNAVAILABLE`, `ERR_TFA_CONFIG`
 */
export async function migrate(query: Query, options: { schema?: string } = {}): Promise<void> {
  await withDeadline(query, MIGRATION_TIMEOUT_MS)(writeMigration(nameTables(options.schema)), [])
}

/**
 * One statement, so that it runs through any query function and happens whole. The lock is for processes that start
 * together: CREATE TABLE IF NOT EXISTS of two at once fails in one of them. The primary keys are all the indexes that
 * the adapter's statements use.
 */
function writeMigration({ users, authenticators, recoveryCodes }: Tables): string {
  return `DO $migration$ BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('two_factor_migration'));
  CREATE TABLE IF NOT EXISTS ${users} (
    user_id text COLLATE "C" PRIMARY KEY CHECK (length(user_id) BETWEEN 1 AND 200),
    version bigint NOT NULL DEFAULT 0 CHECK (version >= 0),
    first_prompt_at bigint,
    grace_until bigint
  );
  CREATE TABLE IF NOT EXISTS ${authenticators} (
    user_id text COLLATE "C" NOT NULL REFERENCES ${users} ON DELETE CASCADE,
    id text COLLATE "C" NOT NULL CHECK (length(id) BETWEEN 1 AND 200),
    factor text NOT NULL CHECK (factor IN ('totp', 'phone')),
    label text NOT NULL,
    sealed text NOT NULL,
    preferred_method text NOT NULL CHECK (preferred_method IN ('totp', 'sms', 'voice')),
    created_at bigint NOT NULL,
    last_used_at bigint,
    last_step bigint NOT NULL DEFAULT -1 CHECK (last_step >= -1),
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    PRIMARY KEY (user_id, id)
  );
  ALTER TABLE ${authenticators} ADD COLUMN IF NOT EXISTS accepted text[] NOT NULL DEFAULT '{}';
  CREATE TABLE IF NOT EXISTS ${recoveryCodes} (
    user_id text COLLATE "C" NOT NULL REFERENCES ${users} ON DELETE CASCADE,
    hash text COLLATE "C" NOT NULL CHECK (length(hash) BETWEEN 1 AND 200),
    used_at bigint,
    PRIMARY KEY (user_id, hash)
  );
  COMMENT ON TABLE ${users} IS 'Second factor, one row per user. Instants are epoch milliseconds.';
  COMMENT ON COLUMN ${users}.user_id IS
    'The application''s user id; sha256: and a hash where that is not 1 to 200 printable ASCII characters.';
  COMMENT ON COLUMN ${users}.version IS 'Moves with each change of authenticators or recovery codes.';
  COMMENT ON COLUMN ${users}.first_prompt_at IS 'When the grace period began; never moved.';
  COMMENT ON COLUMN ${users}.grace_until IS 'Until when support lets the user put enrolment off.';
  COMMENT ON COLUMN ${authenticators}.sealed IS 'TOTP secret or phone number, encrypted for this user and id.';
  COMMENT ON COLUMN ${authenticators}.last_step IS 'Last accepted RFC 6238 time step; -1 before the first.';
  COMMENT ON COLUMN ${authenticators}.accepted IS 'Keyed hashes of the last 32 sent codes that were accepted.';
  COMMENT ON COLUMN ${authenticators}.failures IS 'Wrong codes in a row.';
  COMMENT ON COLUMN ${recoveryCodes}.hash IS 'Keyed hash of a recovery code.';
END $migration$`
}
