import type { Html } from './html'
import { html, keepOwnPath } from './html'
import type { RecoveryCodesModel } from './models'
import type { Page, View } from './parts'
import { button, errorSummary, hidden } from './parts'

const ACTS = ['copy', 'save', 'print'] as const

/** A form that gets drops the query of its action: what the return path asks for goes along as fields. */
function onwardForm(returnTo: string, ...content: readonly Html[]): Html {
  const { pathname, searchParams, hash } = new URL(keepOwnPath(returnTo), 'http://localhost')
  return html`<form method="get" action="${pathname}${hash}">
${[...searchParams].map(([name, value]) => hidden(name, value))}
${content}
</form>`
}

/** What the script can do with the codes; hidden until it runs. */
function tools({ issuer, words: { recoveryCodes } }: Page): Html {
  const { copied, file, list, ...words } = recoveryCodes
  return html`<div class="tools" data-title="${issuer} – ${list}" data-file="${file}" hidden>
${ACTS.map((act) => html`<button type="button" class="button secondary" data-act="${act}">${words[act]}</button>\n`)}
<p class="hint" role="status" data-copied="${copied}"></p>
</div>`
}

/** Shows new recovery codes, this once. The tick needs no name: the browser asks for it, nobody stores it. */
export function viewRecoveryCodes({ recoveryCodes, returnTo, signedOut }: RecoveryCodesModel, page: Page): View {
  const words = page.words.recoveryCodes
  return {
    title: words.title,
    isSignedOut: signedOut,
    main: html`${errorSummary(page)}
<p>${words.why}</p>
<ol class="codes" aria-label="${words.list}" translate="no">
${recoveryCodes.map((code) => html`<li><code>${code}</code></li>\n`)}
</ol>
${tools(page)}
${signedOut && html`<p>${words.signedOut}</p>`}
${onwardForm(
  returnTo,
  html`<div class="tick">
<input type="checkbox" id="saved" required>
<label for="saved">${words.saved}</label>
</div>`,
  button(signedOut ? words.signIn : words.submit, 'primary'),
)}`,
  }
}
