import { appCode, type EnrolledFactor, logInWell, typeCode } from './people'
import {
  arrive,
  askAnew,
  beginEnrolment,
  begun,
  confirmEnrolment,
  type Deed,
  enrolFromSignIn,
  enterAppCode,
  gate,
  knownDevice,
  payOut,
  prepareEnrolment,
  repeat,
  resend,
  resendEnrolment,
  reset,
  type Step,
  sendAgain,
  sendBySms,
  signInAgain,
  signInByApp,
  signInByPhone,
  stepUp,
  verifyAndRemember,
  verifyApp,
  well,
} from './steps'

/** The ways a user gets on once a fault is over, in the order in which they are tried. */
export const RECOVERIES = ['again', 'later', 'new code', 'anew', 'sign in', 'is on', 'asked'] as const
export type Recovery = (typeof RECOVERIES)[number]

/** One thing that users do. */
export interface Action extends Deed {
  factors: readonly EnrolledFactor[]
  /** Brings the user to it, all being well. */
  approach?: Step<void>
  /** The same once half a minute has passed. */
  approachLater?: Step<void>
  recoveries: Partial<Record<Recovery, Step<boolean>>>
  /** Until it is done, the user must not be through the gate. */
  isHeld?: true
  /** It sends a message. */
  isSending?: true
  /** The user comes back a minute after the fault. */
  isLate?: true
  /** The app words the answer itself. */
  isOfApp?: true
}

/** Every column of the matrix. */
export const ACTIONS: Readonly<Record<string, Action>> = {
  gate: {
    ...gate,
    factors: ['totp'],
    approach: well(signInByApp),
    recoveries: { again: repeat(gate), 'sign in': signInByApp },
  },
  'sign-in': {
    ...arrive,
    factors: ['phone'],
    isHeld: true,
    isSending: true,
    recoveries: { again: signInAgain, later: signInAgain, 'sign in': signInByPhone },
  },
  device: {
    ...knownDevice,
    factors: ['totp'],
    isLate: true,
    approach: async (scene, person) => {
      await logInWell(person)
      await typeCode(person, appCode(scene, person), true).expect(200)
    },
    recoveries: { again: repeat(knownDevice), asked: async (scene, person) => enterAppCode(scene, person) },
  },
  send: {
    ...sendBySms,
    factors: ['totp', 'phone'],
    isHeld: true,
    isSending: true,
    approach: async (_scene, person) => logInWell(person),
    recoveries: { again: repeat(sendBySms), later: repeat(sendBySms), 'sign in': signInByApp },
  },
  resend: {
    ...resend,
    factors: ['phone'],
    isHeld: true,
    isSending: true,
    approach: async (_scene, person) => logInWell(person),
    recoveries: { again: repeat(resend), later: repeat(resend), 'sign in': signInByPhone },
  },
  verify: {
    ...verifyApp,
    factors: ['totp'],
    isHeld: true,
    approach: async (_scene, person) => logInWell(person),
    recoveries: { again: repeat(verifyApp), 'new code': enterAppCode, anew: askAnew, 'sign in': signInByApp },
  },
  remember: {
    ...verifyAndRemember,
    factors: ['phone'],
    isHeld: true,
    approach: async (_scene, person) => logInWell(person),
    recoveries: { again: repeat(verifyAndRemember), 'new code': sendAgain, 'sign in': signInByPhone },
  },
  'step-up': {
    ...payOut,
    factors: ['totp'],
    approach: well(signInByApp),
    approachLater: well(stepUp),
    recoveries: {
      again: repeat(payOut),
      anew: async (scene, person) => (await stepUp(scene, person)) && repeat(payOut)(scene, person),
      'sign in': signInByApp,
    },
  },
  begin: {
    ...beginEnrolment,
    factors: [],
    isSending: true,
    approach: prepareEnrolment,
    recoveries: {
      again: async (scene, person) => (await resendEnrolment(scene, person)) || repeat(beginEnrolment)(scene, person),
      later: async (scene, person) => resendEnrolment(scene, person),
      'sign in': enrolFromSignIn,
    },
  },
  confirm: {
    ...confirmEnrolment,
    factors: [],
    approach: async (scene, person) => {
      await prepareEnrolment(scene, person)
      await well(begun)(scene, person)
    },
    recoveries: {
      again: repeat(confirmEnrolment),
      anew: repeat(beginEnrolment),
      'sign in': enrolFromSignIn,
      'is on': signInByPhone,
    },
  },
  reset: {
    ...reset,
    factors: ['totp'],
    isOfApp: true,
    approach: well(signInByApp),
    recoveries: { again: repeat(reset) },
  },
}
