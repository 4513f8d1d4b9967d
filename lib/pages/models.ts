/** What each page is given to show. */
import type { ChallengeAnswer, MethodChoice, RequirementAnswer, SettingsAnswer } from '../answers'
import type { ErrorCode, ErrorFields } from '../errors'
import type { Delivery, Locale, SendingMethod } from '../ports'

/** The error shown in place on a page. */
export interface PageError {
  code: ErrorCode
  fields: ErrorFields
}

/** What every page knows. */
export interface PageContext {
  locale: Locale
  issuer: string
  /** The router's mount path, without a trailing slash. */
  path: string
  /** How the app names the signed-in user; absent on pages for nobody. */
  userLabel?: string
  now: Date
  error?: PageError
}

/** The error, with its words in the language of the page. */
export interface WordedError extends PageError {
  title: string
  /** What to do next. */
  text: string
}

/** What a view of the app's own is given beside its model. */
export interface AppViewContext extends PageContext {
  error?: WordedError
}

/** A method to choose, with the authenticator's label where several apps would look alike. */
export interface LabelledChoice extends MethodChoice {
  label?: string
}

export interface ChallengeModel {
  /** Absent when none is open yet: the page then offers the methods, and a POST opens one. */
  challenge?: ChallengeAnswer
  /** What works now. */
  methods: readonly LabelledChoice[]
  /** What a code would confirm, where a step-up with an action is due. */
  action?: string
  /** Days for "remember this device"; absent when devices are not remembered or the purpose is no sign-in. */
  rememberDays?: number
  /** Set when the user's codes are locked. */
  lockedUntil?: Date
  /** True while webhooks may still say what became of the message: `delivery` then changes by itself. */
  isLive?: boolean
}

export interface CountryChoice {
  /** ISO 3166-1 alpha-2. */
  code: string
  /** `+33` */
  callingCode: string
}

export interface SetupModel {
  /** Id of the phone whose number is being changed: only a phone is offered then. */
  replaces?: string
  requirement: RequirementAnswer
  /** `prompt`: yes or not now. `password`: e-mail and password again. `methods`: what to enrol. */
  step: 'prompt' | 'password' | 'methods'
  factors: readonly ('totp' | 'phone')[]
  channels: readonly SendingMethod[]
  countries: readonly CountryChoice[]
  /** The number the app already knows, or the one just typed, for the field. */
  phone?: string
  country?: string
}

export interface TotpEnrolmentModel {
  enrolmentId: string
  setupKey: string
  otpauthUri: string
  qrSvg: string
}

export interface PhoneEnrolmentModel {
  enrolmentId: string
  destination: string
  method: SendingMethod
  channels: readonly SendingMethod[]
  /** Absent when nothing has to be waited for. */
  resendAt?: Date
  delivery?: Delivery
  /** As of a challenge. */
  isLive?: boolean
}

export interface RecoveryCodesModel {
  recoveryCodes: readonly string[]
  /** Where the page leads on to. */
  returnTo: string
  /** True when the enrolment signed the user out. */
  signedOut: boolean
}

export interface SettingsModel extends SettingsAnswer {
  /** False when devices are not remembered. */
  remembersDevices: boolean
}

export interface ReauthenticateModel {
  missing: readonly ('password' | 'second-factor')[]
  /** Path to come back to, under the mount path. */
  next: string
}

/** View name → its model. */
export interface Views {
  challenge: ChallengeModel
  setup: SetupModel
  totpEnrolment: TotpEnrolmentModel
  phoneEnrolment: PhoneEnrolmentModel
  recoveryCodes: RecoveryCodesModel
  settings: SettingsModel
  reauthenticate: ReauthenticateModel
  /** Any error without a page of its own: `context.error` says which. */
  problem: { backTo: string }
}

export type ViewName = keyof Views

/**
 * Views that the app writes itself, in place of the package's: each returns a whole HTML document.
 * Nothing is escaped for it, and the pages' Content-Security-Policy applies: no inline script or style.
 */
export type AppViews = {
  readonly [Name in ViewName]?: ((model: Views[Name], context: AppViewContext) => string) | undefined
}
