import type { Cluster, Redis } from 'ioredis'
import { TwoFactorError } from '../../errors'
import type { Clock } from '../../ports'

/** A client of ioredis: a single server's, Sentinel's, or a cluster's. */
export type RedisClient = Redis | Cluster

export interface RedisOptions {
  /** What every key starts with; `tfa:` unless told. No braces: they say which part of a key picks its cluster slot. */
  prefix?: string
  /** The machine's own when absent. */
  clock?: Clock
  /** How long a call may take, in milliseconds, before the store counts as unavailable; 2000 unless told. */
  timeoutMs?: number
}

/** Every name, so that a new option without a check does not compile. */
const CHECKS: Record<keyof RedisOptions, { isGood(value: unknown): boolean; fix: string }> = {
  prefix: {
    isGood: isPrefix,
    fix: 'must be 1 to 64 printable ASCII characters without space or braces, such as "tfa:"',
  },
  clock: { isGood: isClock, fix: 'must be a clock: now() and offsetMs, both in milliseconds' },
  timeoutMs: { isGood: isTimeout, fix: 'must be a whole number of milliseconds from 1 to 60000' },
}

const MACHINE_CLOCK: Clock = { now: () => Date.now(), offsetMs: 0 }

/**
 * Checks the client and the options, and fills in the defaults.
 * @throws {@link TwoFactorError} `ERR_TFA_CONFIG`, naming the option and the fix
 */
export function readOptions(redis: RedisClient, options: RedisOptions): Required<RedisOptions> {
  if (typeof redis?.evalsha !== 'function')
    refuse('redis', 'must be a client of ioredis: `new Redis(url)` or `new Cluster(nodes)`')
  if (typeof options !== 'object' || options === null) refuse('options', 'must be an object')
  for (const [name, value] of Object.entries(options)) checkOption(name, value)
  return {
    prefix: options.prefix ?? 'tfa:',
    clock: options.clock ?? MACHINE_CLOCK,
    timeoutMs: options.timeoutMs ?? 2000,
  }
}

function checkOption(name: string, value: unknown): void {
  if (!Object.hasOwn(CHECKS, name))
    refuse(name, `is unknown: the Redis adapter knows ${Object.keys(CHECKS).join(', ')}`)
  const { isGood, fix } = CHECKS[name as keyof RedisOptions]
  if (value !== undefined && !isGood(value)) refuse(name, fix)
}

function refuse(name: string, fix: string): never {
  throw new TwoFactorError('ERR_TFA_CONFIG', { detail: `option \`${name}\`: ${fix}` })
}

function isPrefix(value: unknown): boolean {
  return typeof value === 'string' && /^(?!.*[{}])[!-~]{1,64}$/.test(value)
}

function isClock(value: unknown): boolean {
  const clock = value as Partial<Clock> | null
  return typeof clock === 'object' && typeof clock?.now === 'function' && Number.isFinite(clock.offsetMs)
}

function isTimeout(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 60_000
}
