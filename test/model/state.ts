/** What must be true, kept apart from the library: plain records, brought up to date by the answers alone. */

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export interface Rules {
  requirement: 'optional' | 'required'
  /** From the start of the run to the day the requirement comes into force. */
  enforceAfterMs: number
  graceMs: number
  afterEnrolment: 'continue' | 'sign-out'
  attemptsPerChallenge: number
  lockAuthenticatorFrom: number
  lockUserFrom: number
  failureCap: number
}

export interface FactorState {
  id: string
  kind: 'totp' | 'phone'
  /** Base32, of an app. */
  setupKey: string
  lastStep: number
  /** Wrong codes in a row, which no waiting forgets. */
  failures: number
}

export interface TallyState {
  failures: number
  lockedUntil: number
  countedAt: number
}

export interface DeviceState {
  id: string
  /** Oldest first; the last is the one that is good. */
  tokens: string[]
  rotatedAt: number
  expiresAt: number
  /** Two browsers came with it at once: which of them has the newest token is not known. */
  isBlurred: boolean
}

export interface AccountState {
  name: string
  id: string
  label: string
  factors: Map<string, FactorState>
  /** Unused codes of the set that counts. */
  recoveryCodes: Set<string>
  /** Codes that must never be accepted again: used, or of a set from before. */
  deadCodes: string[]
  devices: Map<string, DeviceState>
  deadTokens: string[]
  tallies: Map<string, TallyState>
  /** Changes with everything that ends sessions and pending enrolments. */
  generation: number
  firstPromptAt: number | null
}

export interface ChallengeState {
  id: string
  purpose: 'sign-in' | 'step-up'
  method: string
  authenticatorId: string
  expiresAt: number
  attemptsLeft: number
  action: string | null
}

export interface EnrolmentState {
  id: string
  kind: 'totp' | 'phone'
  setupKey: string
  expiresAt: number
  attemptsLeft: number
  generation: number
}

export interface SessionState {
  account: AccountState
  assurance: 'password' | 'remembered-device' | 'second-factor'
  issuedAt: number
  expiresAt: number
  verifiedAt: number | null
  passwordAt: number | null
  hasFactor: boolean
  postponed: boolean
  actionKey: string | null
  /** Asked for by a step-up, and not verified yet. */
  wantedAction: string | null
  isEnded: boolean
  challenge: ChallengeState | null
  enrolments: EnrolmentState[]
}

export type Standing = 'nobody' | 'held' | 'prompted' | 'passed'

export const GRANT_TTL_MS = 12 * HOUR
export const FRESH_MS = 10 * MINUTE
export const DEVICE_TTL_MS = 30 * DAY
export const OVERLAP_MS = 60 * SECOND
export const STEP_UP_MS = 60 * SECOND

/** What a step-up may be asked for. */
export const ACTIONS = ['one', 'two'] as const

export function newAccount(name: string): AccountState {
  return {
    ...{ name, id: `user-${name}`, label: `${name}@example.com`, generation: 0, firstPromptAt: null },
    ...{ factors: new Map(), recoveryCodes: new Set(), deadCodes: [], devices: new Map(), deadTokens: [] },
    tallies: new Map(),
  }
}

export function newSession(account: AccountState, assurance: SessionState['assurance'], now: number): SessionState {
  return {
    ...{ account, assurance, issuedAt: now, expiresAt: now + GRANT_TTL_MS, passwordAt: null },
    ...{ verifiedAt: assurance === 'second-factor' ? now : null, hasFactor: account.factors.size > 0 },
    ...{ postponed: false, actionKey: null, wantedAction: null, isEnded: false, challenge: null, enrolments: [] },
  }
}

/** Ends a set of recovery codes. */
export function killCodes(account: AccountState): void {
  account.deadCodes.push(...account.recoveryCodes)
  account.recoveryCodes.clear()
}

export function killDevice(account: AccountState, device: DeviceState): void {
  account.deadTokens.push(...device.tokens)
  account.devices.delete(device.id)
}
