/** One server under test, in a process of its own: `node server.js NAME REDIS_PORT`, told what to do over IPC. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type Redis from 'ioredis'
import { connectRedis, createBaseApp, newName, prepareMany, type Subject, writeSession } from './base'
import { createIdeal } from './ideal'
import { createOurs } from './ours'
import type { Ask } from './processes'
import { type Trace, traceCommands } from './trace'

const SUBJECTS = {
  plain: createPlain,
  'ideal totp': (redis) => createIdeal(redis, 'totp'),
  'ideal sms': (redis) => createIdeal(redis, 'sms'),
  'redis totp': async (redis) => createOurs(redis, 'redis', 'totp'),
  'redis sms': async (redis) => createOurs(redis, 'redis', 'sms'),
  'memory totp': async (redis) => createOurs(redis, 'memory', 'totp'),
  'memory sms': async (redis) => createOurs(redis, 'memory', 'sms'),
  'redis verified': async (redis) => createOurs(redis, 'redis', 'verified'),
  'redis opted-out': async (redis) => createOurs(redis, 'redis', 'opted-out'),
} satisfies Record<string, (redis: Redis) => Promise<Subject>>

export type SubjectName = keyof typeof SUBJECTS

/** The app without the package, its route open to whoever has a session. */
async function createPlain(redis: Redis): Promise<Subject> {
  const app = createBaseApp(redis)
  app.get('/account', (_req, res) => void res.json({ account: 'yours' }))
  const prepareOne = async () => {
    const userId = newName()
    return { userId, cookie: await writeSession(redis, { userId, twoFactor: { handle: newName(), userId } }) }
  }
  return { app, redis, prepare: (count) => prepareMany(count, prepareOne) }
}

async function serve([name, redisPort]: readonly string[]): Promise<void> {
  const subject = await SUBJECTS[name as SubjectName](await connectRedis(Number(redisPort)))
  const server = createServer(subject.app)
  server.keepAliveTimeout = 300_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  let stopTrace: (() => Trace) | undefined
  process.on('message', async (ask: Ask) => {
    if (ask.what === 'trace') stopTrace = traceCommands(subject.redis, server)
    process.send?.(ask.what === 'traced' ? stopTrace?.() : await answer(subject, ask))
  })
  process.on('disconnect', () => process.exit())
  process.send?.((server.address() as AddressInfo).port)
}

async function answer({ prepare }: Subject, ask: Ask): Promise<unknown> {
  if (ask.what === 'prepare') {
    const prepared = await prepare(ask.count)
    // What preparing left behind must not be collected while requests are timed.
    globalThis.gc?.()
    return prepared
  }
  const { user, system } = process.cpuUsage()
  return user + system
}

serve(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
