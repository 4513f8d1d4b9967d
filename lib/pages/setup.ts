import type { SendingMethod } from '../ports'
import type { Html } from './html'
import { html } from './html'
import type { SetupModel } from './models'
import type { Page, View } from './parts'
import { button, buttonLink, errorSummary, field, hidden, postForm } from './parts'
import { passwordForm } from './password-form'

/** Where the choice of methods is, under the mount path; for a change of number, the phone is named. */
export function methodsPath({ path }: Page, replaces?: string): string {
  return `${path}/setup?step=methods${replaces ? `&replaces=${replaces}` : ''}`
}

function urgencyOf({ mode, postponable, daysLeft }: SetupModel['requirement'], { words }: Page): string {
  if (mode === 'optional') return words.setup.optional
  return postponable && daysLeft !== undefined ? words.setup.deadline(daysLeft) : words.setup.required
}

function wayOut({ mode, postponable }: SetupModel['requirement'], { path, words }: Page): Html {
  if (postponable) return postForm(`${path}/setup/postpone`, button(words.setup.notNow, 'secondary'))
  return mode === 'optional' ? html`<p><a href="${path}/">${words.backToSettings}</a></p>` : html``
}

function viewPrompt({ requirement }: SetupModel, page: Page): View {
  const { setup } = page.words
  return {
    title: setup.title,
    main: html`${errorSummary(page)}
<p>${setup.why}</p>
<p>${urgencyOf(requirement, page)}</p>
<div class="actions">
${buttonLink(methodsPath(page), setup.yes)}
${wayOut(requirement, page)}
</div>`,
  }
}

function totpSection(page: Page): Html {
  const { path, words } = page
  return html`<section class="card" aria-labelledby="totp-heading">
<h2 id="totp-heading">${words.methods.totp} <span class="badge">${words.setup.recommended}</span></h2>
<p>${words.setup.totp}</p>
${postForm(
  `${path}/authenticators`,
  hidden('factor', 'totp'),
  field(page, {
    name: 'label',
    label: words.setup.totpLabel,
    hint: words.setup.totpLabelHint,
    attributes: html`type="text" autocomplete="off"`,
  }),
  button(words.setup.totpSubmit, 'primary'),
)}
</section>`
}

function countryField({ countries, country }: SetupModel, { formats, words }: Page): Html {
  const named = countries.map((each) => ({ ...each, name: formats.country(each.code) }))
  const sorted = named.toSorted((one, other) => formats.compare(one.name, other.name))
  return html`<div class="field">
<label for="country">${words.setup.country}</label>
<select id="country" name="country" autocomplete="country" required>
${sorted.map(({ code, name, callingCode }) => html`<option value="${code}"${code === country && html` selected`}>${name} (${callingCode})</option>\n`)}
</select>
</div>`
}

function channelField(channels: readonly SendingMethod[], { words }: Page): Html {
  const [first, ...others] = channels
  if (!first || others.length === 0) return first ? hidden('method', first) : html``
  return html`<fieldset>
<legend>${words.setup.how}</legend>
${channels.map(
  (each) => html`<div class="tick">
<input type="radio" id="method-${each}" name="method" value="${each}"${each === first && html` checked`}>
<label for="method-${each}">${words.methods[each]}</label>
</div>
`,
)}
</fieldset>`
}

function phoneSection(model: SetupModel, page: Page): Html {
  const { path, words } = page
  const [only, ...others] = model.channels
  const what = words.setup.phone[others.length > 0 || !only ? 'both' : only]
  return html`<section class="card" aria-labelledby="phone-heading">
<h2 id="phone-heading">${words.setup.phoneTitle}</h2>
<p>${what}</p>
<p class="risk">${words.setup.phoneRisk}</p>
${postForm(
  `${path}/authenticators`,
  hidden('factor', 'phone'),
  model.replaces ? hidden('replaces', model.replaces) : html``,
  countryField(model, page),
  field(page, {
    name: 'phone',
    label: words.setup.phoneNumber,
    attributes: html`type="tel" autocomplete="tel-national" maxlength="64" required value="${model.phone}"`,
  }),
  channelField(model.channels, page),
  button(words.setup.phoneSubmit, 'primary'),
)}
</section>`
}

function viewMethods(model: SetupModel, page: Page): View {
  const hasPhone = model.factors.includes('phone') && model.channels.length > 0
  return {
    title: model.replaces ? page.words.setup.changeTitle : page.words.setup.methodsTitle,
    main: html`${errorSummary(page)}
${model.factors.includes('totp') && !model.replaces && totpSection(page)}
${hasPhone && phoneSection(model, page)}`,
  }
}

function viewPassword({ replaces }: SetupModel, page: Page): View {
  const { title, why } = page.words.password
  return {
    title,
    main: html`${errorSummary(page)}<p>${why}</p>${passwordForm(methodsPath(page, replaces), page)}`,
  }
}

const STEPS = { prompt: viewPrompt, password: viewPassword, methods: viewMethods } as const

/** Leads to an enrolment: yes or not now, the password again, the choice of a method. */
export function viewSetup(model: SetupModel, page: Page): View {
  return STEPS[model.step](model, page)
}
