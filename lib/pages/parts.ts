/** What the views are made of. */
import type { Method } from '../ports'
import type { Formats } from './formats'
import type { Html } from './html'
import { html } from './html'
import type { Messages } from './messages/en'
import type { PageContext, PageError } from './models'

/** What every view is given, beside its model. */
export interface Page extends PageContext {
  words: Messages
  formats: Formats
}

/** What a view gives to the layout. */
export interface View {
  /** Title and heading; never a secret or a value of the user's: titles end up in histories. */
  title: string
  main: Html
  /** Nobody is signed in any more: the page then offers no sign-out. */
  isSignedOut?: boolean
}

/** The fields that an error can be tied to. */
type FieldName = 'code' | 'phone' | 'password' | 'username' | 'label'

/** One labelled input. */
export interface Field {
  name: FieldName
  label: string
  hint?: string
  /** Unlike the name, unique on the page. */
  id?: string
  /** Further attributes, in quotes. */
  attributes: Html
}

const FIELD_AT_FAULT: Partial<Record<PageError['code'], FieldName>> = {
  ERR_TFA_CODE_INCORRECT: 'code',
  ERR_TFA_CHALLENGE_EXPIRED: 'code',
  ERR_TFA_PHONE_INVALID: 'phone',
  ERR_TFA_PHONE_NOT_ALLOWED: 'phone',
  ERR_TFA_CREDENTIALS_INCORRECT: 'password',
}

function isAtFault(name: FieldName, error: PageError | undefined): boolean {
  return error !== undefined && (error.fields.field ?? FIELD_AT_FAULT[error.code]) === name
}

/** Shows an input with its label, and ties hint and error to it. */
export function field(page: Page, { name, label, hint, id = name, attributes }: Field): Html {
  const isInvalid = id === name && isAtFault(name, page.error)
  const describedBy = [isInvalid && 'error', hint && `${id}-hint`].filter(Boolean).join(' ')
  return html`<div class="field">
<label for="${id}">${label}</label>
${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
<input id="${id}" name="${name}"${describedBy && html` aria-describedby="${describedBy}"`}${isInvalid && html` aria-invalid="true"`} ${attributes}>
</div>`
}

/** Shows the field for a code of digits; what is right is for the server to say. */
export function codeField(page: Page, method: Method): Html {
  return field(page, {
    name: 'code',
    label: page.words.code.label,
    hint: page.words.code.hint,
    attributes: html`type="text" class="code-input" inputmode="numeric" autocomplete="one-time-code" maxlength="64" autocapitalize="none" spellcheck="false" required autofocus${method === 'sms' && html` data-sms`}`,
  })
}

/** Shows the page's error, announced by screen readers; fields at fault refer to it by its id. */
export function errorSummary({ error, words }: Page): Html {
  if (!error) return html``
  const { title, text } = words.errors[error.code]
  return html`<div class="notice error" role="alert" id="error">
<p class="notice-title">${title}</p>
<p>${text(error.fields)}</p>
</div>`
}

/** Shows a form that posts; without JavaScript it is the only thing that changes state. */
export function postForm(action: string, ...content: readonly Html[]): Html {
  return html`<form method="post" action="${action}">
${content}
</form>`
}

/** Carries a value in a form. */
export function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}">`
}

/**
 * Shows a form's button.
 * @param about - id of what it is about, where a page has several buttons of one name
 */
export function button(text: string | Html, look: 'primary' | 'secondary' | 'quiet' | 'danger', about?: string): Html {
  return html`<button type="submit" class="button ${look}"${about && html` aria-describedby="${about}"`}>${text}</button>`
}

/** Id of the hint that says from when a code can be sent again. */
export const WAIT_ID = 'wait'

/** Says from when a code can be sent again; right behind the form that sends it, where the script looks for it. */
export function waitHint(waitMs: number, { words }: Page): Html {
  if (waitMs <= 0) return html``
  return html`<p class="hint" id="${WAIT_ID}" data-wait-ms="${waitMs}">${words.resend.wait(waitMs)}</p>`
}

/** Shows a link that leads on as prominently as a button. */
export function buttonLink(href: string, text: string): Html {
  return html`<a class="button primary" href="${href}">${text}</a>`
}

/** Shows words of a user's own; their writing direction stays theirs. */
export function ownWords(text: string): Html {
  return html`<bdi>${text}</bdi>`
}

/** Shows a sentence whose masked number doesn't break over two lines. */
export function keepTogether(sentence: string, destination: string | undefined): Html {
  if (!destination) return html`${sentence}`
  const [before, ...after] = sentence.split(destination)
  return html`${before}${after.map((text) => html`<span class="together">${destination}</span>${text}`)}`
}

/** Shows an instant for people and for machines. */
export function time(date: Date, text: string): Html {
  return html`<time datetime="${date.toISOString()}">${text}</time>`
}
