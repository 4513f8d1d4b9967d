/** I7. One fail-over under load, as Sentinel makes it; `npm run test:failover` has the others, and their figures. */
import { memoryAuthenticators } from 'express-two-factor/memory'
import { type RedisSentinel, startRedisSentinel } from '../support/redis-sentinel'
import { killMaster } from './breakages'
import { runDrill } from './drill'
import { expectSafe } from './report'
import { openDrillService } from './service'

let redis: RedisSentinel
beforeAll(async () => {
  redis = await startRedisSentinel()
}, 60_000)
afterAll(() => redis.stop())

it('the master is killed while people sign in → 503, then it works by itself, and no code is accepted twice', async () => {
  const service = await openDrillService([await redis.connect(), await redis.connect()], memoryAuthenticators())
  const report = await runDrill(service, killMaster(redis))
  expectSafe(report)
  expect(report.aftermath.doubles).toEqual({ totp: 0, sms: 0, 'recovery-code': 0 })
  expect(report.aftermath.hardFailuresLost).toBe(0)
}, 180_000)
