import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { BOUNDS, DEFAULT_SEND_BUDGETS } from 'express-two-factor'
import { MOST_GRANTS } from '../../lib/adapters/memory/users'
import { TALLIES_KEPT_MS } from '../../lib/adapters/redis/tallies'
import { RECOVERY_CODE_BYTES, RECOVERY_CODES } from '../../lib/core/factors/recovery-code'
import { SECRET_BYTES } from '../../lib/core/factors/totp'
import { OVERLAP_MS } from '../../lib/core/remembered-device'
import { ENROLMENTS_BEGUN } from '../../lib/core/throttle'
import { BODY_LIMIT } from '../../lib/http/body'
import { codesIn, proseOf, ROOT, tableOf, tablesOf } from './markdown'

const PAGE = 'docs/security.md'
const limits = tableOf(PAGE, 'Limit', 'Value', 'Option').rows
const [asvs, nist] = tablesOf(PAGE).filter(({ head }) => head[0] === 'Row')

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, min: 60_000, h: 3_600_000, days: 86_400_000 }

/** `10 min` → 600000; `5` → 5. */
function amountOf(value = ''): number {
  const [amount, unit] = value.split(' ')
  return Number(amount) * (unit ? (UNITS_MS[unit] ?? Number.NaN) : 1)
}

describe('the limits', () => {
  const valueFor = (option: string) => limits.find((row) => codesIn(row[2])[0] === option)?.[1]

  it.each(Object.entries(BOUNDS))('have the default of %s', (option, bound) => {
    expect(amountOf(valueFor(option))).toBe(bound.default)
  })

  it('have the budgets of sends', () => {
    const points = limits.filter((row) => codesIn(row[2])[0] === 'sendBudgets').map(([, value]) => Number(value))
    expect(points).toEqual(DEFAULT_SEND_BUDGETS.map((budget) => budget.points))
    expect(DEFAULT_SEND_BUDGETS.map(({ windowMs }) => windowMs)).toEqual([600_000, 86_400_000])
  })

  it('have what no option changes', () => {
    const fixed = limits.filter(([, , option]) => option === 'fixed').map(([, value]) => value)
    const kiloBytes = BODY_LIMIT.replace('kb', ' kB')
    const [overlap, kept] = [`${OVERLAP_MS / 1000} s`, `${TALLIES_KEPT_MS / 86_400_000} days`]
    const bits = [RECOVERY_CODE_BYTES * 8, SECRET_BYTES * 8].map(String)
    const counts = [ENROLMENTS_BEGUN, MOST_GRANTS].map(String)
    expect(fixed).toEqual([String(RECOVERY_CODES), ...bits, ...counts, overlap, kept, kiloBytes])
  })
})

describe.each([
  ['OWASP ASVS 5.0', asvs],
  ['NIST SP 800-63B-4', nist],
])('the rows of %s', (_standard, table) => {
  const rows = table?.rows ?? []

  it('say how each is met, and by which test', () => {
    const unproved = rows.filter(
      ([, , status, how, tests]) => !how || (status !== 'not met' && !/`test\//.test(tests ?? '')),
    )
    expect(unproved).toEqual([])
    expect(rows.length).toBeGreaterThan(8)
  })

  it('are met, the app’s, met in part, or not met', () => {
    const known = ['met', 'app', 'in part', 'not met']
    expect(rows.filter(([, , status = '']) => !known.includes(status))).toEqual([])
  })
})

it('every row of ASVS 5.0 that is about a second factor, its session and its store is there once', () => {
  const chapters = {
    3: '3.1 3.2 3.3 3.4 4.6 5.1 5.3 7.2',
    6: '1.1 1.3 3.1 3.3 3.4 3.5 3.7 3.8 4.1 4.3 4.4 4.5 4.6 5.1 5.2 5.3 5.4 5.5 5.6 5.8 6.1 6.2 6.3',
    7: '1.1 2.1 2.2 2.3 2.4 4.1 4.2 4.3 4.5 5.1 5.2 5.3',
    8: '2.2',
    11: '2.4 3.3 5.1',
    14: '2.1 3.2',
    15: '3.5 3.6 3.7 4.2',
    16: '2.5 3.1 5.2 5.3 5.4',
  }
  const expected = Object.entries(chapters).flatMap(([chapter, rows]) =>
    rows.split(' ').map((row) => `${chapter}.${row}`),
  )
  expect([...(asvs?.rows ?? []).map(([row]) => row)].sort()).toEqual(expected.sort())
})

it('every test of an attack is named', () => {
  const files = readdirSync(join(ROOT, 'test', 'security')).filter((name) => name.endsWith('.test.ts'))
  const text = proseOf(PAGE)
  expect(files.filter((name) => !text.includes(`\`test/security/${name}\``))).toEqual([])
})
