import { setTimeout as pause } from 'node:timers/promises'
import Redis, { Cluster } from 'ioredis'
import { freePort, type RedisServer, startRedis } from './redis-server'

export interface RedisCluster {
  servers: readonly RedisServer[]
  /** A client that knows all masters, ready. */
  connect(options?: ClientDeadlines): Promise<Cluster>
  stop(): Promise<void>
}

/** What docs/redis.md asks of a client, in a cluster's words. */
export interface ClientDeadlines {
  enableOfflineQueue?: boolean
  redisOptions?: { commandTimeout: number; maxRetriesPerRequest: number; autoResendUnfulfilledCommands: false }
}

const SLOTS = 16_384
const MASTERS = 3

/**
 * Starts a real cluster of three masters on loopback, and waits until each of them serves all slots.
 * @param args - of every server
 * @param replicas - of each master: with one, the cluster outlives a master
 */
export async function startRedisCluster(args: readonly string[] = [], replicas: 0 | 1 = 0): Promise<RedisCluster> {
  const nodes = await Promise.all(Array.from({ length: MASTERS * (1 + replicas) }, () => startNode(args)))
  const stop = async () => void (await Promise.all(nodes.map((server) => server.stop())))
  try {
    await joinMasters(nodes.slice(0, MASTERS))
    await followMasters(nodes)
  } catch (error) {
    await stop()
    throw error
  }
  return { servers: nodes, connect: (options) => connectTo(nodes, options), stop }
}

interface Node extends RedisServer {
  busPort: number
}

async function startNode(args: readonly string[]): Promise<Node> {
  // Of our own choosing: the default, port + 10000, is beyond 65535 for many a free port.
  const busPort = await freePort()
  const own = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--repl-diskless-sync-delay', '0']
  const server = await startRedis([...own, ...args])
  return { ...server, busPort }
}

/** The nodes beyond the masters follow one master each, and are waited for until they are in step. */
async function followMasters(nodes: readonly Node[]): Promise<void> {
  const clients = nodes.map(({ port }) => new Redis({ port }))
  try {
    for (const [at, client] of clients.entries()) {
      if (at < MASTERS) continue
      const { port, busPort } = nodes[at - MASTERS] as Node
      const masterId = String(await (clients[at - MASTERS] as Redis).cluster('MYID'))
      await client.call('CLUSTER', 'MEET', '127.0.0.1', port, busPort)
      await until(async () => String(await client.cluster('NODES')).includes(masterId))
      await client.cluster('REPLICATE', masterId)
      await until(async () => (await client.info('replication')).includes('master_link_status:up'))
    }
    await Promise.all(
      clients.map((client) =>
        until(async () => String(await client.cluster('INFO')).includes(`cluster_known_nodes:${nodes.length}`)),
      ),
    )
  } finally {
    for (const client of clients) client.disconnect()
  }
}

async function joinMasters(servers: readonly Node[]): Promise<void> {
  const clients = servers.map(({ port }) => new Redis({ port }))
  try {
    const [first] = clients as [Redis, ...Redis[]]
    for (const [at, client] of clients.entries()) {
      await client.cluster('SET-CONFIG-EPOCH', at + 1)
      await client.cluster('ADDSLOTSRANGE', firstSlot(at), firstSlot(at + 1) - 1)
    }
    for (const { port, busPort } of servers.slice(1)) await first.call('CLUSTER', 'MEET', '127.0.0.1', port, busPort)
    await Promise.all(clients.map((client) => until(() => isWhole(client))))
  } finally {
    for (const client of clients) client.disconnect()
  }
}

function firstSlot(master: number): number {
  return Math.floor((SLOTS * master) / MASTERS)
}

async function isWhole(client: Redis): Promise<boolean> {
  const info = String(await client.cluster('INFO'))
  return info.includes('cluster_state:ok') && info.includes(`cluster_size:${MASTERS}`)
}

async function until(isReached: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await isReached()) return
    await pause(50)
  }
  throw new Error('the Redis cluster did not become whole within 10 s')
}

async function connectTo(servers: readonly RedisServer[], options?: ClientDeadlines): Promise<Cluster> {
  const cluster = clusterClient(
    servers.map(({ port }) => port),
    options,
  )
  await cluster.connect()
  return cluster
}

/** A client that asks these servers for all masters; its first command connects it, and waits until it knows them. */
export function clusterClient(ports: readonly number[], options: ClientDeadlines = {}): Cluster {
  const nodes = ports.map((port) => ({ host: '127.0.0.1', port }))
  const cluster = new Cluster(nodes, { slotsRefreshTimeout: 5000, ...options, lazyConnect: true })
  cluster.on('error', () => {})
  return cluster
}
