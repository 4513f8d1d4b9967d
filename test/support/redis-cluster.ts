import { setTimeout as pause } from 'node:timers/promises'
import Redis, { Cluster } from 'ioredis'
import { freePort, type RedisServer, startRedis } from './redis-server'

export interface RedisCluster {
  servers: readonly RedisServer[]
  /** A client that knows all masters, ready. */
  connect(): Promise<Cluster>
  stop(): Promise<void>
}

const SLOTS = 16_384
const MASTERS = 3

/** Starts a real cluster of three masters on loopback, and waits until each of them serves all slots. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const servers = await Promise.all(Array.from({ length: MASTERS }, startMaster))
  const stop = async () => void (await Promise.all(servers.map((server) => server.stop())))
  try {
    await joinMasters(servers)
  } catch (error) {
    await stop()
    throw error
  }
  return { servers, connect: () => connectTo(servers), stop }
}

interface Master extends RedisServer {
  busPort: number
}

async function startMaster(): Promise<Master> {
  // Of our own choosing: the default, port + 10000, is beyond 65535 for many a free port.
  const busPort = await freePort()
  const server = await startRedis(['--cluster-enabled', 'yes', '--cluster-port', String(busPort)])
  return { ...server, busPort }
}

async function joinMasters(servers: readonly Master[]): Promise<void> {
  const clients = servers.map(({ port }) => new Redis({ port }))
  try {
    const [first] = clients as [Redis, ...Redis[]]
    for (const [at, client] of clients.entries()) {
      await client.cluster('SET-CONFIG-EPOCH', at + 1)
      await client.cluster('ADDSLOTSRANGE', firstSlot(at), firstSlot(at + 1) - 1)
    }
    for (const { port, busPort } of servers.slice(1)) await first.call('CLUSTER', 'MEET', '127.0.0.1', port, busPort)
    await Promise.all(clients.map(untilWhole))
  } finally {
    for (const client of clients) client.disconnect()
  }
}

function firstSlot(master: number): number {
  return Math.floor((SLOTS * master) / MASTERS)
}

async function untilWhole(client: Redis): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const info = String(await client.cluster('INFO'))
    if (info.includes('cluster_state:ok') && info.includes(`cluster_size:${MASTERS}`)) return
    await pause(50)
  }
  throw new Error('the Redis cluster did not become whole within 10 s')
}

async function connectTo(servers: readonly RedisServer[]): Promise<Cluster> {
  const cluster = clusterClient(servers.map(({ port }) => port))
  await cluster.connect()
  return cluster
}

/** A client that asks these servers for all masters; its first command connects it, and waits until it knows them. */
export function clusterClient(ports: readonly number[]): Cluster {
  const nodes = ports.map((port) => ({ host: '127.0.0.1', port }))
  const cluster = new Cluster(nodes, { lazyConnect: true, slotsRefreshTimeout: 5000 })
  cluster.on('error', () => {})
  return cluster
}
