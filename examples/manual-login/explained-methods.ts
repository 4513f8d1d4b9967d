import type { MethodExplanation, MethodReason } from 'express-two-factor'
import { type Html, html } from './html'

const METHODS: Readonly<Record<MethodExplanation['method'], string>> = {
  totp: 'authenticator app',
  sms: 'text message',
  voice: 'voice call',
  'recovery-code': 'recovery code',
}

/** Those that say more than that a method is asked for, or offered. */
const REASONS: Readonly<Record<MethodReason, string>> = {
  'app-first': 'an app comes first',
  preferred: 'own preference',
  first: 'first by which the number is reached',
  'first-that-works': 'first that works',
  'nothing-works': 'and it does not work now',
  next: '',
  'by-choice': 'by choice only',
  locked: 'locked',
  disabled: 'disabled after too many wrong codes',
  unreadable: 'what it rests on does not open',
}

const SENTENCES = [
  ['asked', 'Asked by'],
  ['offered', 'Also'],
  ['refused', 'Refused'],
] as const

/** Says in a sentence per verdict what a user would be asked by now; nothing of who has no second factor. */
export function explainedMethods(methods: readonly MethodExplanation[]): Html {
  const sentences = SENTENCES.map(([verdict, words]) => {
    const named = methods.filter((each) => each.verdict === verdict).map(nameMethod)
    return named.length > 0 && html`<li>${words}: ${named.join(', ')}</li>\n`
  })
  return html`${sentences}`
}

function nameMethod({ method, destination, reason }: MethodExplanation): string {
  const name = destination ? `${METHODS[method]} to ${destination}` : METHODS[method]
  return REASONS[reason] ? `${name} (${REASONS[reason]})` : name
}
