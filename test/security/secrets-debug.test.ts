/**
 * Somebody turns on DEBUG in production, to see what is wrong, and sends the output to whom it may concern.
 * Hurt by it: who ran Vonage's SDK with it, which prints the private key, the tokens and the codes.
 * What must happen: what Express, the sessions and Redis then print of our work holds no secret. Ids of sessions it
 * does: express-session prints its own.
 */
import './secrets/debug-on'

import { once } from 'node:events'
import Redis from 'ioredis'
import { walkEverything } from './secrets/everything'
import { type House, openHouse } from './secrets/house'
import { tapOutput } from './secrets/wiretap'

describe('with DEBUG=*', () => {
  let house: House
  const tap = tapOutput()
  const redis = new Redis(process.env.TEST_REDIS_URL as string, { lazyConnect: true })

  beforeAll(async () => {
    house = await openHouse({ redis, prefix: 'debugged:' })
    await walkEverything(house, async () => {})
  }, 120_000)
  afterAll(async () => {
    await house?.stop()
    redis.disconnect()
    await once(redis, 'end')
    tap.stop()
  })

  it.each(['ioredis', 'express-session', 'body-parser', 'router'])('%s prints what it does', (name) => {
    expect(tap.heard.filter((line) => line.includes(name)).length).toBeGreaterThan(100)
  })

  it('and nothing of it is a secret', () => {
    expect(house.plants.findIn(tap.heard.join('\n'), ['session'])).toEqual([])
  })
})
