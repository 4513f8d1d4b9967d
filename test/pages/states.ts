/** Every page in the states that differ most, for what is to hold of each. */
import type { ChallengeAnswer } from '../../lib/answers'
import type { PageContext, ViewName, Views } from '../../lib/pages/models'
import {
  challengeBy,
  DAY_MS,
  inMs,
  methods,
  phoneEnrolment,
  recovery,
  recoveryCodes,
  settingsWith,
  setupAt,
  sms,
  totpEnrolment,
  unsentChallengeBy,
} from './samples'

const LONG_LABEL = 'Old telephone with many words for its name'

/** One page to look at: its name, view, model and what is special about its surroundings. */
export type Sample = {
  [Name in ViewName]: { name: string; view: Name; model: Views[Name]; context?: Partial<PageContext> }
}[ViewName]

const incorrect = { code: 'ERR_TFA_CODE_INCORRECT', fields: { attemptsLeft: 2 } } as const
const withChallenge = (challenge: ChallengeAnswer) => ({ challenge, methods })

/** The challenge where something is in the way: of the code, or of the user. */
function hinderedSamples(): readonly Sample[] {
  const locked = { code: 'ERR_TFA_LOCKED', fields: { retryAfterMs: 240_000, methods: ['recovery-code'] } } as const
  const budget = { code: 'ERR_TFA_BUDGET_EXHAUSTED', fields: { retryAfterMs: 540_000, methods: ['totp'] } } as const
  const clock = { code: 'ERR_TFA_CODE_INCORRECT', fields: { attemptsLeft: 3, clockAheadMs: -150_000 } } as const
  const usedUp = { code: 'ERR_TFA_ATTEMPTS_EXHAUSTED', fields: {} } as const
  return [
    { name: 'challenge-last', view: 'challenge', model: withChallenge(challengeBy({ attemptsLeft: 1 })) },
    {
      name: 'challenge-used-up',
      view: 'challenge',
      model: withChallenge(challengeBy({ attemptsLeft: 0 })),
      context: { error: usedUp },
    },
    {
      name: 'challenge-unknown',
      view: 'challenge',
      model: withChallenge(challengeBy({ delivery: { status: 'unknown' } })),
    },
    {
      name: 'challenge-delivered',
      view: 'challenge',
      model: withChallenge(challengeBy({ method: 'voice', delivery: { status: 'delivered' } })),
    },
    {
      name: 'challenge-budget',
      view: 'challenge',
      model: withChallenge(challengeBy({ delivery: { status: 'failed', reason: 'budget' } })),
      context: { error: budget },
    },
    {
      name: 'challenge-clock',
      view: 'challenge',
      model: withChallenge(unsentChallengeBy('totp')),
      context: { error: clock },
    },
    {
      name: 'challenge-locked-error',
      view: 'challenge',
      model: { ...withChallenge(challengeBy()), methods: [recovery], lockedUntil: inMs(240_000) },
      context: { error: locked },
    },
    {
      name: 'challenge-method-locked',
      view: 'challenge',
      model: { ...withChallenge(unsentChallengeBy('totp')), methods: [sms, recovery] },
    },
    { name: 'challenge-nothing-works', view: 'challenge', model: { methods: [], lockedUntil: inMs(45_000) } },
  ]
}

function challengeSamples(): readonly Sample[] {
  return [
    {
      name: 'challenge-sms',
      view: 'challenge',
      model: { ...withChallenge(challengeBy()), rememberDays: 30, isLive: true },
    },
    { name: 'challenge-wrong', view: 'challenge', model: withChallenge(challengeBy()), context: { error: incorrect } },
    {
      name: 'challenge-failed',
      view: 'challenge',
      model: withChallenge(challengeBy({ delivery: { status: 'failed', reason: 'unreachable' } })),
    },
    {
      name: 'challenge-step-up',
      view: 'challenge',
      model: withChallenge(challengeBy({ purpose: 'step-up', method: 'voice', action: 'Pay 500 EUR to Ada' })),
    },
    { name: 'challenge-app', view: 'challenge', model: withChallenge(unsentChallengeBy('totp')) },
    { name: 'challenge-recovery', view: 'challenge', model: withChallenge(unsentChallengeBy('recovery-code')) },
    { name: 'challenge-choose', view: 'challenge', model: { methods, action: 'Pay 500 EUR to Ada' } },
    {
      name: 'challenge-locked',
      view: 'challenge',
      model: { ...withChallenge(challengeBy()), methods: [recovery], lockedUntil: inMs(240_000) },
    },
  ]
}

function enrolmentSamples(): readonly Sample[] {
  const { resendAt: _resendAt, ...ready } = phoneEnrolment
  const password = { code: 'ERR_TFA_CREDENTIALS_INCORRECT', fields: { retryAfterMs: 30_000 } } as const
  const failed = { ...ready, delivery: { status: 'failed', reason: 'unreachable' } } as const
  return [
    { name: 'phone-enrolment-failed', view: 'phoneEnrolment', model: failed },
    {
      name: 'setup-due',
      view: 'setup',
      model: setupAt('prompt', { requirement: { mode: 'required', postponable: false } }),
    },
    {
      name: 'setup-optional',
      view: 'setup',
      model: setupAt('prompt', { requirement: { mode: 'optional', postponable: false } }),
    },
    { name: 'setup-password-wrong', view: 'setup', model: setupAt('password'), context: { error: password } },
    { name: 'setup-one-channel', view: 'setup', model: setupAt('methods', { channels: ['voice'] }) },
    {
      name: 'phone-enrolment-call',
      view: 'phoneEnrolment',
      model: { ...ready, method: 'voice' },
      context: { error: incorrect },
    },
  ]
}

/** The settings of somebody who has very much of everything, under a requirement. */
function crowdedSettings(): Views['settings'] {
  const { authenticators, devices } = settingsWith()
  const named = authenticators.map((each) => ({ ...each, label: each.label || LONG_LABEL }))
  const many = <Each extends { id: string }>(all: readonly Each[], count: number) =>
    Array.from({ length: count }, (_, index) => ({ ...(all[index % all.length] as Each), id: `${index}` }))
  return settingsWith({
    requirement: { mode: 'required', deadline: inMs(27 * DAY_MS), daysLeft: 27, postponable: true },
    authenticators: many(named, 6),
    devices: many(devices, 20).map((device, index) => ({ ...device, current: index === 0 })),
    recoveryCodes: { remaining: 0, total: 10 },
  })
}

/** Every page in the states that differ most. */
export async function samples(): Promise<readonly Sample[]> {
  const storeDown = { code: 'ERR_TFA_STORE_UNAVAILABLE', fields: {} } as const
  const phoneInvalid = { code: 'ERR_TFA_PHONE_INVALID', fields: { field: 'phone' } } as const
  return [
    ...challengeSamples(),
    ...hinderedSamples(),
    ...enrolmentSamples(),
    { name: 'setup-prompt', view: 'setup', model: setupAt('prompt') },
    { name: 'setup-password', view: 'setup', model: setupAt('password') },
    { name: 'setup-methods', view: 'setup', model: setupAt('methods') },
    { name: 'setup-phone-wrong', view: 'setup', model: setupAt('methods'), context: { error: phoneInvalid } },
    { name: 'totp-enrolment', view: 'totpEnrolment', model: await totpEnrolment() },
    { name: 'phone-enrolment', view: 'phoneEnrolment', model: phoneEnrolment },
    { name: 'recovery-codes', view: 'recoveryCodes', model: recoveryCodes },
    { name: 'recovery-codes-out', view: 'recoveryCodes', model: { ...recoveryCodes, signedOut: true } },
    { name: 'settings', view: 'settings', model: settingsWith() },
    { name: 'settings-low', view: 'settings', model: settingsWith({ recoveryCodes: { remaining: 1, total: 10 } }) },
    { name: 'settings-crowded', view: 'settings', model: crowdedSettings() },
    { name: 'settings-no-devices', view: 'settings', model: settingsWith({ devices: [] }) },
    {
      name: 'settings-off',
      view: 'settings',
      model: settingsWith({ enabled: false, authenticators: [], devices: [] }),
    },
    { name: 'reauthenticate', view: 'reauthenticate', model: { missing: ['password'], next: '/two-factor/' } },
    {
      name: 'reauthenticate-second',
      view: 'reauthenticate',
      model: { missing: ['second-factor'], next: '/two-factor/' },
    },
    { name: 'problem', view: 'problem', model: { backTo: '/two-factor/' }, context: { error: storeDown } },
  ]
}
