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
  const phone = hasPhone && html`<li><a href="/phone">Phone and authenticator app, for trying it out</a></li>`
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
