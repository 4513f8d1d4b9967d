import type { ErrorCode, ErrorFields } from '../../errors'
import { formatsOf } from '../formats'

const { plural, duration } = formatsOf('en')

/** An error in words: a short title, and a sentence that says what to do next. */
export interface ErrorWords {
  title: string
  text: (fields: ErrorFields) => string
}

const attempts = (count: number) => plural(count, { one: 'attempt', other: 'attempts' })

function retry({ retryAfterMs }: ErrorFields): string {
  return retryAfterMs === undefined ? 'Try again later.' : `Try again in ${duration(retryAfterMs)}.`
}

function alternative({ methods }: ErrorFields): string {
  return methods?.length ? ' You can use another method now.' : ''
}

/** Says how many attempts are left; shared by the error and the page. */
export function attemptsLeft(count: number): string {
  return count === 0 ? 'You have no attempts left. Ask for a new code.' : `You have ${attempts(count)} left.`
}

function codeIncorrect(fields: ErrorFields): string {
  const next = fields.attemptsLeft === undefined ? 'Check it and try again.' : attemptsLeft(fields.attemptsLeft)
  if (!fields.clockAheadMs) return next
  const direction = fields.clockAheadMs > 0 ? 'ahead' : 'behind'
  return `The clock of your device seems to be ${duration(Math.abs(fields.clockAheadMs))} ${direction}: set it to automatic. ${next}`
}

function reauthenticationRequired({ missing = [] }: ErrorFields): string {
  if (!missing.includes('second-factor')) return 'Enter your password again to go on.'
  if (!missing.includes('password')) return 'Enter a code to go on.'
  return 'Enter your password again, and then a code, to go on.'
}

function notAllowed({ field }: ErrorFields): string {
  if (field === 'country')
    return 'Codes can’t be sent to numbers of this country. Use another number or another method.'
  if (field === 'method') return 'Codes can’t be sent to this number in this way. Choose the other.'
  return 'Codes can’t be sent to this kind of number. Use another number or another method.'
}

/** Every error in English. */
export const errors: Record<ErrorCode, ErrorWords> = {
  ERR_TFA_CONFIG: {
    title: 'Something is set up wrong',
    text: () => 'This service is not set up correctly. Please tell the people who run it.',
  },
  ERR_TFA_SIGN_IN_REQUIRED: { title: 'Please sign in', text: () => 'You have to sign in to see this page.' },
  ERR_TFA_REQUIRED: { title: 'One more step', text: () => 'Enter a code to finish signing in.' },
  ERR_TFA_STEP_UP_REQUIRED: { title: 'Confirm that it’s you', text: () => 'This action asks for a new code.' },
  ERR_TFA_ENROLMENT_REQUIRED: {
    title: 'Two-factor verification is needed',
    text: ({ postponable }) =>
      postponable ? 'Set it up now, or choose “Not now”.' : 'It can’t be put off any longer. Set it up to go on.',
  },
  ERR_TFA_REAUTHENTICATION_REQUIRED: { title: 'Confirm that it’s you', text: reauthenticationRequired },
  ERR_TFA_CREDENTIALS_INCORRECT: {
    title: 'That didn’t match',
    text: (fields) =>
      `The user name or the password is not right. ${fields.retryAfterMs === undefined ? 'Check both and try again.' : retry(fields)}`,
  },
  ERR_TFA_CODE_INCORRECT: { title: 'The code is not right', text: codeIncorrect },
  ERR_TFA_CHALLENGE_EXPIRED: { title: 'The code has expired', text: () => 'Ask for a new one.' },
  ERR_TFA_NO_CHALLENGE: { title: 'No code is expected', text: () => 'Choose how you want to get a code.' },
  ERR_TFA_NOT_FOUND: { title: 'Not found', text: () => 'This doesn’t exist, or no longer does.' },
  ERR_TFA_NOT_PROMPTED: { title: 'Nothing to put off', text: () => 'You are not being asked to set anything up.' },
  ERR_TFA_LAST_AUTHENTICATOR: {
    title: 'Your last method has to stay',
    text: () => 'Your account needs two-factor verification. Add another method before you remove this one.',
  },
  ERR_TFA_REQUIRED_BY_POLICY: {
    title: 'This can’t be turned off',
    text: () => 'Your account needs two-factor verification.',
  },
  ERR_TFA_INPUT_INVALID: {
    title: 'Check what you entered',
    text: ({ field }) =>
      field === 'code'
        ? 'Enter only the code, as it was sent to you or as your app shows it.'
        : 'Something is missing or not in the right form.',
  },
  ERR_TFA_BODY_TOO_LARGE: { title: 'That was too much', text: () => 'Shorten what you entered and try again.' },
  ERR_TFA_PHONE_INVALID: {
    title: 'Check the phone number',
    text: () => 'This is not a phone number of the country you chose.',
  },
  ERR_TFA_SENDS_STOPPED: {
    title: 'No codes for new numbers right now',
    text: ({ retryAfterMs = 0 }) =>
      `For the moment we send no codes to new phone numbers in this country. Use an authenticator app instead, or try again in ${duration(retryAfterMs)}.`,
  },
  ERR_TFA_PHONE_NOT_ALLOWED: {
    title: 'This number can’t be used',
    text: notAllowed,
  },
  ERR_TFA_METHOD_NOT_ALLOWED: {
    title: 'That doesn’t work here',
    text: () => 'Go back and use the buttons on the page.',
  },
  ERR_TFA_CROSS_SITE: {
    title: 'Request refused',
    text: () => 'The request came from another site. If you made it yourself, go back and try again from here.',
  },
  ERR_TFA_COOLDOWN: { title: 'One moment', text: (fields) => `A code was sent just now. ${retry(fields)}` },
  ERR_TFA_BUDGET_EXHAUSTED: {
    title: 'Too many codes sent',
    text: (fields) => `No more codes can be sent for now. ${retry(fields)}${alternative(fields)}`,
  },
  ERR_TFA_ATTEMPTS_EXHAUSTED: {
    title: 'Too many wrong codes',
    text: (fields) => (fields.retryAfterMs === undefined ? 'Ask for a new code.' : retry(fields)),
  },
  ERR_TFA_LOCKED: {
    title: 'Locked for now',
    text: (fields) => `There were too many wrong attempts. ${retry(fields)}${alternative(fields)}`,
  },
  ERR_TFA_METHOD_UNAVAILABLE: {
    title: 'This method can’t be used',
    text: ({ methods }) =>
      methods?.length
        ? 'Use another method, and set this one up again.'
        : 'Please tell the people who run this service.',
  },
  ERR_TFA_DELIVERY_FAILED: {
    title: 'The code could not be sent',
    text: () => 'Try again in a moment, or use another method.',
  },
  ERR_TFA_WEBHOOK_SIGNATURE: {
    title: 'The signature is wrong',
    text: () => 'This request is not signed as it should be.',
  },
  ERR_TFA_STORE_UNAVAILABLE: { title: 'Not available right now', text: () => 'Please try again in a moment.' },
}
