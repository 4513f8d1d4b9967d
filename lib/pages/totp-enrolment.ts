import type { Html } from './html'
import { html, raw } from './html'
import type { TotpEnrolmentModel } from './models'
import type { Page, View } from './parts'
import { button, codeField, errorSummary, postForm } from './parts'
import { methodsPath } from './setup'

function qrCode(qrSvg: string, { words }: Page): Html {
  return html`<figure class="qr">
<div role="img" aria-label="${words.totpEnrolment.qrCode}">${raw(qrSvg)}</div>
</figure>`
}

function setupKey({ setupKey, otpauthUri }: TotpEnrolmentModel, { words }: Page): Html {
  const groups = setupKey.match(/.{1,4}/g)?.join(' ')
  const isAppLink = otpauthUri.startsWith('otpauth://')
  return html`<p>${words.totpEnrolment.key}</p>
<p class="key"><code translate="no">${groups}</code></p>
${isAppLink && html`<p><a href="${otpauthUri}">${words.totpEnrolment.open}</a></p>`}`
}

/** Shows the secret of a new authenticator app, this once, and asks for its first code. */
export function viewTotpEnrolment(model: TotpEnrolmentModel, page: Page): View {
  const { path, words } = page
  return {
    title: words.totpEnrolment.title,
    main: html`${errorSummary(page)}
<p>${words.totpEnrolment.scan}</p>
${qrCode(model.qrSvg, page)}
${setupKey(model, page)}
${postForm(
  `${path}/authenticators/${encodeURIComponent(model.enrolmentId)}/confirm`,
  html`<p>${words.totpEnrolment.confirm}</p>`,
  codeField(page, 'totp'),
  button(words.totpEnrolment.submit, 'primary'),
)}
<p><a href="${methodsPath(page)}">${words.tryAnotherMethod}</a></p>`,
  }
}
