import { missingFor } from '../../core/freshness'
import { replaceGrant } from '../../core/grant'
import { passwordBrake } from '../../core/throttle'
import { TwoFactorError } from '../../errors'
import type { Credentials } from '../../options'
import type { Grant } from '../../ports'
import { optionalTextOf, textOf } from '../body'
import { admit, type Exchange, type Reply } from '../exchange'
import type { Shown } from '../respond'
import { safePath } from '../return-to'
import { note, notesOf, saveSession } from '../session'
import type { Visitor } from '../visitor'

/** As long as a password may be: hashing a longer one would cost the server and serve nobody. */
const LONGEST_PASSWORD = 1000

/** Takes the password again. It must be this session's user's: a thief's own would re-authenticate the thief. */
export async function reauthenticate(exchange: Exchange): Promise<Reply> {
  const { core, body } = exchange
  const visitor = await admit(exchange, ['prompted', 'passed'])
  const credentials = { username: textOf(body, 'username'), password: textOf(body, 'password', LONGEST_PASSWORD) }
  await checkPassword(exchange, credentials)
  const grant = await notePassword(exchange, visitor)
  const missing = missingFor(core, grant)
  const validUntil = new Date(core.settings.clock.now() + core.settings.reauthenticationTtlMs)
  return { status: 200, json: { validUntil, missing }, page: { to: await goOnTo(exchange, missing.length) } }
}

async function checkPassword({ core, req, user }: Exchange, credentials: Credentials): Promise<void> {
  const brake = passwordBrake(core.settings)
  const { lockedMs } = await core.settings.store.countAttempt(user.id, brake)
  if (lockedMs > 0) throw new TwoFactorError('ERR_TFA_LOCKED', { retryAfterMs: lockedMs })
  if ((await core.settings.reauthenticate(req, credentials)) === user.id) {
    return core.settings.store.clearTallies(user.id, [brake.subject])
  }
  core.events.emit('password.refused', { userId: user.id })
  throw new TwoFactorError('ERR_TFA_CREDENTIALS_INCORRECT')
}

async function notePassword({ core }: Exchange, { session, grant }: Visitor): Promise<Grant> {
  const after = { ...grant, passwordAt: core.settings.clock.now() }
  const replaced = await replaceGrant(core, session, grant, after)
  if (!replaced) throw new TwoFactorError('ERR_TFA_SIGN_IN_REQUIRED')
  return replaced
}

/** On to what asked for the password; by way of the challenge, where the second factor is missing too. */
async function goOnTo({ core, req, body }: Exchange, missing: number): Promise<string> {
  const { path } = core.settings
  const wanted = safePath(optionalTextOf(body, 'next', 2000), path)
  const next = wanted === path || wanted.startsWith(`${path}/`) ? wanted : path
  if (missing === 0) return next
  note(req, { ...notesOf(req), returnTo: next })
  await saveSession(req)
  return `${path}/challenge`
}

/** The form for the password, shown wherever it is missing. */
export function showReauthenticate(
  { core, body }: Exchange,
  missing: readonly ('password' | 'second-factor')[],
): Shown {
  const next = typeof body.next === 'string' ? safePath(body.next, core.settings.path) : core.settings.path
  return { view: 'reauthenticate', model: { missing, next } }
}
