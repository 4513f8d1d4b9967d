import type { Html } from './html'
import { html } from './html'
import type { Page } from './parts'
import { button, field, hidden, postForm } from './parts'

/**
 * Asks for user name and password again, before a change of factors.
 * @param next - path to come back to
 */
export function passwordForm(next: string, page: Page): Html {
  const { username, password, submit } = page.words.password
  const prefilled = html`type="text" autocomplete="username" autocapitalize="none" spellcheck="false" required value="${page.userLabel}"`
  return postForm(
    `${page.path}/reauthenticate`,
    hidden('next', next),
    field(page, { name: 'username', label: username, attributes: prefilled }),
    field(page, {
      name: 'password',
      label: password,
      attributes: html`type="password" autocomplete="current-password" required autofocus`,
    }),
    button(submit, 'primary'),
  )
}
