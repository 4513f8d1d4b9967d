import type { AuthenticatorStore, Channel, Store } from 'express-two-factor'
import type { StandInFault } from 'express-two-factor/testing'
import type { ClusterSite } from './cluster-site'
import type { DurableFault } from './durable-site'
import { type RedisSite, until, untilAnswering } from './redis-site'
import type { Scene } from './scene'

/** Which Redis a fault is about, and how the service's client reaches it. */
export type Place = 'redis' | 'behind a proxy' | 'cluster'

/** What a fault can reach for. */
export interface Sites {
  redis: RedisSite
  cluster(): Promise<ClusterSite>
}

type Call = Extract<keyof (Store & AuthenticatorStore & Channel), string>
type Instant = `${'before' | 'after'} ${Call}`

/** One way in which the world fails. */
export interface Fault {
  place: Place
  /** Before all users act at once, before each of them, or in the middle: `before` or `after` this call of a store or channel. */
  strikes: 'all' | 'each' | Instant
  inject(sites: Sites, scene: Scene): Promise<void>
  lift(sites: Sites, scene: Scene): Promise<void>
}

interface Part {
  inject: Fault['inject']
  lift: Fault['lift']
}

const redisDown: Part = {
  inject: ({ redis }) => redis.kill(),
  lift: ({ redis }) => redis.revive(),
}

const redisStalled: Part = {
  inject: async ({ redis }) => redis.freeze(),
  lift: async ({ redis }) => redis.thaw(),
}

/** A setting of the server under which it refuses commands. */
function setting(name: string, broken: string, whole: string): Part {
  return {
    inject: async ({ redis }) => void (await redis.admin.config('SET', name, broken)),
    lift: async ({ redis }) => void (await redis.admin.config('SET', name, whole)),
  }
}

/** Following a master that is not there: it keeps what it has, and takes no writes. */
const redisReadOnly: Part = {
  inject: async ({ redis }) => void (await redis.admin.replicaof('127.0.0.1', 1)),
  lift: async ({ redis }) => void (await redis.admin.replicaof('NO', 'ONE')),
}

const redisLoading: Part = {
  inject: ({ redis }) => redis.beginLoading(),
  lift: ({ redis }) => redis.endLoading(),
}

const scriptsFlushed: Part = {
  inject: async ({ redis }) => void (await redis.admin.script('FLUSH')),
  lift: async () => {},
}

/** A server without persistence that was started again. */
const everythingLost: Part = {
  inject: async ({ redis }) => void (await redis.admin.flushall()),
  lift: async () => {},
}

const clusterDown: Part = {
  inject: async ({ cluster }) => (await cluster()).killMaster(),
  lift: async ({ cluster }) => (await cluster()).reviveMaster(),
}

function cut(bytes: number, times?: number): Part {
  return {
    inject: async ({ redis }) => redis.proxy.cutRepliesAfter(bytes, times),
    lift: ({ redis }) => redis.proxy.pass(),
  }
}

function durable(fault: DurableFault): Part {
  return { inject: (_sites, scene) => scene.durable.inject(fault), lift: (_sites, scene) => scene.durable.lift() }
}

function vonage(fault: StandInFault | 'refused'): Part {
  return { inject: (_sites, scene) => scene.vonage.inject(fault), lift: (_sites, scene) => scene.vonage.lift() }
}

/** Reading fails, as with express-session's store on a Redis that is down. */
const sessionsDown: Part = {
  inject: async (_sites, { service }) =>
    void Object.assign(service.sessions, {
      get: (_id: string, done: (error: unknown) => void) => done(new Error('the session store is down')),
    }),
  lift: async (_sites, { service }) => void Reflect.deleteProperty(service.sessions, 'get'),
}

/** Reading works and writing does not, as on a Redis without memory left. */
const sessionsReadOnly: Part = {
  inject: async (_sites, { service }) =>
    void Object.assign(service.sessions, {
      set: (_id: string, _data: unknown, done: (error: unknown) => void) => done(new Error('OOM')),
    }),
  lift: async (_sites, { service }) => void Reflect.deleteProperty(service.sessions, 'set'),
}

function both(one: Part, other: Part): Part {
  return {
    inject: async (sites, scene) => void (await Promise.all([one.inject(sites, scene), other.inject(sites, scene)])),
    lift: async (sites, scene) => void (await Promise.all([one.lift(sites, scene), other.lift(sites, scene)])),
  }
}

function on(place: Place, { inject, lift }: Part, strikes: Fault['strikes'] = 'all'): Fault {
  const healed: Fault['lift'] = async (sites, scene) => {
    await lift(sites, scene)
    await untilAnswering(scene.redis)
    await until('the database to answer', async () => (await scene.durable.query('SELECT 1', [])).rows.length === 1)
  }
  return { place, strikes, inject, lift: healed }
}

/** Every row of the matrix. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  'Redis is down': on('redis', redisDown),
  'Redis stands still': on('redis', redisStalled),
  'Redis is out of memory (`OOM`)': on('redis', setting('maxmemory', '1', '0')),
  'Redis is a replica (`READONLY`)': on('redis', redisReadOnly),
  'Redis is starting (`LOADING`)': on('redis', redisLoading),
  'Redis misses its replicas (`NOREPLICAS`)': on('redis', setting('min-replicas-to-write', '1', '0')),
  'One master of a cluster is gone (`CLUSTERDOWN`)': on('cluster', clusterDown),
  'Redis has forgotten the scripts': on('redis', scriptsFlushed),
  'Redis has forgotten everything': on('redis', everythingLost),
  'The connection to Redis is cut, once, before a reply': on('behind a proxy', cut(0, 1), 'each'),
  'The connection to Redis is cut, once, within a reply': on('behind a proxy', cut(3, 1), 'each'),
  'Each connection to Redis is cut within a reply': on('behind a proxy', cut(3)),
  'PostgreSQL is down': on('redis', durable('down')),
  'PostgreSQL stands still': on('redis', durable('stalled')),
  'PostgreSQL refuses writes (deadlock)': on('redis', durable('deadlock')),
  'PostgreSQL refuses writes (serialisation)': on('redis', durable('serialisation')),
  'Vonage refuses connections': on('redis', vonage('refused')),
  'Vonage cuts the connection': on('redis', vonage('reset')),
  'Vonage does not answer': on('redis', vonage('hang')),
  'Vonage answers 401': on('redis', vonage({ status: 401 })),
  'Vonage answers 402': on('redis', vonage({ status: 402 })),
  'Vonage answers 429': on('redis', vonage({ status: 429, retryAfterSeconds: 30 })),
  'Vonage answers 500': on('redis', vonage({ status: 500 })),
  'Vonage answers 503': on('redis', vonage({ status: 503 })),
  'Vonage takes the message, and its answer is lost': on('redis', vonage('accepted-then-lost')),
  'The session store is down': on('redis', sessionsDown),
  'The session store takes no writes': on('redis', sessionsReadOnly),
  'Redis and PostgreSQL are down': on('redis', both(redisDown, durable('down'))),
  'Redis is out of memory, Vonage answers 429': on(
    'redis',
    both(setting('maxmemory', '1', '0'), vonage({ status: 429 })),
  ),
  'PostgreSQL stands still, Vonage does not answer': on('redis', both(durable('stalled'), vonage('hang'))),
  'Redis stands still once the challenge is stored, Vonage does not answer': on(
    'redis',
    both(redisStalled, vonage('hang')),
    'before send',
  ),
  'Redis goes down once the challenge is stored': on('redis', redisDown, 'before send'),
  'Redis goes down once the code is accepted': on('redis', redisDown, 'after accept'),
  'Redis stands still once the code is accepted': on('redis', redisStalled, 'after accept'),
  'The connection to Redis is cut as the code is accepted': on('behind a proxy', cut(0, 1), 'before consumeChallenge'),
  'The connection to Redis is cut as the challenge is stored': on('behind a proxy', cut(0, 1), 'before putChallenge'),
  'The connection to Redis is cut as a grant is used': on('behind a proxy', cut(0, 1), 'before replaceGrant'),
  'Redis goes down once the factors are changed': on('redis', redisDown, 'after change'),
  'PostgreSQL goes down once the attempt is counted': on('redis', durable('down'), 'after takeAttempt'),
  'PostgreSQL goes down once sessions are revoked': on('redis', durable('down'), 'after revoke'),
  'PostgreSQL stands still once sessions are revoked': on('redis', durable('stalled'), 'after revoke'),
  'PostgreSQL goes down once the device is recognised': on('redis', durable('down'), 'after recogniseDevice'),
}
