import { checkList, checkNumber, misconfigured } from './check'

const COUNTRY = /^[A-Z]{2}$/
const METHODS: readonly unknown[] = ['sms', 'voice']
const SCOPES: readonly unknown[] = ['number', 'user', 'address', 'country', 'all']

export function checkCountries(value: unknown, name: string): unknown {
  const countries = checkList(value, name)
  if (countries.every((country) => typeof country === 'string' && COUNTRY.test(country))) return countries
  throw misconfigured(name, 'must hold ISO 3166-1 codes such as "FR"')
}

export function checkBudgets(value: unknown, name: string): unknown {
  const budgets = checkList(value, name)
  if (budgets.length === 0)
    throw misconfigured(name, 'must hold at least one budget: sends without a bound cost without one')
  for (const budget of budgets) checkBudget(budget, name)
  return value
}

function checkBudget(value: unknown, name: string): void {
  const { points, windowMs, per, ...others } = (value ?? {}) as Record<string, unknown>
  const [unknown] = Object.keys(others)
  if (unknown) throw misconfigured(`${name}.${unknown}`, 'does not exist; known are points, windowMs, per')
  checkNumber(points, `${name}.points`, { min: 1, max: 1_000_000 })
  checkNumber(windowMs, `${name}.windowMs`, { min: 1000, max: 31 * 24 * 3600 * 1000 })
  if (per === undefined || SCOPES.includes(per)) return
  throw misconfigured(`${name}.per`, `must be one of ${SCOPES.map((scope) => `"${scope}"`).join(', ')}`)
}

/** `{ FR: ['sms', 'voice'] }`: a country without a method would be one whose numbers are never reached. */
export function checkOrder(value: unknown, name: string): unknown {
  for (const [country, methods] of entriesOf(value, name)) {
    checkCountries([country], name)
    const isSound = checkList(methods, `${name}.${country}`).length > 0 && checkMethods(methods as unknown[])
    if (!isSound) throw misconfigured(`${name}.${country}`, 'must hold "sms" or "voice", or both, each once')
  }
  return value
}

function checkMethods(methods: readonly unknown[]): boolean {
  return methods.every((method) => METHODS.includes(method)) && new Set(methods).size === methods.length
}

/** `{ FR: { sms: 7 }, '*': { sms: 20, voice: 30 } }`. */
export function checkCosts(value: unknown, name: string): unknown {
  for (const [country, costs] of entriesOf(value, name)) {
    if (country !== '*') checkCountries([country], name)
    for (const [method, units] of entriesOf(costs, `${name}.${country}`)) {
      if (!METHODS.includes(method)) throw misconfigured(`${name}.${country}.${method}`, 'must be "sms" or "voice"')
      checkNumber(units, `${name}.${country}.${method}`, { min: 0, max: 1_000_000 })
    }
  }
  return value
}

function entriesOf(value: unknown, name: string): [string, unknown][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value)
  throw misconfigured(name, 'must be an object with a key per country, such as { FR: … }')
}
