import { TwoFactorError } from '../errors'
import { readRecoveryCode } from './factors/recovery-code'
import { TOTP_DIGITS } from './factors/totp'

/** What somebody typed, told apart by its form. */
export type TypedCode = { kind: 'digits'; code: string } | { kind: 'recovery-code'; code: string }

/** Longer than any code with the spaces people put in; whatever is longer is refused without being looked at. */
const LONGEST = 64

/**
 * Reads a code as typed: ASCII spaces and hyphens inside are dropped, nothing else is forgiven.
 * @param sentDigits - how many digits a code has that was sent; an authenticator app's has six
 * @throws {@link TwoFactorError} `ERR_TFA_INPUT_INVALID`
 */
export function readCode(typed: unknown, sentDigits: number): TypedCode {
  if (typeof typed !== 'string' || typed.length > LONGEST) throw invalidCode()
  const bare = typed.replace(/[ -]/g, '')
  const isLength = bare.length === sentDigits || bare.length === TOTP_DIGITS
  if (isLength && /^[0-9]+$/.test(bare)) return { kind: 'digits', code: bare }
  const recoveryCode = readRecoveryCode(bare)
  if (recoveryCode) return { kind: 'recovery-code', code: recoveryCode }
  throw invalidCode()
}

function invalidCode(): TwoFactorError {
  return new TwoFactorError('ERR_TFA_INPUT_INVALID', {
    field: 'code',
    detail: 'a code is six digits, or a recovery code',
  })
}
