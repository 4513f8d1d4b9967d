import type { Request } from 'express'
import type { AppViews } from './pages/models'
import type { AuthenticatorStore, Channel, Clock, Locale, RandomBytes, SendingMethod, Store } from './ports'

/** The signed-in user, as the app knows it. */
export interface User {
  /** The one immutable key: never an e-mail address or a name that can change. */
  id: string
  /** What the user calls the account: shown on pages and in the authenticator app. */
  label: string
  /** Wins over Accept-Language. */
  locale?: Locale
  /** A number the app already has, to fill the field with; it is still confirmed by a code. */
  phone?: string
}

export interface Requirement {
  requirement: 'optional' | 'required'
  /** From when it is required; at once when absent. */
  enforceFrom?: Date
  /** How long a user may say "not now", from the user's own first sign-in on or after that date. */
  graceMs?: number
}

/** What a policy function decides from. */
export interface PolicyContext {
  user: User
  hasFactor: boolean
  firstPromptAt?: Date
  now: Date
}

export type Policy = Requirement | ((context: PolicyContext) => Requirement | Promise<Requirement>)

export interface Credentials {
  username: string
  password: string
}

/** Whose sends are bounded together: to one number, for one user, from one address, to one country, or all. */
export type BudgetScope = 'number' | 'user' | 'address' | 'country' | 'all'

/** How many messages may leave in a window of time. */
export interface SendBudget {
  points: number
  windowMs: number
  /** Absent: each number's, and each user's. */
  per?: BudgetScope
}

/** Everything `createTwoFactor` takes. */
export interface TwoFactorOptions {
  /** The service's name, in authenticator apps, texts and pages. No `:`. */
  issuer: string
  /** The service's own origin, `https://acme.example`. */
  origin: string
  /** Base64 of 32 random bytes each: the first seals, all open. */
  keys: readonly string[]
  /** Grants, challenges, remembered devices, limits. */
  store: Store
  /** What users enrolled. */
  authenticators: AuthenticatorStore
  /** Tells whose password it is: the user's id, or null. */
  reauthenticate: (req: Request, credentials: Credentials) => string | null | Promise<string | null>
  /** Carry codes to phones; without any, the authenticator app is the only factor. */
  channels?: readonly Channel[]
  /** The signed-in user of a request, or null. Default: from `req.user`. */
  user?: (req: Request) => User | null
  /** Who must. Default: optional. */
  policy?: Policy
  /** Holds nobody and reports who would have been, by event. Default: false. */
  reportOnly?: boolean
  /** Where the router is. Default: `/two-factor`. */
  path?: string
  /** Where one signs in. Default: `/login`. */
  signInUrl?: string
  /** Where one lands when no page was asked for. Default: `/`. */
  homeUrl?: string
  /** Other origins whose forms may post here. Default: none. */
  trustedOrigins?: readonly string[]
  /** ISO 3166-1 alpha-2 codes of the countries that may be sent to. Default: none. */
  countries?: readonly string[]
  /** What follows an enrolment. Default: `continue`. */
  afterEnrolment?: 'continue' | 'sign-out'
  /** Ends the app's own session at `POST /sign-out`. Default: Passport's `req.logout`, or destroying the session. */
  onSignOut?: (req: Request) => void | Promise<void>
  /** Pages of the app's own in place of the package's, view by view. Default: none. */
  views?: AppViews
  /**
   * How many messages may leave, SMS and voice apart. Default: per number and per user 5 in 10 minutes, 20 a day. Those given take
   * the default's place.
   */
  sendBudgets?: readonly SendBudget[]
  /**
   * By which methods a country's numbers are reached, in the order they are offered; what is left out is not used there. A user's own
   * preference comes first. Default: as the channels stand.
   */
  methodOrder?: Readonly<Record<string, readonly SendingMethod[]>>
  /** What a call or one part of a text costs, in whole units of the app's own, by country; `*` for the rest. Default: 1. */
  sendCosts?: Readonly<Record<string, Readonly<Partial<Record<SendingMethod, number>>>>>
  /** How far the conversion brake looks back, and how long it holds. Default: 1 hour. */
  conversionWindowMs?: number
  /** Codes sent to unconfirmed numbers of a country, by one method, before the brake judges. Default: 50. */
  conversionMinimumSends?: number
  /** Sends to a country's unconfirmed numbers stop when less than this share of the codes comes back; 0: never. Default: 25. */
  conversionMinimumPercent?: number
  /** Lets the in-process stores serve in production. Default: false. */
  allowVolatileStore?: boolean
  /** How long a challenge can be answered. Default: 10 minutes, the most NIST SP 800-63B-4 allows. */
  challengeTtlMs?: number
  /** How long an enrolment can be confirmed. Default: 10 minutes. */
  enrolmentTtlMs?: number
  /** How long a re-authentication is fresh. Default: 10 minutes. */
  reauthenticationTtlMs?: number
  /** A grant's absolute life. Default: 12 hours. */
  grantTtlMs?: number
  /** A remembered device's absolute life; 0 remembers none. Default: 30 days. */
  deviceTtlMs?: number
  /** Between two sends of one challenge by the same method. Default: 30 seconds. */
  cooldownMs?: number
  /** How long the answer waits for a channel. Default: 5 seconds. */
  sendTimeoutMs?: number
  /** Digits of a code that is sent; an authenticator app's has six. Default: 6. */
  codeDigits?: number
  /** Wrong codes per challenge. Default: 5. */
  attemptsPerChallenge?: number
  /** RFC 6238 steps of 30 s accepted on either side of now. Default: 1. */
  totpWindow?: number
  /** Failures in a row of one authenticator from which it locks. Default: 10. */
  lockAuthenticatorFrom?: number
  /** Failures in a row over all of a user's codes from which they lock. Default: 20. */
  lockUserFrom?: number
  /** The first lock; each further failure doubles it. Default: 30 seconds. */
  firstLockMs?: number
  /** The longest lock. Default: 1 hour. */
  longestLockMs?: number
  /** Failures in a row that disable an authenticator until it is bound again. Default: 100. */
  failureCap?: number
  /** Tells the time. Default: the machine's clock. */
  clock?: Clock
  /** Default: `crypto.randomBytes`. */
  randomBytes?: RandomBytes
}

/** The options once checked, every default in place. */
export type Settings = Readonly<Required<Omit<TwoFactorOptions, 'keys' | 'onSignOut'>>> & {
  readonly keys: readonly Buffer[]
  readonly onSignOut?: TwoFactorOptions['onSignOut']
}
