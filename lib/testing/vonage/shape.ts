import type { InvalidParameter } from './problem'

/** Says what is wrong with a value, or nothing. */
export type Check = (value: unknown) => string | undefined

/** The fields a body may have: a definition without `required` is optional. */
export interface Field {
  check: Check
  required?: true
}

export type Fields = Readonly<Record<string, Field>>

/** Lists everything wrong with an object: fields missing, unknown, or outside their definition. */
export function checkFields(value: unknown, fields: Fields, path = ''): readonly InvalidParameter[] {
  if (!isRecord(value)) return [{ name: path || 'body', reason: 'must be an object' }]
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(fields, name))
  const missing = Object.keys(fields).filter((name) => fields[name]?.required && value[name] === undefined)
  return [
    ...unknown.map((name) => ({ name: path + name, reason: 'is not a known parameter' })),
    ...missing.map((name) => ({ name: path + name, reason: 'is required' })),
    ...Object.entries(fields).flatMap(([name, { check }]) => checkField(path + name, value[name], check)),
  ]
}

function checkField(name: string, value: unknown, check: Check): readonly InvalidParameter[] {
  const reason = value === undefined ? undefined : check(value)
  return reason ? [{ name, reason }] : []
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function matching(pattern: RegExp, reason: string): Check {
  return (value) => (typeof value === 'string' && pattern.test(value) ? undefined : reason)
}

export function oneOf(...choices: readonly unknown[]): Check {
  return (value) => (choices.includes(value) ? undefined : `must be one of ${choices.join(', ')}`)
}

export function integer(least: number, most: number): Check {
  return (value) =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most
      ? undefined
      : `must be an integer from ${least} to ${most}`
}

export function text(least: number, most: number): Check {
  return (value) =>
    typeof value === 'string' && value.length >= least && value.length <= most
      ? undefined
      : `must be ${least} to ${most} characters`
}

/** Checks an object inside another one. */
export function object(fields: Fields): Check {
  return (value) => {
    const [first] = checkFields(value, fields)
    return first && `${first.name} ${first.reason}`
  }
}

/** Checks each item of an array that has at least one. */
export function listOf(item: Check): Check {
  return (value) => {
    if (!Array.isArray(value) || value.length === 0) return 'must be an array of at least one'
    return value.map(item).find((reason) => reason !== undefined)
  }
}
