import { TwoFactorError } from '../../errors'

/** The tables' names as statements write them. */
export interface Tables {
  users: string
  authenticators: string
  recoveryCodes: string
}

/**
 * Names the tables, in a schema or wherever the connection's search path leads.
 * @param schema - taken as it is written, upper case too
 * @throws {@link TwoFactorError} `ERR_TFA_CONFIG` for anything but a plain identifier: it becomes part of statements
 */
export function nameTables(schema?: string): Tables {
  if (schema !== undefined && !/^[a-z_][a-z0-9_]{0,62}$/i.test(schema)) {
    throw new TwoFactorError('ERR_TFA_CONFIG', {
      detail: 'schema must be letters, digits and _, and not begin with a digit',
    })
  }
  const prefix = schema === undefined ? '' : `"${schema}".`
  return {
    users: `${prefix}two_factor_users`,
    authenticators: `${prefix}two_factor_authenticators`,
    recoveryCodes: `${prefix}two_factor_recovery_codes`,
  }
}
