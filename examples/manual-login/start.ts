import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from 'express-two-factor'
import { printForSupport } from './admin'
import { createApp } from './app'
import { type Config, type Environment, readConfig } from './config'
import { openDatabase } from './database'
import { makeDemoAccounts } from './demo-accounts'
import { drainable } from './drain'
import { openPhone } from './phone'
import { readSecrets } from './secrets'
import { connectRedis, createSessions } from './sessions'
import { createSecondFactor } from './two-factor'
import { createUsers, USERS_TABLE } from './users'

/** A sample that runs. */
export interface Sample {
  /** Where it listens, by number: `http://127.0.0.1:3000`. */
  url: string
  /** A line for each demo account. */
  accounts: readonly string[]
  /** Finishes what is being answered, then lets go of everything. */
  close(): Promise<void>
}

export interface StartOptions {
  /** Takes each line for the terminal that comes while it runs. Default: `console.log`. */
  print?: (line: string) => void
  /** Default: the machine's. */
  clock?: Clock
}

type Close = () => Promise<unknown>

/**
 * Starts the sample server.
 * @throws Error of one line that says what to mend
 */
export async function startSample(env: Environment, options: StartOptions = {}): Promise<Sample> {
  const config = readConfig(env)
  const opened: Close[] = []
  const close = async () => {
    for (const closeOne of opened.splice(0).toReversed()) await closeOne()
  }
  try {
    return { ...(await open(config, options, opened)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function open(config: Config, { print = console.log, clock }: StartOptions, opened: Close[]) {
  const secrets = readSecrets(config)
  const redis = config.redisUrl === undefined ? undefined : await connectRedis(config.redisUrl)
  if (redis) opened.push(async () => redis.disconnect())
  const database = await openDatabase(config, USERS_TABLE)
  opened.push(database.close)
  const users = createUsers(database.query)
  const accounts = config.isProduction ? [] : await makeDemoAccounts(users)

  const server = createServer()
  const drain = drainable(server)
  const port = await listen(server, config.port)
  opened.push(drain)
  const origin = config.publicOrigin ?? `http://localhost:${port}`
  const phone = config.isProduction || config.vonage ? undefined : openPhone({ print, ...(clock ? { clock } : {}) })
  if (phone) opened.push(async () => phone.close())
  const twoFactor = createSecondFactor({
    ...{ config, origin, keys: secrets.keys, database, redis, users, channels: phone?.channels ?? [] },
    ...(clock ? { clock } : {}),
  })
  printForSupport(twoFactor, print)
  const sessions = createSessions(secrets.session, redis)
  server.on(
    'request',
    createApp({
      ...{ origin, sessions, twoFactor, users, clock: clock ?? Date },
      takesReceipts: config.vonage?.signatureSecret !== undefined,
      ...(phone ? { phone } : {}),
    }),
  )
  return { url: `http://127.0.0.1:${port}`, accounts }
}

/** On loopback only: a proxy is what faces the world. The port is known before the app is made, for it is in its origin. */
function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(`PORT: cannot listen there (${error.code})`)),
    )
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
