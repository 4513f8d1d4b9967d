import type { SendingMethod, SendReport } from 'express-two-factor'
import { writeMinute } from './dates'
import { COST_UNIT, writeCost } from './destinations'
import { type Html, html } from './html'
import { form, layOut } from './layout'
import type { SampleUser } from './users'

export interface BoardModel {
  rows: readonly SendReport[]
  days: 1 | 7
  since: Date
  /** Whether it is known which messages arrived. */
  takesReceipts: boolean
  /** The administrator. */
  signedIn: SampleUser
}

const PERIODS = { 1: 'Last 24 hours', 7: 'Last 7 days' } as const
const METHODS: Readonly<Record<SendingMethod, string>> = { sms: 'Text message', voice: 'Voice call' }
const COUNTS = ['sent', 'delivered', 'failed', 'verified', 'refused', 'costUnits'] as const

type Counts = Readonly<Record<(typeof COUNTS)[number], number>>

const COLUMNS = ['Sent', 'Delivered', 'Failed', 'Verified', 'Conversion', 'Blocked', 'Spend']

const countryNames = new Intl.DisplayNames('en', { type: 'region' })
const numbers = new Intl.NumberFormat('en-GB')

/** What was sent where, what came of it, and what it cost. */
export function boardPage(model: BoardModel): Html {
  const { rows, days, since, signedIn } = model
  const main = html`<link rel="stylesheet" href="/admin/sending.css">
<p><a href="/admin">Back to users</a></p>
<nav class="periods" aria-label="Period">${periodLink(1, days)}${periodLink(7, days)}</nav>
${stoppedNotice(rows)}
${rows.length > 0 ? table(model) : html`<p>Nothing was sent since ${writeMinute(since)}.</p>`}
${notes(model)}`
  return layOut('Sending', main, signedIn)
}

function periodLink(days: BoardModel['days'], shown: BoardModel['days']): Html {
  const current = days === shown ? html` aria-current="page"` : html``
  return html`<a href="/admin/sending?days=${days}"${current}>${PERIODS[days]}</a>\n`
}

function stoppedNotice(rows: BoardModel['rows']): Html | undefined {
  const stopped = rows.flatMap(({ country, method, stoppedUntil }) =>
    stoppedUntil
      ? html`<li>${nameCountry(country)}, ${METHODS[method].toLowerCase()}: until ${writeMinute(stoppedUntil)}
${releaseForm(country, method)}</li>`
      : [],
  )
  if (stopped.length === 0) return undefined
  return html`<div class="notice error">
<p class="notice-title">Sends to new numbers are stopped: too few codes came back</p>
<ul>${stopped}</ul>
</div>`
}

function releaseForm(country: string, method: SendingMethod): Html {
  const why = { name: 'reason', id: `reason-${country}-${method}`, label: 'Reason', hint: 'Kept in the log.' }
  return html`<details><summary>Open it by hand</summary>
${form(`/admin/sending/${country}/${method}/release`, [why], 'Send again')}</details>`
}

// The roles are those the elements have by themselves; they would lose them where the narrow layout makes the rows blocks.
function table({ rows, days, since, takesReceipts }: BoardModel): Html {
  const head = (name: string, kind = '') => html`<th scope="col" role="columnheader" class="${kind}">${name}</th>`
  return html`<table class="board" role="table">
<caption>${PERIODS[days]}, since ${writeMinute(since)}</caption>
<thead role="rowgroup"><tr role="row">
${head('Country')}${head('Method')}${COLUMNS.map((name) => head(name, 'number'))}${head('Conversion brake')}
</tr></thead>
<tbody role="rowgroup">${rows.map((row) => bodyRow(row, takesReceipts))}</tbody>
<tfoot role="rowgroup"><tr role="row">
<th scope="row" role="rowheader" colspan="2">Total</th>
${figures(sumUp(rows), takesReceipts)}
${cell('Conversion brake', writeStops(rows.filter(({ stoppedUntil }) => stoppedUntil).length))}
</tr></tfoot>
</table>`
}

function bodyRow(row: SendReport, takesReceipts: boolean): Html {
  const { country, method, stoppedUntil } = row
  const brake = stoppedUntil
    ? html`<span class="stopped">Stopped until <span class="together">${writeMinute(stoppedUntil)}</span></span>`
    : 'Open'
  return html`<tr role="row">
<th scope="row" role="rowheader">${nameCountry(country)}</th>
<th scope="row" role="rowheader" class="method">${METHODS[method]}</th>
${figures(row, takesReceipts)}
${cell('Conversion brake', brake)}
</tr>
`
}

function figures({ sent, delivered, failed, verified, refused, costUnits }: Counts, takesReceipts: boolean): Html[] {
  const shown = [
    write(sent),
    takesReceipts ? write(delivered) : absent('not known'),
    write(failed),
    write(verified),
    sent > 0 ? `${Math.floor((verified * 100) / sent)}%` : absent('nothing sent'),
    write(refused),
    writeCost(costUnits),
  ]
  return shown.map((value, at) => cell(COLUMNS[at] as string, value, 'number'))
}

/** `data-name` heads the figure where the rows are narrow, and the head of the table is out of sight. */
function cell(name: string, value: Html | string, kind = ''): Html {
  return html`<td role="cell" class="${kind}" data-name="${name}">${value}</td>\n`
}

/** A dash says nothing aloud. */
function absent(why: string): Html {
  return html`<span aria-hidden="true">–</span><span class="unseen">${why}</span>`
}

function notes({ takesReceipts }: BoardModel): Html {
  return html`<ul class="hint">
${!takesReceipts && html`<li>Delivered is not known: only Vonage’s webhooks tell, and none is taken without VONAGE_SIGNATURE_SECRET.</li>`}
<li>Conversion is how many of the codes sent came back. Blocked is what a budget or the conversion brake refused.</li>
<li>Spend is reckoned in units of one ${COST_UNIT}, by the sample’s own prices; the bill is Vonage’s.</li>
</ul>`
}

function sumUp(rows: BoardModel['rows']): Counts {
  const sums = COUNTS.map((word) => [word, rows.reduce((sum, row) => sum + row[word], 0)])
  return Object.fromEntries(sums) as Counts
}

function writeStops(count: number): string {
  return count > 0 ? `${count} stopped` : 'Open everywhere'
}

function write(count: number): string {
  return numbers.format(count)
}

function nameCountry(code: string): string {
  return `${countryNames.of(code)} (${code})`
}
