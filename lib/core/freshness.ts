import { createHash } from 'node:crypto'
import type { Grant } from '../ports'
import type { Core } from './core'

export type Missing = 'password' | 'second-factor'

/**
 * What a change of factors still asks for: the password again and, where the user has a factor, that too.
 * Freshness belongs to the grant: what was given before it was issued does not count.
 * @see ASVS 5.0 7.5.1, 7.5.3
 */
export function missingFor(core: Core, grant: Grant): readonly Missing[] {
  const missing: Missing[] = []
  if (!isFresh(core, grant, grant.passwordAt)) missing.push('password')
  const isVerified = grant.assurance === 'second-factor' && isFresh(core, grant, grant.verifiedAt)
  if (grant.hasFactor && !isVerified) missing.push('second-factor')
  return missing
}

function isFresh(core: Core, { issuedAt }: Grant, givenAt: number | undefined): boolean {
  const { clock, reauthenticationTtlMs } = core.settings
  return givenAt !== undefined && givenAt >= issuedAt && clock.now() - givenAt < reauthenticationTtlMs
}

/** The hash an action's key is kept as: of its UTF-16, because halves of a surrogate pair are all one in UTF-8. */
export function actionHash(key: string): string {
  return createHash('sha256').update(key, 'utf16le').digest('base64url').slice(0, 22)
}
