import type { PhoneMessage } from 'express-two-factor/testing'
import { type Html, html } from './html'
import { errorNotice, type Field, form, layOut, type Problem } from './layout'
import type { SampleUser } from './users'

const EMAIL: Field = { name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username' }

export interface HomeModel {
  user: SampleUser | null
  /** Whether codes arrive on the virtual phone. */
  hasPhone: boolean
}

export function homePage({ user, hasPhone }: HomeModel): Html {
  const links = user
    ? html`<li><a href="/account">Your account</a></li>
<li><a href="/two-factor">Two-factor verification</a></li>
${user.role === 'admin' && html`<li><a href="/admin">Users</a></li>`}`
    : html`<li><a href="/login">Sign in</a></li>
<li><a href="/register">Register</a></li>`
  const phone = hasPhone && html`<li><a href="/phone">Phone, where codes arrive during development</a></li>`
  return layOut('Welcome', html`<ul class="links">${links}${phone}</ul>`, user)
}

export function loginPage(problem?: Problem, email?: string): Html {
  const password: Field = { name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' }
  const main = html`${errorNotice(problem)}
${form('/login', [{ ...EMAIL, value: email }, password], 'Sign in')}
<p>No account yet? <a href="/register">Register</a></p>`
  return layOut('Sign in', main, null)
}

export function registerPage(problem?: Problem, email?: string): Html {
  const main = html`${errorNotice(problem)}
${form('/register', [{ ...EMAIL, value: email }, newPassword('password', 'Password')], 'Register')}
<p>Already registered? <a href="/login">Sign in</a></p>`
  return layOut('Register', main, null)
}

export function newPassword(name: string, label: string): Field {
  return { name, label, type: 'password', autocomplete: 'new-password', hint: 'At least 8 characters.' }
}

export function problemPage({ title }: Problem, user: SampleUser | null): Html {
  return layOut(title, html`<p><a class="button primary" href="/">Go back</a></p>`, user)
}

export function adminPage(users: readonly SampleUser[], user: SampleUser): Html {
  const cards = users.map(
    ({ id, email, role }) => html`<li class="card">
<h2 id="user-${id}">${email} <span class="badge">${role}</span></h2>
<form method="post" action="/admin/users/${id}/reset">
<div class="field">
<label for="reason-${id}">Reason</label>
<input id="reason-${id}" name="reason" maxlength="500" autocomplete="off" required aria-describedby="user-${id}">
</div>
<button class="button danger" aria-describedby="user-${id}">Reset the second factor</button>
</form>
</li>
`,
  )
  return layOut('Users', html`<ul>${cards}</ul>`, user)
}

export function phonePage(messages: readonly PhoneMessage[]): Html {
  const cards = messages.map(
    ({ to, method, text, at }) => html`<li class="card">
<p class="hint">${method === 'sms' ? 'Text message' : 'Call'} to ${to} · ${at.toISOString().slice(11, 19)} UTC</p>
<p>${text}</p>
</li>
`,
  )
  const list = messages.length > 0 ? html`<ul>${cards}</ul>` : html`<p>Nothing has arrived yet.</p>`
  const why = html`<p class="hint">During development no message leaves this computer: each shows here, newest first.</p>`
  return layOut('Phone', html`${why}${list}`, null)
}
