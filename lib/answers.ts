/** The JSON answers of the router, and what its pages show: one shape for both. Dates are ISO 8601 in JSON. */
import type { Assurance, Delivery, Factor, Method, Purpose } from './ports'

export interface MethodChoice {
  method: Method
  authenticatorId: string
  /** Masked phone number. */
  destination?: string
}

export interface ChallengeAnswer {
  id: string
  purpose: Purpose
  method: Method
  destination?: string
  /** What works now, the current one included. */
  methods: readonly MethodChoice[]
  expiresAt: Date
  /** When the same method may send again; absent when nothing was sent. */
  resendAt?: Date
  attemptsLeft: number
  delivery?: Delivery
  /** What the code confirms. */
  action?: string
}

export interface RequirementAnswer {
  mode: 'optional' | 'required'
  deadline?: Date
  daysLeft?: number
  postponable: boolean
}

export interface AuthenticatorAnswer {
  id: string
  factor: Exclude<Factor, 'recovery-code'>
  label: string
  destination?: string
  methods: readonly Method[]
  preferredMethod: Method
  createdAt: Date
  lastUsedAt: Date | null
}

export interface DeviceAnswer {
  id: string
  name: string
  createdAt: Date
  lastUsedAt: Date
  expiresAt: Date
  current: boolean
}

export interface SettingsAnswer {
  enabled: boolean
  requirement: RequirementAnswer
  authenticators: readonly AuthenticatorAnswer[]
  recoveryCodes: { remaining: number; total: number }
  devices: readonly DeviceAnswer[]
}

export interface TotpEnrolmentAnswer {
  enrolmentId: string
  /** Upper-case base32, RFC 4648, without padding. */
  setupKey: string
  otpauthUri: string
  qrSvg: string
  expiresAt: Date
}

export interface PhoneEnrolmentAnswer {
  enrolmentId: string
  destination: string
  expiresAt: Date
  resendAt: Date
}

export interface ConfirmedAnswer {
  authenticator: AuthenticatorAnswer
  /** Shown this once, with the first authenticator. */
  recoveryCodes?: readonly string[]
  returnTo: string
  signedOut: boolean
}

export interface VerifiedAnswer {
  assurance: Assurance
  returnTo: string
}

export interface SetupAnswer {
  requirement: RequirementAnswer
  factors: readonly Exclude<Factor, 'recovery-code'>[]
}
