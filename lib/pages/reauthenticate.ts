import { html } from './html'
import type { ReauthenticateModel } from './models'
import type { Page, View } from './parts'
import { button, errorSummary, postForm } from './parts'
import { passwordForm } from './password-form'

/** Asks for what a change of factors lacks: the password first, then the second factor. */
export function viewReauthenticate({ missing, next }: ReauthenticateModel, page: Page): View {
  const { password, secondFactor } = page.words
  if (missing.includes('password')) {
    return {
      title: password.title,
      main: html`${errorSummary(page)}<p>${password.why}</p>${passwordForm(next, page)}`,
    }
  }
  return {
    title: secondFactor.title,
    main: html`${errorSummary(page)}<p>${secondFactor.why}</p>
${postForm(`${page.path}/challenge`, button(secondFactor.submit, 'primary'))}`,
  }
}
