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

/** One authenticator in its list; `index` keeps the ids of its elements apart from the others'. */
interface Item {
  authenticator: AuthenticatorAnswer
  index: number
  page: Page
}

function actionOf({ authenticator, page }: Item, verb: 'update' | 'remove'): string {
  return `${page.path}/authenticators/${encodeURIComponent(authenticator.id)}/${verb}`
}

function renameForm(item: Item, about: string): Html {
  const { name, rename } = item.page.words.settings
  return postForm(
    actionOf(item, 'update'),
    field(item.page, {
      name: 'label',
      id: `label-${item.index}`,
      label: name,
      attributes: html`type="text" autocomplete="off" required value="${item.authenticator.label}"`,
    }),
    button(rename, 'secondary', about),
  )
}

function preferenceForm(item: Item, about: string): Html {
  const { methods, preferredMethod } = item.authenticator
  const { settings, methods: names } = item.page.words
  if (methods.length < 2) return html``
  return postForm(
    actionOf(item, 'update'),
    html`<div class="field">
<label for="preferred-${item.index}">${settings.preferred}</label>
<select id="preferred-${item.index}" name="preferredMethod">
${methods.map((each) => html`<option value="${each}"${each === preferredMethod && html` selected`}>${names[each]}</option>\n`)}
</select>
</div>`,
    button(settings.prefer, 'secondary', about),
  )
}

function useOf({ createdAt, lastUsedAt }: AuthenticatorAnswer, { words: { settings }, formats }: Page): Html {
  const lastUse = lastUsedAt
    ? html`${settings.lastUsed} ${time(lastUsedAt, formats.moment(lastUsedAt))}`
    : settings.neverUsed
  return html`<p class="hint">${settings.added} ${time(createdAt, formats.date(createdAt))}<br>
${lastUse}</p>`
}

function authenticatorItem(item: Item): Html {
  const { factor, label, destination } = item.authenticator
  const { words } = item.page
  const kind = factor === 'totp' ? words.methods.totp : words.setup.phoneTitle
  const about = `authenticator-${item.index}`
  return html`<li class="card">
<h3 id="${about}">${ownWords(label || kind)}</h3>
<p>${[label && label !== kind && kind, destination].filter(Boolean).join(' · ')}</p>
${useOf(item.authenticator, item.page)}
<details>
<summary aria-describedby="${about}">${words.settings.change}</summary>
${renameForm(item, about)}
${preferenceForm(item, about)}
${factor === 'phone' && html`<p><a href="${methodsPath(item.page, item.authenticator.id)}" aria-describedby="${about}">${words.settings.changeNumber}</a></p>\n`}
${postForm(actionOf(item, 'remove'), button(words.settings.remove, 'danger', about))}
</details>
</li>
`
}

function methodsSection({ enabled, authenticators }: SettingsModel, page: Page): Html {
  const { settings } = page.words
  if (!enabled && authenticators.length === 0) return html`<p>${buttonLink(methodsPath(page), settings.getStarted)}</p>`
  return html`<section aria-labelledby="methods-heading">
<h2 id="methods-heading">${settings.methodsTitle}</h2>
<ul class="items">
${authenticators.map((each, index) => authenticatorItem({ authenticator: each, index, page }))}
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

function deviceItem(device: DeviceAnswer, index: number, { path, words: { settings }, formats }: Page): Html {
  const { id, name, lastUsedAt, expiresAt, current } = device
  return html`<li class="card">
<h3 id="device-${index}">${ownWords(name)}${current && html` <span class="badge">${settings.thisDevice}</span>`}</h3>
<p class="hint">${settings.lastUsed} ${time(lastUsedAt, formats.moment(lastUsedAt))}<br>
${settings.remembersUntil} ${time(expiresAt, formats.date(expiresAt))}</p>
${postForm(`${path}/devices/${encodeURIComponent(id)}/forget`, button(settings.forget, 'secondary', `device-${index}`))}
</li>
`
}

function devicesSection({ devices }: SettingsModel, page: Page): Html {
  const { settings } = page.words
  const list = html`<p>${settings.devicesWhy}</p>
<ul class="items">
${devices.map((each, index) => deviceItem(each, index, page))}
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
