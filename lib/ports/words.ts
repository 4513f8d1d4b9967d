/** The words every room shares. Instants are epoch milliseconds, durations milliseconds. */

/** What kind of thing a user enrolled. */
export type Factor = 'totp' | 'phone' | 'recovery-code'

/** How a challenge is answered. */
export type Method = 'totp' | 'sms' | 'voice' | 'recovery-code'

/** A method whose code somebody has to carry to the user. */
export type SendingMethod = 'sms' | 'voice'

/** What an answered challenge is good for. */
export type Purpose = 'sign-in' | 'step-up' | 'enrolment'

/** What a session has proved so far, weakest first. */
export type Assurance = 'password' | 'remembered-device' | 'second-factor'

/** A language that pages, texts and calls are written in. */
export type Locale = 'en' | 'fr'

/** Tells the time. `offsetMs` is how far it was moved from the machine's own clock: 0 outside tests. */
export interface Clock {
  now(): number
  readonly offsetMs: number
}

/** Unpredictable bytes, as `crypto.randomBytes` gives them. */
export type RandomBytes = (size: number) => Buffer

/**
 * What one session of one user has proved, with the facts the policy needs,
 * so that the gate reads this and nothing else.
 */
export interface Grant {
  assurance: Assurance
  /** The methods that proved the second factor; empty before. */
  methods: readonly Method[]
  /** When the second factor was last verified in this session. */
  verifiedAt?: number
  /** When the password was asked and given again in this session. */
  passwordAt?: number
  /** When this grant was issued; freshness never reaches back before it. */
  issuedAt: number
  /** The absolute end. */
  expiresAt: number
  /** Fact: the user has at least one authenticator. */
  hasFactor: boolean
  /** Fact: when the user was first asked to enrol under a requirement. */
  firstPromptAt?: number
  /** Fact: until when support lets the user say "not now". */
  graceUntil?: number
  /** "Not now" was chosen in this session. */
  postponed?: true
  /** Hash of the one action this grant may perform, once. */
  actionKey?: string
}

/** An action a step-up is asked for: `key` binds the grant to it, `text` is shown and never free user text. */
export interface Action {
  key: string
  text: string
}

/** A pending question. It is replaced as a whole when it is sent again or switched to another method. */
export interface Challenge {
  id: string
  purpose: Purpose
  /** The user's epoch when it was opened: a revocation changes the epoch, and the challenge dies with it. */
  epoch: string
  method: Method
  authenticatorId: string
  /** Keyed hash of the code that was sent; absent where the user's own device makes the code. */
  codeHash?: string
  action?: Action
  /** What an enrolment will store once confirmed, sealed. */
  draft?: string
}

/** What became of a message, as far as is known. */
export type DeliveryStatus = 'sent' | 'delivered' | 'failed' | 'unknown'

/** Why a message did not arrive. */
export type DeliveryFailure = 'unreachable' | 'rejected' | 'throttled' | 'account' | 'budget' | 'locked' | 'timeout'

export interface Delivery {
  status: DeliveryStatus
  reason?: DeliveryFailure
}
