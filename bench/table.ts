import { median, type Sample, type Seen } from './rounds'

/** One line of the result. */
export interface Row {
  work: string
  /** What is compared, with its unit. */
  metric: string
  value: number
  ideal?: number
  ratio?: number
  /** What the budget is about: the ratio, the value, or how far it is from the ideal. */
  judged: 'ratio' | 'value' | 'difference'
  atMost?: number
  atLeast?: number
  note?: string
}

export type Verdict = 'ok' | 'over' | ''

interface Limit {
  metric: keyof Sample
  atMost?: number
  atLeast?: number
  judged?: Row['judged']
}

const UNITS = { p50Us: 'c1 p50 µs', requestsPerSecond: 'req/s', cpuUs: 'CPU µs' } satisfies Record<keyof Sample, string>

/** Compares what was seen with the ideal: ratios of the same round, then the median of these. */
export function compare(work: string, ours: Seen, ideal: Seen, limits: readonly Limit[]): readonly Row[] {
  return limits.map(({ metric, judged = 'ratio', ...limit }) => {
    const values = ours.samples.map((sample) => sample[metric])
    const ideals = ideal.samples.map((sample) => sample[metric])
    const pairs = values.map((value, round) => [value, ideals[round] as number] as const)
    const difference = median(pairs.map(([value, other]) => value - other))
    return {
      work,
      metric: UNITS[metric],
      value: median(values),
      ideal: median(ideals),
      ratio: median(pairs.map(([value, other]) => value / other)),
      judged,
      ...limit,
      ...(metric === 'requestsPerSecond' ? {} : { note: noteLeast(values, ideals, judged, difference) }),
    }
  })
}

/** The least disturbed rounds tell most on a busy machine, where medians wander. */
function noteLeast(
  values: readonly number[],
  ideals: readonly number[],
  judged: Row['judged'],
  difference: number,
): string {
  const [value, ideal] = [Math.min(...values), Math.min(...ideals)]
  const least = `least ${value.toFixed(0)} / ${ideal.toFixed(0)} = ${(value / ideal).toFixed(2)}`
  return judged === 'difference' ? `${difference < 0 ? '' : '+'}${difference.toFixed(0)} µs; ${least}` : least
}

/** Compares what requests ask of Redis; `atMost` bounds how many commands or trips there are beyond the ideal's. */
export function compareCommands(
  work: string,
  ours: Seen,
  ideal: Seen,
  atMost: { commands?: number; trips?: number },
): readonly Row[] {
  const base = { work, judged: 'difference' } as const
  const limit = (bound: number | undefined) => (bound === undefined ? {} : { atMost: bound })
  return [
    {
      ...base,
      metric: 'commands',
      value: countOf(ours),
      ideal: countOf(ideal),
      ...limit(atMost.commands),
      note: nameCommands(ours),
    },
    { ...base, metric: 'trips in a row', value: ours.trips, ideal: ideal.trips, ...limit(atMost.trips) },
    { ...base, metric: 'calls in Redis', value: ours.calls, ideal: ideal.calls, ...limit(atMost.commands) },
  ]
}

function countOf({ commands }: Seen): number {
  return Object.values(commands).reduce((sum, count) => sum + count, 0)
}

function nameCommands({ commands }: Seen): string {
  return Object.entries(commands)
    .map(([name, count]) => (count === 1 ? name : `${count} ${name}`))
    .join(', ')
}

export function judge({ value, ideal, ratio, judged, atMost, atLeast }: Row): Verdict {
  if (atMost === undefined && atLeast === undefined) return ''
  const measured = judged === 'ratio' ? ratio : judged === 'value' ? value : value - (ideal ?? 0)
  if (measured === undefined) return ''
  return measured <= (atMost ?? Number.POSITIVE_INFINITY) && measured >= (atLeast ?? 0) ? 'ok' : 'over'
}

const HEAD = ['work', 'metric', 'value', 'ideal', 'ratio', 'budget', '', 'note']

/** Writes rows as one table of aligned columns. */
export function formatTable(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map((row, at) => toCells(row, rows[at - 1]))]
  const widths = HEAD.map((_, column) => Math.max(...lines.map((cells) => (cells[column] ?? '').length)))
  const isNumber = (column: number) => column >= 2 && column <= 4
  const pad = (cell: string, column: number) =>
    isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
  return lines.map((cells) => cells.map(pad).join('  ').trimEnd()).join('\n')
}

function toCells(row: Row, before: Row | undefined): readonly string[] {
  const { work, metric, value, ideal, ratio, note = '' } = row
  const name = before?.work === work ? '' : work
  return [name, metric, format(value), format(ideal), ratio?.toFixed(2) ?? '', budgetOf(row), judge(row), note]
}

function format(value: number | undefined): string {
  if (value === undefined) return ''
  return value < 20 ? String(Math.round(value * 10) / 10) : value.toFixed(0)
}

function budgetOf({ judged, atMost, atLeast }: Row): string {
  const limit = atMost ?? atLeast
  if (limit === undefined) return ''
  const sign = atMost === undefined ? '≥' : '≤'
  if (judged === 'ratio') return `${sign} ${limit.toFixed(2)} ×`
  return judged === 'difference' ? `${sign} +${limit}` : `${sign} ${limit}`
}
