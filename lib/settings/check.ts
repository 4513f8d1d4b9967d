import { TwoFactorError } from '../errors'

/** A start-up check of one option's value; what it returns takes the value's place. */
export type Check<Value = unknown> = (value: unknown, name: string) => Value

/** A configuration mistake: names the option, what is wrong and how to mend it. */
export function misconfigured(name: string, fix: string): TwoFactorError {
  return new TwoFactorError('ERR_TFA_CONFIG', { detail: `option \`${name}\`: ${fix}` })
}

export function checkNumber(value: unknown, name: string, { min, max }: { min: number; max: number }): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number
  throw misconfigured(name, `must be a whole number from ${min} to ${max}`)
}

export function checkFunction(value: unknown, name: string): unknown {
  if (typeof value === 'function') return value
  throw misconfigured(name, 'must be a function')
}

export function checkBoolean(value: unknown, name: string): unknown {
  if (typeof value === 'boolean') return value
  throw misconfigured(name, 'must be true or false')
}

/** A port is told by its methods, so that a forgotten call (`redisStore` for `redisStore(redis)`) is noticed at once. */
export function checkPort(value: unknown, name: string, methods: readonly string[], example: string): unknown {
  const port = value as Record<string, unknown> | null | undefined
  const isPort =
    typeof port === 'object' && port !== null && methods.every((method) => typeof port[method] === 'function')
  if (isPort) return port
  throw misconfigured(name, `must be what an adapter returns, for instance ${example}`)
}

/** A path of this app: starts with one slash, and can't be read as another origin. */
export function checkPath(value: unknown, name: string): string {
  if (typeof value === 'string' && /^\/(?![/\\])[^\s\\?#]*$/.test(value)) return value
  throw misconfigured(name, 'must be a path that starts with a single "/"')
}

export function checkOrigin(value: unknown, name: string): string {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (url && isWeb && url.origin === (value as string).replace(/\/$/, '')) return url.origin
  throw misconfigured(name, 'must be an origin such as "https://acme.example", without a path')
}

export function checkList(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw misconfigured(name, 'must be an array')
}

/** Refuses what Express hands to a middleware that was mounted without being called: `app.use(twoFactor.gate)`. */
export function refuseRequest(given: unknown, name: string): void {
  const isRequest = typeof given === 'object' && given !== null && 'headers' in given && 'url' in given
  if (isRequest) throw misconfigured(name, `is called to make the middleware: mount "twoFactor.${name}()"`)
}
