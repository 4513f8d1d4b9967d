import { TwoFactorError } from '../../errors'

/** Words what is wrong with an option; no value ever gets into it. */
export function wrong(option: string, fix: string): TwoFactorError {
  return new TwoFactorError('ERR_TFA_CONFIG', { detail: `vonage option '${option}': ${fix}` })
}
