import type { RandomBytes } from '../../ports'
import { encodeBase32 } from '../base32'

export const RECOVERY_CODES = 10
/** 80 bits: a keyed hash without a slow one is enough from 64 on. @see NIST SP 800-63B-4 §3.1.2 */
export const RECOVERY_CODE_BYTES = 10

/** Makes a set of ten codes: 16 base32 characters in groups of four. */
export function newRecoveryCodes(randomBytes: RandomBytes): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => group(encodeBase32(randomBytes(RECOVERY_CODE_BYTES))))
}

/** Brings a typed recovery code into the form that is hashed; null when it cannot be one. */
export function readRecoveryCode(typed: string): string | null {
  const bare = typed.replace(/[ -]/g, '')
  // Tested before it is raised: the capital of "ß" is "SS", and that of "ı" is "I".
  return /^[A-Za-z2-7]{16}$/.test(bare) ? bare.toUpperCase() : null
}

function group(code: string): string {
  return code.replace(/(.{4})(?=.)/g, '$1-')
}
