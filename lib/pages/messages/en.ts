import type { DeliveryFailure, Method, Purpose, SendingMethod } from '../../ports'
import { formatsOf } from '../formats'
import { attemptsLeft, errors } from './en-errors'

const { plural, duration } = formatsOf('en')

const days = (count: number) => plural(count, { one: 'day', other: 'days' })
const moreDays = (count: number) => plural(count, { one: 'more day', other: 'more days' })
const recoveryCodes = (count: number) => plural(count, { one: 'recovery code', other: 'recovery codes' })

const methods: Record<Method, string> = {
  sms: 'Text message',
  voice: 'Phone call',
  totp: 'Authenticator app',
  'recovery-code': 'Recovery code',
}

const deliveryFailures: Record<DeliveryFailure, string> = {
  unreachable: 'The number could not be reached.',
  rejected: 'The network refused it.',
  throttled: 'Too many messages are being sent right now.',
  account: 'Sending is not possible at the moment.',
  budget: 'Too many codes were sent lately.',
  locked: 'There were too many wrong attempts.',
  timeout: 'The network did not answer in time.',
}

const sentTo: Record<SendingMethod, (destination: string) => string> = {
  sms: (destination) => `We sent a text message to ${destination}.`,
  voice: (destination) => `We are calling ${destination}.`,
}

const delivered: Record<SendingMethod, (destination: string) => string> = {
  sms: (destination) => `The text message to ${destination} has arrived.`,
  voice: (destination) => `The call to ${destination} was answered.`,
}

const use: Record<Method, (which: string) => string> = {
  sms: (destination) => `Send a text message to ${destination}`,
  voice: (destination) => `Call ${destination}`,
  totp: (label) => (label ? `Use my authenticator app (${label})` : 'Use my authenticator app'),
  'recovery-code': () => 'Use a recovery code',
}

/** English, and the shape that every other language has to fill. */
export const en = {
  errors,
  errorIn: (title: string) => `Error: ${title}`,
  methods,
  signedInAs: 'Signed in as',
  signOut: 'Sign out',
  tryAnotherMethod: 'Try another method',
  backToSettings: 'Back to the security settings',
  code: { label: 'Code', hint: 'Digits only; spaces don’t matter.', submit: 'Verify' },
  resend: { sms: 'Send a new text message', voice: 'Call again', wait: (ms: number) => `Possible in ${duration(ms)}.` },
  attemptsLeft,
  challenge: {
    title: {
      'sign-in': 'Two-factor verification',
      'step-up': 'Confirm that it’s you',
      enrolment: 'Confirm the new method',
    } satisfies Record<Purpose, string>,
    choose: 'Choose how you want to confirm that it’s you.',
    noMethods: 'No method works at the moment. Try again later, or ask support for help.',
    confirming: 'You are confirming:',
    locked: (ms: number) => `There were too many wrong codes. Codes work again in ${duration(ms)}.`,
    methodLocked:
      'There were too many wrong codes with this method, or it has to be set up again. Use another one, or try again later.',
    checkAgain: 'Check again',
    sentTo,
    delivered,
    failed: (destination: string) => `The code for ${destination} could not be sent.`,
    unknown: (destination: string) =>
      `The code for ${destination} may take a while. If it doesn’t come, ask for another.`,
    deliveryFailures,
    askLate: 'If a code comes after all, enter it here.',
    ask: {
      sms: 'Enter the code from the text message.',
      voice: 'Enter the code you hear in the call.',
      totp: 'Enter the code your authenticator app shows now.',
      'recovery-code': 'Enter one of the recovery codes you saved. Each works once.',
    } satisfies Record<Method, string>,
    recoveryCode: { label: 'Recovery code', hint: '16 letters and digits; case and dashes don’t matter.' },
    remember: (count: number) => `Remember this device for ${days(count)}`,
    rememberHint: 'Only on a device that is yours alone.',
    use,
  },
  setup: {
    title: 'Set up two-factor verification',
    why: 'At sign-in you enter your password and then a code from your phone. Someone who learns your password still can’t get in.',
    optional: 'It takes about two minutes, and you can turn it off again.',
    required: 'Your account needs it to go on.',
    deadline: (count: number) => `Your account needs it soon: you can put it off for ${moreDays(count)}.`,
    yes: 'Yes, use two-factor',
    notNow: 'Not now',
    methodsTitle: 'Choose a method',
    changeTitle: 'Change the phone number',
    recommended: 'Recommended',
    totp: 'An app on your phone shows a new code every 30 seconds. It works without a network.',
    totpLabel: 'Name (optional)',
    totpLabelHint: 'To recognise it later, such as “Work phone”.',
    totpSubmit: 'Use an authenticator app',
    phoneTitle: 'Phone number',
    phone: {
      sms: 'We text you a code.',
      voice: 'We call you and read out a code.',
      both: 'We text you a code, or call you.',
    },
    phoneRisk:
      'Text messages and calls are less safe than an authenticator app: whoever takes over your number gets your codes.',
    country: 'Country or region',
    phoneNumber: 'Phone number',
    how: 'How should the code reach you?',
    phoneSubmit: 'Send a code',
  },
  password: {
    title: 'Enter your password again',
    why: 'This makes sure that nobody else changes how you sign in.',
    username: 'E-mail address or user name',
    password: 'Password',
    submit: 'Continue',
  },
  secondFactor: {
    title: 'Confirm that it’s you',
    why: 'This change asks for a code as well.',
    submit: 'Continue with a code',
  },
  totpEnrolment: {
    title: 'Set up your authenticator app',
    scan: 'Scan this QR code with your authenticator app.',
    qrCode: 'QR code for your authenticator app. The setup key below does the same.',
    key: 'Can’t scan it? Type this setup key into the app:',
    open: 'Open it in an app on this device',
    confirm: 'Then enter the code the app shows.',
    submit: 'Turn on',
  },
  phoneEnrolment: {
    title: 'Confirm your phone number',
    submit: 'Confirm',
    correct: 'Correct the number',
    resend: { sms: 'Send a text message', voice: 'Call me instead' },
  },
  recoveryCodes: {
    title: 'Save your recovery codes',
    why: 'Each of these codes signs you in once if you lose your phone. They are shown only now: print this page, or keep them where you keep passwords.',
    list: 'Recovery codes',
    copy: 'Copy',
    copied: 'Copied.',
    save: 'Download',
    file: 'recovery-codes.txt',
    print: 'Print',
    saved: 'I have saved my recovery codes',
    submit: 'Continue',
    signedOut: 'Two-factor verification is on. You will be asked to sign in again, with a code.',
    signIn: 'Sign in again',
  },
  settings: {
    title: 'Two-factor verification',
    on: 'Two-factor verification is on.',
    off: 'Two-factor verification is off.',
    required: 'Your account needs it.',
    deadline: (date: string) => `Your account needs it from ${date}.`,
    methodsTitle: 'Your methods',
    getStarted: 'Get started',
    addAnother: 'Add another method',
    added: 'Added',
    lastUsed: 'Last used',
    neverUsed: 'Not used yet',
    change: 'Change',
    name: 'Name',
    rename: 'Save the name',
    preferred: 'Preferred way to get a code',
    prefer: 'Save the choice',
    remove: 'Remove',
    changeNumber: 'Change the number',
    recoveryTitle: 'Recovery codes',
    recoveryWhy: 'For when you don’t have your phone. Each works once.',
    recoveryLeft: (remaining: number, total: number) => `${recoveryCodes(remaining)} of ${total} left.`,
    recoveryLow: 'You are running out. Make a new set.',
    recoveryNew: 'Make new recovery codes',
    recoveryNewHint: 'The old ones stop working.',
    devicesTitle: 'Remembered devices',
    devicesWhy: 'On these, no code is asked at sign-in.',
    devicesNone: 'No device is remembered.',
    thisDevice: 'This device',
    remembersUntil: 'Remembered until',
    forget: 'Forget',
    forgetAll: 'Forget all devices',
    disableTitle: 'Turn off',
    disableWhy: 'Your password alone will then open your account. Your methods and recovery codes are deleted.',
    disable: 'Turn off two-factor verification',
  },
  problem: { title: 'Something went wrong', text: 'Please try again in a moment.', back: 'Go back' },
}

/** The contract of a catalogue: the compiler lists what a language lacks. */
export type Messages = typeof en
