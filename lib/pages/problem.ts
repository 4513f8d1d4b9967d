import { html, keepOwnPath } from './html'
import type { Views } from './models'
import type { Page, View } from './parts'
import { buttonLink } from './parts'

/** Shows an error that no other page has a place for, and the way back. */
export function viewProblem({ backTo }: Views['problem'], page: Page): View {
  const { error, words } = page
  const known = error && words.errors[error.code]
  return {
    title: known?.title ?? words.problem.title,
    isSignedOut: page.userLabel === undefined,
    main: html`<p>${known?.text(error?.fields ?? {}) ?? words.problem.text}</p>
<p>${buttonLink(keepOwnPath(backTo), words.problem.back)}</p>`,
  }
}
