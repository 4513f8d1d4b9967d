import type { Request } from 'express'
import { TwoFactorError } from '../errors'
import type { User } from '../options'

/** The default of the option `user`: Passport's `req.user`, with the label it most likely has. */
export function userOfRequest(req: Request): User | null {
  const user = (req as { user?: unknown }).user
  if (user === undefined || user === null || user === false) return null
  const { id, email, username, locale, phone } = user as Record<string, unknown>
  const label = [email, username, id].find((word) => typeof word === 'string' && word !== '')
  return {
    id: typeof id === 'number' || typeof id === 'bigint' ? String(id) : (id as string),
    label: typeof label === 'string' ? label : String(id),
    ...(locale === 'en' || locale === 'fr' ? { locale } : {}),
    ...(typeof phone === 'string' ? { phone } : {}),
  }
}

/** @throws {@link TwoFactorError} `ERR_TFA_CONFIG`: counters and grants would be shared by everybody without an id */
export function checkUser(user: User): User {
  if (typeof user.id === 'string' && user.id !== '') return user
  const detail =
    'option `user`: must return an `id`, a non-empty string that never changes; by default it is `req.user.id`'
  throw new TwoFactorError('ERR_TFA_CONFIG', { detail })
}
