/** Models of every page, for the tests of the pages. */
import QRCode from 'qrcode'
import type { ChallengeAnswer, SettingsAnswer } from '../../lib/answers'
import type { PageContext, SetupModel, TotpEnrolmentModel, Views } from '../../lib/pages/models'
import type { Locale } from '../../lib/ports'

export const NOW = new Date('2026-11-20T10:00:00Z')
export const inMs = (ms: number) => new Date(NOW.getTime() + ms)
export const DAY_MS = 86_400_000

/** A page's surroundings. */
export function contextIn(locale: Locale, more: Partial<PageContext> = {}): PageContext {
  return { locale, issuer: 'Acme', path: '/two-factor', userLabel: 'ada@acme.example', now: NOW, ...more }
}

export const sms = { method: 'sms', authenticatorId: 'phone-1', destination: '+33 •• •• •• •• 78' } as const
const voice = { method: 'voice', authenticatorId: 'phone-1', destination: '+33 •• •• •• •• 78' } as const
const totp = { method: 'totp', authenticatorId: 'app-1' } as const
export const recovery = { method: 'recovery-code', authenticatorId: 'recovery-code' } as const
export const methods = [sms, voice, totp, recovery]

/** A challenge by text message, sent five seconds ago. */
export function challengeBy(more: Partial<ChallengeAnswer> = {}): ChallengeAnswer {
  return {
    id: 'challenge-1',
    purpose: 'sign-in',
    method: 'sms',
    destination: '+33 •• •• •• •• 78',
    methods,
    expiresAt: inMs(595_000),
    resendAt: inMs(25_000),
    attemptsLeft: 5,
    delivery: { status: 'sent' },
    ...more,
  }
}

/** The same without a message: the user's app or a saved list has the code. */
export function unsentChallengeBy(method: 'totp' | 'recovery-code'): ChallengeAnswer {
  const { delivery: _delivery, resendAt: _resendAt, destination: _destination, ...challenge } = challengeBy()
  return { ...challenge, method }
}

/** A choice of methods under a requirement that may be put off for 27 more days. */
export function setupAt(step: SetupModel['step'], more: Partial<SetupModel> = {}): SetupModel {
  return {
    requirement: { mode: 'required', deadline: inMs(27 * DAY_MS), daysLeft: 27, postponable: true },
    step,
    factors: ['totp', 'phone'],
    channels: ['sms', 'voice'],
    countries: [
      { code: 'FR', callingCode: '+33' },
      { code: 'DE', callingCode: '+49' },
      { code: 'GB', callingCode: '+44' },
    ],
    country: 'FR',
    ...more,
  }
}

export const SETUP_KEY = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'

/** A pending enrolment of an app, with a real QR code. */
export async function totpEnrolment(): Promise<TotpEnrolmentModel> {
  const otpauthUri = `otpauth://totp/Acme:ada%40acme.example?secret=${SETUP_KEY}&issuer=Acme`
  return {
    enrolmentId: 'enrolment-1',
    setupKey: SETUP_KEY,
    otpauthUri,
    qrSvg: await QRCode.toString(otpauthUri, { type: 'svg' }),
  }
}

export const phoneEnrolment: Views['phoneEnrolment'] = {
  enrolmentId: 'enrolment-2',
  destination: '+33 •• •• •• •• 78',
  method: 'sms',
  channels: ['sms', 'voice'],
  resendAt: inMs(25_000),
}

export const recoveryCodes: Views['recoveryCodes'] = {
  recoveryCodes: Array.from({ length: 10 }, (_, index) => `ABCD-EFGH-JKLM-NPQ${index}`),
  returnTo: '/account?tab=security&tab=two',
  signedOut: false,
}

/** The settings of a user with an app, a phone and two devices. */
export function settingsWith(more: Partial<SettingsAnswer> = {}): Views['settings'] {
  return {
    enabled: true,
    requirement: { mode: 'optional', postponable: false },
    authenticators: [
      {
        id: 'app-1',
        factor: 'totp',
        label: 'Pixel',
        methods: ['totp'],
        preferredMethod: 'totp',
        createdAt: inMs(-40 * DAY_MS),
        lastUsedAt: inMs(-60_000),
      },
      {
        id: 'phone-1',
        factor: 'phone',
        label: '',
        destination: '+33 •• •• •• •• 78',
        methods: ['sms', 'voice'],
        preferredMethod: 'voice',
        createdAt: inMs(-3 * DAY_MS),
        lastUsedAt: null,
      },
    ],
    recoveryCodes: { remaining: 9, total: 10 },
    devices: [
      {
        id: 'device-1',
        name: 'Firefox, Linux',
        createdAt: inMs(-2 * DAY_MS),
        lastUsedAt: inMs(-DAY_MS),
        expiresAt: inMs(28 * DAY_MS),
        current: true,
      },
      {
        id: 'device-2',
        name: 'Safari, iPhone',
        createdAt: inMs(-9 * DAY_MS),
        lastUsedAt: inMs(-8 * DAY_MS),
        expiresAt: inMs(21 * DAY_MS),
        current: false,
      },
    ],
    remembersDevices: true,
    ...more,
  }
}
