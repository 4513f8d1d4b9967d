import type { SendBudget, Settings } from '../options'
import { checkList, checkNumber, misconfigured } from './check'
import { checkCountry } from './countries'

const METHODS: readonly unknown[] = ['sms', 'voice']
const SCOPES: readonly unknown[] = ['number', 'user', 'address', 'country', 'all']

export function checkCountries(value: unknown, name: string): unknown {
  const countries = checkList(value, name)
  for (const country of countries) checkCountry(country, name)
  return [...countries]
}

export function checkBudgets(value: unknown, name: string): unknown {
  const budgets = checkList(value, name).map((budget) => checkBudget(budget, name))
  if (budgets.length === 0)
    throw misconfigured(name, 'must hold at least one budget: sends without a bound cost without one')
  const bounded = budgets.flatMap(({ per, windowMs }) =>
    (per ? [per] : ['number', 'user']).map((one) => `${one} ${windowMs}`),
  )
  if (new Set(bounded).size === bounded.length) return budgets
  throw misconfigured(name, 'bounds the same sends twice in windows of one length: keep the smaller budget')
}

function checkBudget(value: unknown, name: string): SendBudget {
  const { points, windowMs, per, ...others } = { ...(value as SendBudget) }
  const [unknown] = Object.keys(others)
  if (unknown) throw misconfigured(`${name}.${unknown}`, 'does not exist; known are points, windowMs, per')
  checkNumber(points, `${name}.points`, { min: 1, max: 1_000_000 })
  checkNumber(windowMs, `${name}.windowMs`, { min: 1000, max: 31 * 24 * 3600 * 1000 })
  if (per === undefined) return { points, windowMs }
  if (SCOPES.includes(per)) return { points, windowMs, per }
  throw misconfigured(`${name}.per`, `must be one of ${SCOPES.map((scope) => `"${scope}"`).join(', ')}`)
}

/** `{ FR: ['sms', 'voice'] }`: a country without a method would be one whose numbers are never reached. */
export function checkOrder(value: unknown, name: string): unknown {
  const entries = entriesOf(value, name).map(([country, methods]) => {
    checkCountry(country, name)
    return [country, checkMethods(methods, `${name}.${country}`)]
  })
  return tableOf(entries)
}

function checkMethods(value: unknown, name: string): readonly unknown[] {
  const methods = checkList(value, name)
  const isSound = methods.every((method) => METHODS.includes(method)) && new Set(methods).size === methods.length
  if (isSound && methods.length > 0) return [...methods]
  throw misconfigured(name, 'must hold "sms" or "voice", or both, each once')
}

/** `{ FR: { sms: 7 }, '*': { sms: 20, voice: 30 } }`. */
export function checkCosts(value: unknown, name: string): unknown {
  const entries = entriesOf(value, name).map(([country, costs]) => {
    if (country !== '*') checkCountry(country, name)
    return [country, checkUnits(costs, `${name}.${country}`)]
  })
  return tableOf(entries)
}

function checkUnits(value: unknown, name: string): object {
  const costs = entriesOf(value, name)
  for (const [method, units] of costs) {
    if (!METHODS.includes(method)) throw misconfigured(`${name}.${method}`, 'must be "sms" or "voice"')
    checkNumber(units, `${name}.${method}`, { min: 0, max: 1_000_000 })
  }
  return Object.fromEntries(costs)
}

/** Without a prototype: a country is typed by people, and `constructor` would find what every object inherits. */
function tableOf(entries: readonly unknown[][]): object {
  return Object.assign(Object.create(null), Object.fromEntries(entries as [string, unknown][]))
}

/** Own entries, to be copied: what is inherited, or changed later, was never checked. */
function entriesOf(value: unknown, name: string): [string, unknown][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value)
  throw misconfigured(name, 'must be an object with a key per country, such as { FR: … }')
}

/** A method that no channel sends by would leave a country's users without a code. */
export function refuseUnsendable({ methodOrder, channels }: Pick<Settings, 'methodOrder' | 'channels'>): void {
  const sendable = channels.map(({ method }) => method)
  for (const [country, methods] of Object.entries(methodOrder)) {
    const unsendable = methods.find((method) => !sendable.includes(method))
    if (unsendable) throw misconfigured(`methodOrder.${country}`, `names "${unsendable}", which no channel sends by`)
  }
}
