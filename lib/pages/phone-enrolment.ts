import type { SendingMethod } from '../ports'
import { askFor, deliveryOf, type SentCode } from './delivery'
import type { Html } from './html'
import { html } from './html'
import type { PhoneEnrolmentModel } from './models'
import type { Page, View } from './parts'
import { button, codeField, errorSummary, hidden, postForm, WAIT_ID, waitHint } from './parts'
import { methodsPath } from './setup'

function waitMsOf({ resendAt }: PhoneEnrolmentModel, { now }: Page): number {
  return resendAt ? resendAt.getTime() - now.getTime() : 0
}

function resendForm(channel: SendingMethod, model: PhoneEnrolmentModel, page: Page): Html {
  const { path, words } = page
  const isSame = channel === model.method
  const waits = isSame && waitMsOf(model, page) > 0
  return postForm(
    `${path}/authenticators/${encodeURIComponent(model.enrolmentId)}/resend`,
    hidden('method', channel),
    button(isSame ? words.resend[channel] : words.phoneEnrolment.resend[channel], 'quiet', waits ? WAIT_ID : undefined),
  )
}

function resendForms(model: PhoneEnrolmentModel, page: Page): Html {
  const current = model.channels.filter((channel) => channel === model.method)
  const others = model.channels.filter((channel) => channel !== model.method)
  return html`<div class="resend">
${current.map((channel) => resendForm(channel, model, page))}
${waitHint(waitMsOf(model, page), page)}
${others.map((channel) => resendForm(channel, model, page))}
</div>`
}

/** Asks for the code sent to a new phone number. */
export function viewPhoneEnrolment(model: PhoneEnrolmentModel, page: Page): View {
  const { path, words } = page
  const id = encodeURIComponent(model.enrolmentId)
  const sent: SentCode = { delivery: { status: 'sent' }, ...model, id }
  return {
    title: words.phoneEnrolment.title,
    main: html`${errorSummary(page)}
${deliveryOf(sent, page, model.isLive ? `${path}/setup?enrolment=${id}` : undefined)}
${postForm(
  `${path}/authenticators/${id}/confirm`,
  askFor(sent, page),
  codeField(page, model.method),
  button(words.phoneEnrolment.submit, 'primary'),
)}
${resendForms(model, page)}
<ul class="links">
<li><a href="${methodsPath(page)}">${words.phoneEnrolment.correct}</a></li>
<li><a href="${methodsPath(page)}">${words.tryAnotherMethod}</a></li>
</ul>
<p class="risk">${words.setup.phoneRisk}</p>`,
  }
}
