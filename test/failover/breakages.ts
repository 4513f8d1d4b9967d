import { setTimeout as pause } from 'node:timers/promises'
import Redis from 'ioredis'
import type { RedisCluster } from '../support/redis-cluster'
import type { RedisSentinel } from '../support/redis-sentinel'
import type { RedisServer } from '../support/redis-server'
import type { Breakage } from './drill'

const REVIVED_AFTER_MS = 4000
const STALLED_MS = 5000
/** Nobody listens there. */
const NOWHERE = 1

/** The master is killed; somebody starts it again, as a replica, some seconds later. */
export function killMaster(redis: RedisSentinel): Breakage {
  return breakMaster(redis, 'SIGKILL', async (master) => {
    await pause(REVIVED_AFTER_MS)
    await redis.revive(master)
  })
}

/** The master hangs, and comes back as a primary of the past, with commands that it has not run yet. */
export function stallMaster(redis: RedisSentinel): Breakage {
  return breakMaster(redis, 'SIGSTOP', async ({ process }) => {
    await pause(STALLED_MS)
    process.kill('SIGCONT')
  })
}

function breakMaster(
  redis: RedisSentinel,
  signal: NodeJS.Signals,
  mend: (master: RedisServer) => Promise<void>,
): Breakage {
  let mended: Promise<void> | undefined
  return {
    async strike() {
      const master = await redis.findMaster()
      master.process.kill(signal)
      mended = mend(master)
    },
    async settle() {
      await mended
      await redis.untilWhole()
    },
  }
}

/** The replicas lag when the master is killed: the one that is promoted lacks the last writes. */
export function killMasterAhead(redis: RedisSentinel): Breakage {
  return {
    ...killMaster(redis),
    async isolate() {
      for (const { port } of await redis.findReplicas()) await followNobody(port)
    },
  }
}

/** Takes a replica off its master, and leaves it a replica with what it has. */
export async function followNobody(port: number): Promise<void> {
  const replica = new Redis({ port })
  try {
    await replica.replicaof('127.0.0.1', NOWHERE)
  } finally {
    replica.disconnect()
  }
}

/** One of three masters is killed; its replica takes over by itself. */
export function killClusterMaster({ servers }: RedisCluster): Breakage {
  return { strike: async () => void servers[0]?.process.kill('SIGKILL'), settle: async () => {} }
}

/** One of three masters hangs until its replica has taken over, and comes back. */
export function stallClusterMaster({ servers }: RedisCluster): Breakage {
  return {
    strike: async () => void servers[0]?.process.kill('SIGSTOP'),
    async settle() {
      await pause(STALLED_MS)
      servers[0]?.process.kill('SIGCONT')
      await pause(STALLED_MS)
    },
  }
}
