import type { Assurance } from 'express-two-factor'
import { type Html, html } from './html'
import { errorNotice, form, layOut, type Problem } from './layout'
import { newPassword } from './pages'
import type { SampleUser } from './users'

/** What has just been done, told once by the address of the page. */
export type Done = 'email' | 'payout'

const DONE: Readonly<Record<Done, string>> = {
  email: 'Your e-mail address was changed.',
  payout: 'The payout is on its way.',
}

const PROVED: Readonly<Record<Assurance, string>> = {
  password: 'You signed in with your password alone.',
  'remembered-device': 'You signed in with your password, on a remembered device.',
  'second-factor': 'You signed in with your password and a second factor.',
}

export interface AccountModel {
  user: SampleUser
  /** What the session has proved. */
  assurance: Assurance
  done?: unknown
  problem?: Problem
  /** What was typed before the second factor was asked: to be confirmed, never sent again by itself. */
  draft?: { amount: string; to: string }
}

export function accountPage({ user, assurance, done, problem, draft }: AccountModel): Html {
  const main = html`${errorNotice(problem)}${doneNotice(done)}
<p>${PROVED[assurance]}</p>
<p><a href="/two-factor">Two-factor verification</a></p>
${card('Pay out', form('/account/payout', payoutFields(draft), 'Pay out'))}
${card('Change your e-mail address', form('/account/email', [emailField(user)], 'Change the address'))}
${card('Change your password', form('/account/password', passwordFields(), 'Change the password'))}`
  return layOut('Your account', main, user)
}

function card(title: string, content: Html): Html {
  return html`<section class="card">
<h2>${title}</h2>
${content}
</section>
`
}

function doneNotice(done: unknown): Html {
  const text = done === 'email' || done === 'payout' ? DONE[done] : undefined
  return text ? html`<div class="notice" role="status"><p>${text}</p></div>` : html``
}

function payoutFields(draft: AccountModel['draft']) {
  return [
    { name: 'amount', label: 'Amount in EUR', value: draft?.amount },
    { name: 'to', label: 'To', hint: 'An account number, such as an IBAN.', value: draft?.to },
  ]
}

function emailField({ email }: SampleUser) {
  return { name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'email', value: email }
}

function passwordFields() {
  const current = { name: 'current', label: 'Current password', type: 'password', autocomplete: 'current-password' }
  return [current, newPassword('password', 'New password')]
}
