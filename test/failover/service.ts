import { RedisStore } from 'connect-redis'
import type { ErrorRequestHandler } from 'express'
import type session from 'express-session'
import type { AuthenticatorStore } from 'express-two-factor'
import { redisStore } from 'express-two-factor/redis'
import { movableClock, virtualPhone } from 'express-two-factor/testing'
import type { Cluster, Redis } from 'ioredis'
import type { Store } from '../../lib/ports'
import { listen, openBareApp, portOf } from '../support/security'

/** One service: two instances, each with a client of its own, and sessions on the same Redis, as most apps have it. */
export interface DrillService {
  ports: readonly [number, number]
  store: Store
  authenticators: AuthenticatorStore
  /** The code that was sent to a number last. */
  codeFor(phone: string): string
  /** Failures that the durable store counted, by user. */
  hardFailures: ReadonlyMap<string, number>
}

/**
 * @param clients - one per instance
 * @param authenticators - the durable store that both instances share
 * @param elsewhere - where sessions are kept, when not on the same Redis
 */
export async function openDrillService(
  clients: readonly [Redis | Cluster, Redis | Cluster],
  authenticators: AuthenticatorStore,
  elsewhere?: session.Store,
): Promise<DrillService> {
  const phone = virtualPhone()
  const newest = new Map<string, string>()
  phone.on('message', ({ to, code }) => newest.set(to, code))
  const { counting, hardFailures } = countFailures(authenticators)
  const clock = movableClock()
  const stores = clients.map((client) => redisStore(client, { clock }))
  const ports = clients.map(async (client, at) => {
    const { app } = openBareApp(
      { store: stores[at] as Store, authenticators: counting, clock },
      {
        sessions: elsewhere ?? new RedisStore({ client, prefix: 'sess:' }),
        twoFactor: { channels: phone.channels, countries: ['FR'] },
        routes: (below) => below.use(answerUnavailable),
      },
    )
    return portOf(await listen(app))
  })
  return {
    ports: (await Promise.all(ports)) as [number, number],
    store: stores[0] as Store,
    authenticators,
    codeFor: (to) => newest.get(to) ?? '',
    hardFailures,
  }
}

/** What the documentation asks of an app whose session store fails; it may fail behind an answer that has gone. */
const answerUnavailable: ErrorRequestHandler = (_error, _req, res, _next) => {
  if (!res.headersSent) res.status(503).json({ code: 'ERR_APP_SESSIONS' })
}

function countFailures(store: AuthenticatorStore) {
  const hardFailures = new Map<string, number>()
  const counting: AuthenticatorStore = {
    ...store,
    async countFailure(userId, id) {
      const failures = await store.countFailure(userId, id)
      hardFailures.set(userId, failures)
      return failures
    },
  }
  return { counting, hardFailures }
}
