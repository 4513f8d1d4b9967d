import { TwoFactorError } from '../../errors'
import type { Clock } from '../../ports'
import { type UserKeys, userKeys } from './keys'
import { type RedisClient, type RedisOptions, readOptions } from './options'
import { SCRIPTS, type Script, type ScriptName } from './scripts'

/** What the parts of the adapter share: keys, time, and calls that end in time. */
export interface Connection {
  prefix: string
  clock: Clock
  keysOf(userId: string): UserKeys
  /** Runs a script. @throws {@link TwoFactorError} `ERR_TFA_STORE_UNAVAILABLE` */
  run(name: ScriptName, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>
  /** Sends a command, or a few. @throws {@link TwoFactorError} `ERR_TFA_STORE_UNAVAILABLE` */
  call<Result>(command: (redis: RedisClient) => Promise<Result>): Promise<Result>
}

/** What Redis says of itself: safe to repeat. The rest of an error's text may hold keys or arguments. */
const REPLY_WORDS = new Set([
  ...['BUSY', 'CLUSTERDOWN', 'CROSSSLOT', 'ERR', 'LOADING', 'MASTERDOWN', 'MISCONF', 'NOAUTH', 'NOPERM'],
  ...['NOREPLICAS', 'OOM', 'READONLY', 'TRYAGAIN', 'WRONGPASS', 'WRONGTYPE'],
])

/** @throws {@link TwoFactorError} `ERR_TFA_CONFIG` for a bad client or option */
export function connect(redis: RedisClient, options: RedisOptions): Connection {
  const { prefix, clock, timeoutMs } = readOptions(redis, options)
  return {
    prefix,
    clock,
    keysOf: (userId) => userKeys(prefix, userId),
    run: (name, keys, args) =>
      withDeadline(timeoutMs, (isLate) =>
        runScript(redis, SCRIPTS.get(name) as Script, [keys.length, ...keys, ...args], isLate),
      ),
    call: (command) => withDeadline(timeoutMs, () => command(redis)),
  }
}

async function runScript(
  redis: RedisClient,
  { sha, source }: Script,
  [keyCount, ...rest]: readonly (string | number)[],
  isLate: () => boolean,
): Promise<unknown> {
  try {
    return await redis.evalsha(sha, keyCount as number, ...rest)
  } catch (error) {
    // The server says that it ran nothing: it restarted, failed over, or its scripts were flushed. No other error may
    // lead to a second run, for a command that timed out may still run later; nor may this one once nobody waits.
    if (replyWord(error) !== 'NOSCRIPT' || isLate()) throw error
    return redis.eval(source, keyCount as number, ...rest)
  }
}

async function withDeadline<Result>(
  timeoutMs: number,
  work: (isLate: () => boolean) => Promise<Result>,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  let isLate = false
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      isLate = true
      reject(unavailable(`Redis did not answer within ${timeoutMs} ms`))
    }, timeoutMs).unref()
  })
  try {
    return await Promise.race([work(() => isLate), late])
  } catch (error) {
    throw error instanceof TwoFactorError ? error : unavailable(describe(error))
  } finally {
    clearTimeout(timer)
  }
}

function describe(error: unknown): string {
  const word = replyWord(error)
  return REPLY_WORDS.has(word) ? `Redis answered ${word}` : 'Redis could not be reached'
}

function replyWord(error: unknown): string {
  return error instanceof Error ? (error.message.split(' ', 1)[0] ?? '') : ''
}

/** Never with the client's error: it carries the command, and with it hashes and grants. */
function unavailable(detail: string): TwoFactorError {
  return new TwoFactorError('ERR_TFA_STORE_UNAVAILABLE', { detail })
}
