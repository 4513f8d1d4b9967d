import type { MethodExplanation, TwoFactor } from 'express-two-factor'
import { writeDay, writeMinute } from './dates'
import { explainedMethods } from './explained-methods'
import { type Html, html } from './html'
import { type Field, form, layOut } from './layout'
import type { SampleUser } from './users'

/** What support sees of a user's second factor. */
export type UserStatus = Awaited<ReturnType<TwoFactor['admin']['status']>>

/** What has just been done, told once by the address of the page. */
const DONE: Readonly<Record<string, string>> = {
  reset: 'The second factor was reset.',
  unlock: 'The locks were lifted.',
  'extend-grace': 'The grace period was extended.',
}

interface Act {
  path: string
  submit: string
  reason: string
  hasDate?: true
}

const ACTS: readonly Act[] = [
  { path: 'unlock', submit: 'Lift the locks', reason: 'Reason for lifting the locks' },
  {
    path: 'extend-grace',
    submit: 'Extend the grace period',
    reason: 'Reason for more time',
    hasDate: true,
  },
  { path: 'reset', submit: 'Reset the second factor', reason: 'Reason for the reset' },
]

/** A user, how the second factor stands, and by which method a code would be asked for now. */
export interface ShownUser {
  user: SampleUser
  status: UserStatus
  methods: readonly MethodExplanation[]
}

export interface SupportModel {
  users: readonly ShownUser[]
  /** What was searched for. */
  search: string
  /** Others that match and are not shown. */
  left: number
  done?: unknown
  /** The administrator. */
  signedIn: SampleUser
}

/** The support desk: who there is, how their second factor stands, and what support may do about it. */
export function supportPage({ users, search, left, done, signedIn }: SupportModel): Html {
  const text = typeof done === 'string' ? DONE[done] : undefined
  const main = html`${text && html`<div class="notice" role="status"><p>${text}</p></div>`}
<p><a href="/admin/sending">What was sent, and what came of it</a></p>
<form method="get" action="/admin" role="search">
<div class="field">
<label for="search">E-mail address, or part of it</label>
<input id="search" name="search" type="search" autocomplete="off" value="${search}">
</div>
<button class="button secondary">Search</button>
</form>
${users.length === 0 && html`<p>Nobody is found.</p>`}
<ul>${users.map(userCard)}</ul>
${left > 0 && html`<p>${left} more: search for an address to see them.</p>`}`
  return layOut('Users', main, signedIn)
}

function userCard({ user: { id, email, role }, status, methods }: ShownUser): Html {
  return html`<li class="card">
<h2 id="user-${id}">${email} <span class="badge">${role}</span></h2>
${statusList(status, methods)}
<details>
<summary aria-describedby="user-${id}">Help this user</summary>
${ACTS.map((act) => actForm(id, act))}
</details>
</li>
`
}

function actForm(id: string, { path, submit, reason, hasDate }: Act): Html {
  const why: Field = { name: 'reason', id: `reason-${path}-${id}`, label: reason, hint: 'Kept in the log.' }
  return form(`/admin/users/${id}/${path}`, hasDate ? [dateField(id), why] : [why], submit)
}

function dateField(id: string): Field {
  return { name: 'until', id: `until-${id}`, label: '“Not now” is possible up to and including', type: 'date' }
}

function statusList(status: UserStatus, methods: ShownUser['methods']): Html {
  const { authenticators, recoveryCodes, devices, locks, firstPromptAt, graceUntil } = status
  const enrolled = authenticators.map(({ factor, label, destination, createdAt, lastUsedAt }) => {
    const name = destination ?? (label || (factor === 'totp' ? 'Authenticator app' : 'Phone'))
    return html`<li>${name}: added ${writeDay(createdAt)}, ${lastUsedAt ? html`last used ${writeDay(lastUsedAt)}` : 'not used yet'}</li>`
  })
  const remembered = devices.map(
    ({ name, expiresAt }) => html`<li>${name}: remembered until ${writeDay(expiresAt)}</li>`,
  )
  const locked = Object.entries(locks).map(
    ([subject, until]) => html`<li>Locked until ${writeMinute(until)} (${subject})</li>`,
  )
  return html`<p class="status ${authenticators.length > 0 ? 'on' : 'off'}">Second factor ${authenticators.length > 0 ? 'on' : 'off'}</p>
<ul class="hint">
${enrolled}${explainedMethods(methods)}${authenticators.length > 0 && html`<li>${recoveryCodes.remaining} of ${recoveryCodes.total} recovery codes left</li>`}
${remembered}${locked}
${firstPromptAt && html`<li>First asked to enrol on ${writeDay(firstPromptAt)}</li>`}
${graceUntil && html`<li>“Not now” was extended to ${writeMinute(graceUntil)}</li>`}
</ul>`
}
