import type { Request } from 'express'
import { TwoFactorError } from '../errors'
import type { User } from '../options'
import type { Locale } from '../ports'

/** A label goes into a QR code, which holds little more. */
const LONGEST_LABEL = 100

/** The default of the option `user`: Passport's `req.user`, with the label it most likely has. */
export function userOfRequest(req: Request): User | null {
  const user = (req as { user?: unknown }).user
  if (user === undefined || user === null || user === false) return null
  const { id, email, username, locale, phone } = user as Record<string, unknown>
  const label = [email, username].find((word) => typeof word === 'string' && word !== '')
  return {
    id: id as string,
    label: typeof label === 'string' ? label : String(id),
    ...(typeof locale === 'string' ? { locale: locale as Locale } : {}),
    ...(typeof phone === 'string' ? { phone } : {}),
  }
}

/**
 * Brings what the app says of a user into bounds: a label that fits, a language that pages are written in.
 * @throws {@link TwoFactorError} `ERR_TFA_CONFIG`: counters and grants would be shared by everybody without an id
 */
export function checkUser({ id, label, locale, phone }: User): User {
  const language = /^(en|fr)\b/i.exec(String(locale ?? ''))?.[1]?.toLowerCase() as Locale | undefined
  return {
    id: checkUserId(id),
    label: readLabel(String(label ?? id)),
    ...(language ? { locale: language } : {}),
    ...(typeof phone === 'string' ? { phone } : {}),
  }
}

/** A number is the same id as its digits, wherever the app hands it in. */
export function checkUserId(id: unknown): string {
  if (typeof id === 'string' && id !== '') return id
  if (typeof id === 'bigint' || Number.isSafeInteger(id)) return String(id)
  const detail = 'a user id must be a non-empty string that never changes; by default it is `req.user.id`'
  throw new TwoFactorError('ERR_TFA_CONFIG', { detail: `option \`user\`: ${detail}` })
}

/** Half of a surrogate pair can be neither encoded nor drawn. */
function readLabel(label: string): string {
  return label.slice(0, LONGEST_LABEL).replace(/\p{Surrogate}/gu, '\ufffd')
}
