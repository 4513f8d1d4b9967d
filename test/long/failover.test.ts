/**
 * I6, I7 under load: Redis fails over while people sign in, on real servers. No code of an app and no recovery code is
 * accepted twice, nothing opens without a factor, nothing hangs, every failure is a 503, and the service works again by
 * itself. What an asynchronous replica loses is counted and printed; docs/redis.md has the figures.
 */
import { MemoryStore } from 'express-session'
import { memoryAuthenticators } from 'express-two-factor/memory'
import { redisAuthenticators } from 'express-two-factor/redis'
import type { Redis } from 'ioredis'
import { killClusterMaster, killMaster, killMasterAhead, stallClusterMaster, stallMaster } from '../failover/breakages'
import { type Breakage, type DrillReport, runDrill } from '../failover/drill'
import { expectSafe, printReport } from '../failover/report'
import { type DrillService, openDrillService } from '../failover/service'
import { startRedisCluster } from '../support/redis-cluster'
import { type RedisSentinel, startRedisSentinel } from '../support/redis-sentinel'

const NONE = { totp: 0, sms: 0, 'recovery-code': 0 }
const DEADLINES = { commandTimeout: 1000, maxRetriesPerRequest: 1, autoResendUnfulfilledCommands: false } as const
const CLUSTER_CLIENT = { enableOfflineQueue: false, redisOptions: DEADLINES }

jest.setTimeout(180_000)

async function drill(service: DrillService, breakage: Breakage): Promise<DrillReport> {
  const report = await runDrill(service, breakage)
  printReport(expect.getState().currentTestName ?? '', report)
  expectSafe(report)
  return report
}

describe('Sentinel', () => {
  let redis: RedisSentinel
  beforeAll(async () => {
    redis = await startRedisSentinel()
  })
  afterAll(() => redis.stop())

  const connectBoth = async (words?: { socketTimeout?: number }): Promise<[Redis, Redis]> => [
    await redis.connect(words),
    await redis.connect(words),
  ]

  it.each([1, 2, 3])('the master is killed, round %d → no code twice, hard failures all counted', async () => {
    const service = await openDrillService(await connectBoth(), memoryAuthenticators())
    const { aftermath } = await drill(service, killMaster(redis))
    expect(aftermath.doubles).toEqual(NONE)
    expect(aftermath.hardFailuresLost).toBe(0)
  })

  it.each([1, 2])('the master hangs and comes back as an old primary, round %d → no code twice', async () => {
    const service = await openDrillService(await connectBoth(), memoryAuthenticators())
    const { aftermath } = await drill(service, stallMaster(redis))
    expect(aftermath.doubles).toEqual(NONE)
    expect(aftermath.hardFailuresLost).toBe(0)
  })

  it('the master hangs, clients without a socket timeout → no code twice, but what the old primary did is lost', async () => {
    const service = await openDrillService(await connectBoth({}), memoryAuthenticators())
    const { aftermath } = await drill(service, stallMaster(redis))
    expect(aftermath.doubles).toEqual(NONE)
    expect(aftermath.laterGrants.lost).toBeGreaterThan(0)
  })

  it('replicas lag by half a second → no code twice, though challenges and sessions are back', async () => {
    const service = await openDrillService(await connectBoth(), memoryAuthenticators())
    const { aftermath } = await drill(service, killMasterAhead(redis))
    expect(aftermath.doubles).toEqual(NONE)
    expect(aftermath.grants.lost).toBeGreaterThan(0)
    expect(aftermath.hardFailuresLost).toBe(0)
  })

  it('replicas lag, sessions are not on this Redis → no code twice at all', async () => {
    const service = await openDrillService(await connectBoth(), memoryAuthenticators(), new MemoryStore())
    const { aftermath } = await drill(service, killMasterAhead(redis))
    expect(aftermath.doubles).toEqual(NONE)
    expect(aftermath.grants.lost).toBeGreaterThan(0)
  })

  it('replicas lag, authenticators on this Redis as well → codes come back, as its documentation says', async () => {
    const clients = await connectBoth()
    const service = await openDrillService(clients, redisAuthenticators(clients[0]))
    const { aftermath } = await drill(service, killMasterAhead(redis))
    expect(aftermath.doubles.totp).toBeGreaterThan(0)
    expect(aftermath.doubles['recovery-code']).toBeGreaterThan(0)
  })
})

describe('Sentinel, a master that writes only with a replica (min-replicas-to-write 1)', () => {
  let redis: RedisSentinel
  beforeAll(async () => {
    redis = await startRedisSentinel(['--min-replicas-to-write', '1', '--min-replicas-max-lag', '2'])
  })
  afterAll(() => redis.stop())

  it('replicas are cut off, then the master is killed → no code twice: nothing was accepted meanwhile', async () => {
    const service = await openDrillService([await redis.connect(), await redis.connect()], memoryAuthenticators())
    const { aftermath } = await drill(service, killMasterAhead(redis))
    expect(aftermath.doubles).toEqual(NONE)
    expect(aftermath.grants.lost).toBe(0)
  })
})

describe('a cluster of three masters and three replicas', () => {
  it.each([
    ['is killed', killClusterMaster],
    ['hangs and comes back', stallClusterMaster],
  ])('a master %s → no code twice, hard failures all counted', async (_what, breakMaster) => {
    const redis = await startRedisCluster(['--cluster-node-timeout', '1500'], 1)
    const clients = [await redis.connect(CLUSTER_CLIENT), await redis.connect(CLUSTER_CLIENT)] as const
    try {
      const service = await openDrillService(clients, memoryAuthenticators())
      const { aftermath } = await drill(service, breakMaster(redis))
      expect(aftermath.doubles).toEqual(NONE)
      expect(aftermath.hardFailuresLost).toBe(0)
    } finally {
      for (const client of clients) client.disconnect()
      await redis.stop()
    }
  })
})
