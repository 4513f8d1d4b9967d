import { once } from 'node:events'
import Redis, { Cluster } from 'ioredis'
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster'
import type { Pace } from './pace'
import { clientOptions, endProcess, quiet, startAgain, until } from './redis-site'

/** Three masters on loopback, of which one can be killed. */
export interface ClusterSite {
  connect(pace: Pace): Promise<Cluster>
  /** Kills one master, and waits until the others have noticed. */
  killMaster(): Promise<void>
  reviveMaster(): Promise<void>
  stop(): Promise<void>
}

const NODE_TIMEOUT_MS = 600

export async function startClusterSite(): Promise<ClusterSite> {
  const kept = ['--appendonly', 'yes', '--appendfsync', 'always', '--cluster-node-timeout', String(NODE_TIMEOUT_MS)]
  const cluster: RedisCluster = await startRedisCluster(kept)
  const [first, ...others] = cluster.servers
  const observers = others.map(({ port }) => quiet(new Redis(port)))
  const clients: (Redis | Cluster)[] = [...observers]
  let child = first?.process as NonNullable<typeof first>['process']
  return {
    async connect(pace) {
      const nodes = cluster.servers.map(({ port }) => ({ host: '127.0.0.1', port }))
      const { enableOfflineQueue: _notHere, ...redisOptions } = clientOptions(pace)
      const client = quiet(new Cluster(nodes, { redisOptions, slotsRefreshTimeout: 5000 }))
      clients.push(client)
      await once(client, 'ready')
      return client
    },
    async killMaster() {
      await endProcess(child)
      await until('the cluster to be down', () => areAll(observers, 'fail'))
    },
    async reviveMaster() {
      child = startAgain(child)
      await until('the cluster to be whole', () => areAll(observers, 'ok'))
    },
    async stop() {
      for (const client of clients) client.disconnect()
      await endProcess(child)
      await cluster.stop()
    },
  }
}

async function areAll(nodes: readonly Redis[], state: 'ok' | 'fail'): Promise<boolean> {
  const infos = await Promise.all(nodes.map((node) => node.cluster('INFO')))
  return infos.every((info) => String(info).includes(`cluster_state:${state}`))
}
