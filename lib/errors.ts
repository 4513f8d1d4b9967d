/** Every error of the package: its status, and the key of its words. */
const TABLE = {
  ERR_TFA_CONFIG: 500,
  ERR_TFA_SIGN_IN_REQUIRED: 401,
  ERR_TFA_REQUIRED: 401,
  ERR_TFA_STEP_UP_REQUIRED: 401,
  ERR_TFA_ENROLMENT_REQUIRED: 403,
  ERR_TFA_REAUTHENTICATION_REQUIRED: 403,
  ERR_TFA_CREDENTIALS_INCORRECT: 401,
  ERR_TFA_CODE_INCORRECT: 401,
  ERR_TFA_CHALLENGE_EXPIRED: 401,
  ERR_TFA_NO_CHALLENGE: 404,
  ERR_TFA_NOT_FOUND: 404,
  ERR_TFA_NOT_PROMPTED: 409,
  ERR_TFA_LAST_AUTHENTICATOR: 409,
  ERR_TFA_REQUIRED_BY_POLICY: 403,
  ERR_TFA_INPUT_INVALID: 400,
  ERR_TFA_BODY_TOO_LARGE: 413,
  ERR_TFA_PHONE_INVALID: 422,
  ERR_TFA_PHONE_NOT_ALLOWED: 422,
  ERR_TFA_METHOD_NOT_ALLOWED: 405,
  ERR_TFA_CROSS_SITE: 403,
  ERR_TFA_COOLDOWN: 429,
  ERR_TFA_BUDGET_EXHAUSTED: 429,
  ERR_TFA_SENDS_STOPPED: 429,
  ERR_TFA_ATTEMPTS_EXHAUSTED: 429,
  ERR_TFA_LOCKED: 429,
  ERR_TFA_METHOD_UNAVAILABLE: 409,
  ERR_TFA_DELIVERY_FAILED: 502,
  ERR_TFA_WEBHOOK_SIGNATURE: 401,
  ERR_TFA_STORE_UNAVAILABLE: 503,
} as const

export type ErrorCode = keyof typeof TABLE

/** Every code the package can answer with, for catalogues and documents to be complete against. */
export const ERROR_CODES = Object.keys(TABLE) as readonly ErrorCode[]

/** What an error tells beyond its code; each field is safe to show to the user it concerns. */
export interface ErrorFields {
  /** One English sentence for the developer: what is wrong and how to mend it. */
  detail?: string
  retryAfterMs?: number
  attemptsLeft?: number
  missing?: readonly ('password' | 'second-factor')[]
  location?: string
  postponable?: boolean
  /** What the user can still answer with. */
  methods?: readonly unknown[]
  /** What the user can still enrol. */
  factors?: readonly 'totp'[]
  /** The field of the body that is at fault. */
  field?: string
  /** `max_age` of a step-up, in seconds. */
  maxAgeSeconds?: number
  /** How far the user's own clock seems to be off; positive when it is ahead. */
  clockAheadMs?: number
}

/**
 * The only error the package throws.
 * @see docs/errors.md for each code's cause and fix
 */
export class TwoFactorError extends Error {
  override readonly name = 'TwoFactorError'
  readonly code: ErrorCode
  readonly status: number
  readonly fields: ErrorFields

  /** No `cause`: the errors of clients carry their commands and headers, and with them codes and keys. */
  constructor(code: ErrorCode, fields: ErrorFields = {}) {
    super(fields.detail ? `${code}: ${fields.detail}` : code)
    this.code = code
    this.status = TABLE[code]
    this.fields = fields
  }
}
