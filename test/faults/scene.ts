import { randomBytes } from 'node:crypto'
import type { ErrorRequestHandler } from 'express'
import type { AuthenticatorStore, TwoFactorError } from 'express-two-factor'
import { redisStore } from 'express-two-factor/redis'
import { sqlAuthenticators } from 'express-two-factor/sql'
import { movableClock } from 'express-two-factor/testing'
import { Cluster, type Redis } from 'ioredis'
import { userKeys } from '../../lib/adapters/redis/keys'
import { SCRIPTS } from '../../lib/adapters/redis/scripts'
import { createTestApp, type TestApp } from '../support/app'
import { listen } from '../support/security'
import type { DurableSite } from './durable-site'
import type { Pace } from './pace'
import type { VonageSite } from './vonage-site'

/** What runs `before` or `after` a call of a store or channel: the name of the call behind the word. */
export type Hooks = Map<string, () => Promise<void>>

/** A service as its operator runs it, with everything under it that may fail. */
export interface Scene {
  service: TestApp
  server: Awaited<ReturnType<typeof listen>>
  redis: Redis | Cluster
  authenticators: AuthenticatorStore
  vonage: VonageSite
  durable: DurableSite
  hooks: Hooks
  /** Every request so far with its answer's status, to tell a failure by. */
  answered: readonly string[]
  /** The keys that Redis holds of one user. */
  keysOf(userId: string): Promise<readonly string[]>
}

export interface Under {
  redis: Redis | Cluster
  vonage: VonageSite
  durable: DurableSite
}

/** Mounts the package over these, with Passport, sessions in the process and a route for support. */
export async function openScene({ redis, vonage, durable }: Under, pace: Pace): Promise<Scene> {
  const { storeTimeoutMs: timeoutMs, sendTimeoutMs } = pace
  await loadScripts(redis)
  const clock = movableClock()
  const prefix = `f${randomBytes(6).toString('hex')}:`
  const hooks: Hooks = new Map()
  const authenticators = hooked(sqlAuthenticators(durable.query, { timeoutMs }), hooks)
  const store = hooked(redisStore(redis, { prefix, clock, timeoutMs }), hooks)
  const channels = vonage.channels.map((channel) => hooked(channel, hooks))
  const made = createTestApp({ store, authenticators, channels, clock, sendTimeoutMs })
  const service = { ...made, clock }
  mountSupport(service)
  const server = await listen(service.app)
  const answered = logAnswers(server)
  const keysOf = (userId: string) => listKeys(redis, userKeys(prefix, userId).grants.replace(/grants$/, '*'))
  return { service, server, redis, authenticators, vonage, durable, hooks, answered, keysOf }
}

/** Lets a test strike between two calls: the instant at which half of the work is done. */
function hooked<Port extends object>(port: Port, hooks: Hooks): Port {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return async (...args: unknown[]) => {
        await hooks.get(`before ${String(name)}`)?.()
        const answer: unknown = await member.apply(target, args)
        await hooks.get(`after ${String(name)}`)?.()
        return answer
      }
    },
  })
}

function logAnswers(server: Scene['server']): readonly string[] {
  const answered: string[] = []
  server.on('request', ({ method, url }, response) => {
    response.on('finish', () => answered.push(`${method} ${url} ${response.statusCode}`))
  })
  return answered
}

function mountSupport({ app, twoFactor }: TestApp): void {
  const answerError: ErrorRequestHandler = (error, _req, res, _next) => {
    const { status = 503, code } = error as Partial<TwoFactorError>
    res.status(status).json({ status, ...(code ? { code } : {}) })
  }
  app.post('/support/reset/:id', (req, res, next) => {
    const act = { actor: 'support', reason: 'lost phone' }
    twoFactor.admin.reset(req.params.id, act).then(() => res.status(204).end(), next)
  })
  app.use(answerError)
}

/** As after a while of service: what a server does late depends on whether it knows the script. */
async function loadScripts(redis: Redis | Cluster): Promise<void> {
  for (const { source } of SCRIPTS.values())
    await Promise.all(mastersOf(redis).map((node) => node.script('LOAD', source)))
}

async function listKeys(redis: Redis | Cluster, pattern: string): Promise<readonly string[]> {
  return (await Promise.all(mastersOf(redis).map((node) => node.keys(pattern)))).flat()
}

function mastersOf(redis: Redis | Cluster): readonly Redis[] {
  return redis instanceof Cluster ? redis.nodes('master') : [redis]
}
