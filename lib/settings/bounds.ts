const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A number's default and bounds, with the reason where a bound is not plain. */
interface Bound {
  default: number
  min: number
  max: number
}

/** Every numeric option, in the unit of its name. */
export const BOUNDS = {
  // NIST SP 800-63B-4 §3.1.3.2: an out-of-band code is good for 10 minutes at most.
  challengeTtlMs: { default: 10 * MINUTE, min: 30 * SECOND, max: 10 * MINUTE },
  enrolmentTtlMs: { default: 10 * MINUTE, min: 30 * SECOND, max: 10 * MINUTE },
  reauthenticationTtlMs: { default: 10 * MINUTE, min: 30 * SECOND, max: HOUR },
  grantTtlMs: { default: 12 * HOUR, min: MINUTE, max: 30 * DAY },
  deviceTtlMs: { default: 30 * DAY, min: 0, max: 365 * DAY },
  cooldownMs: { default: 30 * SECOND, min: 0, max: 10 * MINUTE },
  sendTimeoutMs: { default: 5 * SECOND, min: 100, max: MINUTE },
  codeDigits: { default: 6, min: 6, max: 10 },
  attemptsPerChallenge: { default: 5, min: 1, max: 10 },
  totpWindow: { default: 1, min: 0, max: 2 },
  lockAuthenticatorFrom: { default: 10, min: 3, max: 50 },
  lockUserFrom: { default: 20, min: 3, max: 100 },
  firstLockMs: { default: 30 * SECOND, min: SECOND, max: HOUR },
  longestLockMs: { default: HOUR, min: MINUTE, max: DAY },
  // NIST SP 800-63B-4 §3.2.2: no more than 100 failed attempts in a row.
  failureCap: { default: 100, min: 10, max: 100 },
  conversionWindowMs: { default: HOUR, min: 15 * MINUTE, max: DAY },
  conversionMinimumSends: { default: 50, min: 10, max: 1_000_000 },
  conversionMinimumPercent: { default: 25, min: 0, max: 90 },
} as const satisfies Record<string, Bound>

export type NumericOption = keyof typeof BOUNDS

export const DEFAULT_SEND_BUDGETS = [
  { points: 5, windowMs: 10 * MINUTE },
  { points: 20, windowMs: DAY },
] as const
