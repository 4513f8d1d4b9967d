import type { PhoneMessage } from 'express-two-factor/testing'
import type { ShownAccount } from './authenticator-accounts'
import { type Html, html } from './html'
import { errorNotice, type Field, form, layOut, type Problem } from './layout'

export interface PhoneModel {
  /** Newest first. */
  messages: readonly PhoneMessage[]
  /** Names the newest one: the script asks for those after. */
  newest: string
  accounts: readonly ShownAccount[]
  problem?: Problem
  /** What was typed, when it was refused. */
  typed?: { key: string; name: string }
}

/** A phone where every message arrives, and an authenticator app next to it. */
export function phonePage({ messages, newest, accounts, problem, typed }: PhoneModel): Html {
  const main = html`<link rel="stylesheet" href="/phone/phone.css">
<script src="/phone/phone.js" defer></script>
<p class="hint">During development no message leaves this computer: all of them arrive here, whatever the number.</p>
<noscript><p><a href="/phone">Load again for what is new</a></p></noscript>
${errorNotice(problem)}
<div class="desk">
<section aria-labelledby="messages-title">
<h2 id="messages-title">Messages and calls</h2>
<div class="handset"><div class="screen" tabindex="0" role="region" aria-labelledby="messages-title">
<ul id="messages" data-newest="${newest}" aria-live="polite">${messages.map(messageItem)}</ul>
${messages.length === 0 && html`<p id="nothing-yet" class="hint">Nothing has arrived yet.</p>`}
</div></div>
</section>
<section aria-labelledby="codes-title">
<h2 id="codes-title">Authenticator app</h2>
<div id="codes">${codeList(accounts)}</div>
<div class="card">
${form('/phone/accounts', accountFields(typed), 'Add the account')}
</div>
</section>
</div>`
  return layOut('Phone', main, null)
}

/** One message as an item of the list. */
export function messageItem({ to, method, text, at }: PhoneMessage): Html {
  const what = method === 'sms' ? 'Text' : 'Call'
  return html`<li class="message ${method === 'sms' ? 'text' : 'call'}">
<p class="hint">${what} to ${to} · ${at.toISOString().slice(11, 19)} UTC</p>
<p class="bubble">${text}</p>
</li>
`
}

/** The accounts of the authenticator app, each with the code it shows now. */
export function codeList(accounts: readonly ShownAccount[]): Html {
  if (accounts.length === 0) return html`<p class="hint">No account yet: type the setup key shown under a QR code.</p>`
  return html`<ul>${accounts.map(codeItem)}</ul>`
}

function codeItem({ id, name, code, secondsLeft }: ShownAccount): Html {
  return html`<li class="card shown">
<div>
<p class="hint" id="account-${id}">${name}</p>
<p class="digits">${code}</p>
</div>
${ring(secondsLeft)}
<form method="post" action="/phone/accounts/${id}/remove">
<button class="button quiet" aria-describedby="account-${id}">Remove</button>
</form>
</li>
`
}

function ring(secondsLeft: number): Html {
  return html`<svg class="ring" viewBox="0 0 44 44" data-seconds-left="${secondsLeft}" role="img" aria-label="A new code every 30 seconds">
<circle cx="22" cy="22" r="19"/>
<circle class="left" cx="22" cy="22" r="19" pathLength="30" stroke-dasharray="${secondsLeft} 30"/>
</svg>`
}

function accountFields(typed: PhoneModel['typed']): readonly Field[] {
  return [
    { name: 'key', label: 'Setup key', hint: 'Or the otpauth link of “Open it in an app”.', value: typed?.key },
    { name: 'name', label: 'Name', hint: 'To tell your accounts apart.', value: typed?.name ?? 'Acme' },
  ]
}
