import { TwoFactorError } from '../errors'

/**
 * Reads an environment variable that must be there.
 * @throws {@link TwoFactorError} `ERR_TFA_CONFIG` naming the variable
 */
export function required(name: string): string {
  const value = process.env[name]
  if (value) return value
  throw new TwoFactorError('ERR_TFA_CONFIG', { detail: `environment variable ${name} is not set` })
}
