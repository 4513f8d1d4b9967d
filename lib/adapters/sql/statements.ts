import type { Tables } from './schema'

/** Every statement of the adapter. Each is whole by itself: the query may run on another connection each time. */
export interface Statements {
  load: string
  change: string
  accept: string
  claimRecoveryCode: string
  countFailure: string
  describe: string
  markPrompted: string
  extendGrace: string
}

/**
 * Writes the statements for these tables. They are right under READ COMMITTED, PostgreSQL's default: an UPDATE or
 * DELETE that waited for another transaction looks at the row again as that one left it, WHERE clause included, so
 * that a condition on the row itself is a compare-and-set.
 * @see https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED
 */
export function writeStatements(tables: Tables): Statements {
  return {
    load: writeLoad(tables),
    change: writeChange(tables),
    ...writeUses(tables),
    ...writeWords(tables),
  }
}

/** One statement is one snapshot: never the authenticators of one version with the recovery codes of another. */
function writeLoad({ users, authenticators, recoveryCodes }: Tables): string {
  return `
SELECT u.version, u.first_prompt_at, u.grace_until,
  (SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
      'id', a.id, 'factor', a.factor, 'label', a.label, 'sealed', a.sealed,
      'preferredMethod', a.preferred_method, 'createdAt', a.created_at, 'lastUsedAt', a.last_used_at,
      'lastStep', a.last_step, 'failures', a.failures)) ORDER BY a.created_at, a.id), '[]')::text
    FROM ${authenticators} a WHERE a.user_id = u.user_id) AS authenticators,
  (SELECT count(*) FROM ${recoveryCodes} c WHERE c.user_id = u.user_id) AS total,
  (SELECT count(*) FROM ${recoveryCodes} c WHERE c.user_id = u.user_id AND c.used_at IS NULL) AS remaining
FROM ${users} u WHERE u.user_id = $1::text`
}

/**
 * The user's row is locked and its version moved first; everything else reads from `moved`, so it happens only for the
 * winner and after any change before it. Version 0 may have no row yet: its insert waits for a racing insert and then
 * takes the update's road, where the version decides. The parts see the tables as they were before the statement, none
 * sees what another did: therefore a row that is deleted is never inserted again here, it is overwritten in place.
 * $1 user id, $2 version, $3 remove all, $4 id to remove, $5 new hashes or null, $6-$14 the authenticator to add.
 */
function writeChange({ users, authenticators, recoveryCodes }: Tables): string {
  return `
WITH first AS (
  INSERT INTO ${users} AS u (user_id, version) SELECT $1::text, 1 WHERE $2::bigint = 0
  ON CONFLICT (user_id) DO UPDATE SET version = 1 WHERE u.version = 0
  RETURNING u.user_id
), later AS (
  UPDATE ${users} SET version = version + 1 WHERE user_id = $1::text AND version = $2::bigint AND $2::bigint > 0
  RETURNING user_id
), moved AS (
  SELECT user_id FROM first UNION ALL SELECT user_id FROM later
), removed AS (
  DELETE FROM ${authenticators} a USING moved
  WHERE a.user_id = moved.user_id AND ($3::boolean OR a.id = $4::text) AND a.id IS DISTINCT FROM $6::text
), added AS (
  INSERT INTO ${authenticators} (user_id, id, factor, label, sealed, preferred_method,
    created_at, last_used_at, last_step, failures)
  SELECT moved.user_id, $6::text, $7::text, $8::text, $9::text, $10::text,
    $11::bigint, $12::bigint, $13::bigint, $14::integer FROM moved WHERE $6::text IS NOT NULL
  ON CONFLICT (user_id, id) DO UPDATE SET factor = EXCLUDED.factor, label = EXCLUDED.label, sealed = EXCLUDED.sealed,
    preferred_method = EXCLUDED.preferred_method, created_at = EXCLUDED.created_at,
    last_used_at = EXCLUDED.last_used_at, last_step = EXCLUDED.last_step, failures = EXCLUDED.failures
), forgotten AS (
  DELETE FROM ${recoveryCodes} c USING moved
  WHERE c.user_id = moved.user_id AND $5::text[] IS NOT NULL AND c.hash <> ALL ($5::text[])
), renewed AS (
  INSERT INTO ${recoveryCodes} (user_id, hash)
  SELECT DISTINCT moved.user_id, fresh.hash FROM moved, unnest($5::text[]) AS fresh (hash)
  ON CONFLICT (user_id, hash) DO UPDATE SET used_at = NULL
)
SELECT user_id FROM moved`
}

function writeUses({
  authenticators,
  recoveryCodes,
}: Tables): Pick<Statements, 'accept' | 'claimRecoveryCode' | 'countFailure'> {
  return {
    accept: `
UPDATE ${authenticators} SET failures = 0, last_used_at = $3::bigint,
  last_step = coalesce($4::bigint, last_step), sealed = coalesce($5::text, sealed),
  accepted = CASE WHEN $6::text IS NULL THEN accepted
    ELSE array_append(accepted[greatest(cardinality(accepted) - 30, 1):], $6::text) END
WHERE user_id = $1::text AND id = $2::text AND ($4::bigint IS NULL OR last_step < $4::bigint)
  AND ($6::text IS NULL OR $6::text <> ALL (accepted))
RETURNING id`,
    claimRecoveryCode: `
UPDATE ${recoveryCodes} SET used_at = $3::bigint
WHERE user_id = $1::text AND hash = ANY ($2::text[]) AND used_at IS NULL
RETURNING hash`,
    countFailure: `
UPDATE ${authenticators} SET failures = failures + 1 WHERE user_id = $1::text AND id = $2::text
RETURNING failures`,
  }
}

function writeWords({ users, authenticators }: Tables): Pick<Statements, 'describe' | 'markPrompted' | 'extendGrace'> {
  return {
    describe: `
UPDATE ${authenticators} SET label = coalesce($3::text, label), preferred_method = coalesce($4::text, preferred_method)
WHERE user_id = $1::text AND id = $2::text
RETURNING id`,
    // The update is what makes a call that lost the race return the row, with the winner's date.
    markPrompted: `
INSERT INTO ${users} AS u (user_id, first_prompt_at) VALUES ($1::text, $2::bigint)
ON CONFLICT (user_id) DO UPDATE SET first_prompt_at = coalesce(u.first_prompt_at, EXCLUDED.first_prompt_at)
RETURNING u.first_prompt_at`,
    extendGrace: `
INSERT INTO ${users} (user_id, grace_until) VALUES ($1::text, $2::bigint)
ON CONFLICT (user_id) DO UPDATE SET grace_until = EXCLUDED.grace_until`,
  }
}
