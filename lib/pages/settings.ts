import type { AuthenticatorAnswer, DeviceAnswer } from '../answers'
import type { Html } from './html'
import { html } from './html'
import type { SettingsModel } from './models'
import type { Page, View } from './parts'
import { button, buttonLink, errorSummary, field, ownWords, postForm, time } from './parts'
import { methodsPath } from './setup'

const WARN_FROM_RECOVERY_CODES = 3

function statusOf({ enabled, requirement: { mode, deadline } }: SettingsModel, { formats, now, words }: Page): Html {
  const isDue = deadline === undefined || deadline <= now
  const need = isDue ? words.settings.required : words.settings.deadline(formats.moment(deadline))
  return html`<p class="status ${enabled ? 'on' : 'off'}">${enabled ? words.settings.on : words.settings.off}${mode === 'required' && ` ${need}`}</p>`
}

function preferenceForm(
  { methods, preferredMethod }: AuthenticatorAnswer,
  action: string,
  id: string,
  page: Page,
): Html {
  const { preferred, prefer } = page.words.settings
  return postForm(
    action,
    html`<div class="field">
<label for="${id}">${preferred}</label>
<select id="${id}" name="preferredMethod">
${methods.map((each) => html`<option value="${each}"${each === preferredMethod && html` selected`}>${page.words.methods[each]}</option>\n`)}
</select>
</div>`,
    button(prefer, 'secondary'),
  )
}

function changesOf(authenticator: AuthenticatorAnswer, index: number, page: Page): Html {
  const { settings } = page.words
  const action = `${page.path}/authenticators/${encodeURIComponent(authenticator.id)}`
  const label = html`type="text" autocomplete="off" required value="${authenticator.label}"`
  return html`<details>
<summary>${settings.change}</summary>
${postForm(
  `${action}/update`,
  field(page, { name: 'label', id: `label-${index}`, label: settings.name, attributes: label }),
  button(settings.rename, 'secondary'),
)}
${authenticator.methods.length > 1 && preferenceForm(authenticator, `${action}/update`, `preferred-${index}`, page)}
${postForm(`${action}/remove`, button(settings.remove, 'danger'))}
</details>`
}

function authenticatorItem(authenticator: AuthenticatorAnswer, index: number, page: Page): Html {
  const { words, formats } = page
  const { factor, label, destination, createdAt, lastUsedAt } = authenticator
  const kind = factor === 'totp' ? words.methods.totp : words.setup.phoneTitle
  return html`<li class="card">
<h3>${ownWords(label || kind)}</h3>
<p>${[label && label !== kind && kind, destination].filter(Boolean).join(' · ')}</p>
<p class="hint">${words.settings.added} ${time(createdAt, formats.date(createdAt))} · ${
    lastUsedAt
      ? html`${words.settings.lastUsed} ${time(lastUsedAt, formats.moment(lastUsedAt))}`
      : words.settings.neverUsed
  }</p>
${changesOf(authenticator, index, page)}
</li>
`
}

function methodsSection({ enabled, authenticators }: SettingsModel, page: Page): Html {
  const { settings } = page.words
  if (!enabled && authenticators.length === 0) return html`<p>${buttonLink(methodsPath(page), settings.getStarted)}</p>`
  return html`<section aria-labelledby="methods-heading">
<h2 id="methods-heading">${settings.methodsTitle}</h2>
<ul class="items">
${authenticators.map((each, index) => authenticatorItem(each, index, page))}
</ul>
<p><a href="${methodsPath(page)}">${settings.addAnother}</a></p>
</section>`
}

function recoverySection({ recoveryCodes: { remaining, total } }: SettingsModel, { path, words }: Page): Html {
  const { settings } = words
  const isLow = remaining <= WARN_FROM_RECOVERY_CODES
  return html`<section aria-labelledby="recovery-heading">
<h2 id="recovery-heading">${settings.recoveryTitle}</h2>
<p>${settings.recoveryWhy}</p>
<div class="${isLow ? 'notice warning' : 'count'}"><p>${settings.recoveryLeft(remaining, total)}${isLow && ` ${settings.recoveryLow}`}</p></div>
${postForm(`${path}/recovery-codes`, button(settings.recoveryNew, 'secondary'))}
<p class="hint">${settings.recoveryNewHint}</p>
</section>`
}

function deviceItem({ id, name, lastUsedAt, expiresAt, current }: DeviceAnswer, { path, words, formats }: Page): Html {
  const { settings } = words
  return html`<li class="card">
<h3>${ownWords(name)}${current && html` <span class="badge">${settings.thisDevice}</span>`}</h3>
<p class="hint">${settings.lastUsed} ${time(lastUsedAt, formats.moment(lastUsedAt))} · ${settings.remembersUntil} ${time(expiresAt, formats.date(expiresAt))}</p>
${postForm(`${path}/devices/${encodeURIComponent(id)}/forget`, button(settings.forget, 'secondary'))}
</li>
`
}

function devicesSection({ devices }: SettingsModel, page: Page): Html {
  const { settings } = page.words
  const list = html`<p>${settings.devicesWhy}</p>
<ul class="items">
${devices.map((each) => deviceItem(each, page))}
</ul>
${postForm(`${page.path}/devices/forget-all`, button(settings.forgetAll, 'secondary'))}`
  return html`<section aria-labelledby="devices-heading">
<h2 id="devices-heading">${settings.devicesTitle}</h2>
${devices.length > 0 ? list : html`<p>${settings.devicesNone}</p>`}
</section>`
}

function disableSection({ path, words }: Page): Html {
  return html`<section aria-labelledby="disable-heading">
<h2 id="disable-heading">${words.settings.disableTitle}</h2>
<p>${words.settings.disableWhy}</p>
${postForm(`${path}/disable`, button(words.settings.disable, 'danger'))}
</section>`
}

/** Shows what protects the account, and what can be changed about it. */
export function viewSettings(model: SettingsModel, page: Page): View {
  const showsDevices = model.devices.length > 0 || (model.enabled && model.remembersDevices)
  return {
    title: page.words.settings.title,
    main: html`${errorSummary(page)}
${statusOf(model, page)}
${methodsSection(model, page)}
${model.enabled && recoverySection(model, page)}
${showsDevices && devicesSection(model, page)}
${model.enabled && model.requirement.mode !== 'required' && disableSection(page)}`,
  }
}
