import { type Missing, missingFor } from '../../core/freshness'
import { amendGrant } from '../../core/grant'
import { passwordBrake } from '../../core/throttle'
import { TwoFactorError } from '../../errors'
import type { Credentials } from '../../options'
import type { Grant } from '../../ports'
import { textOf } from '../body'
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
  const owner = await core.settings.reauthenticate(req, credentials)
  if (owner !== null && owner !== undefined && isSameUser(owner, user.id)) {
    return core.settings.store.clearTallies(user.id, [brake.subject])
  }
  core.events.emit('password.refused', { userId: user.id })
  throw new TwoFactorError('ERR_TFA_CREDENTIALS_INCORRECT')
}

function notePassword({ core }: Exchange, { session, grant }: Visitor): Promise<Grant> {
  const passwordAt = core.settings.clock.now()
  return amendGrant(core, session, grant, (current) => ({ ...current, passwordAt }))
}

/** On to what asked for the password; by way of the challenge, where the second factor is missing too. */
async function goOnTo(exchange: Exchange, missing: number): Promise<string> {
  const next = nextOf(exchange)
  if (missing === 0) return next
  const { core, req } = exchange
  note(req, { ...notesOf(req), returnTo: next })
  await saveSession(req)
  return `${core.settings.path}/challenge`
}

/** Where a form says it leads on to: a page of ours. */
function nextOf({ core, body }: Exchange): string {
  const { path } = core.settings
  const wanted = safePath(body.next, path)
  return wanted === path || wanted.startsWith(`${path}/`) ? wanted : path
}

/** Asks for what is missing; the way back is kept, for the second factor is verified on another page. */
export function showReauthenticate(exchange: Exchange, missing: readonly Missing[], next = nextOf(exchange)): Shown {
  if (missing.includes('second-factor')) note(exchange.req, { ...notesOf(exchange.req), returnTo: next })
  return { view: 'reauthenticate', model: { missing, next } }
}

/** A number is the same id as its digits, as everywhere. */
function isSameUser(owner: unknown, userId: string): boolean {
  if (typeof owner === 'string') return owner === userId
  if (typeof owner === 'number' || typeof owner === 'bigint') return String(owner) === userId
  const detail = 'option `reauthenticate`: must return the id of the user whose password it is, or null'
  throw new TwoFactorError('ERR_TFA_CONFIG', { detail })
}
