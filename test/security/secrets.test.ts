/**
 * The thief reads what a service lets out by itself: its logs, its events, its errors, its stores and their backups,
 * the answers and addresses that proxies and browsers keep, and what its provider of messages says back.
 * Hurt by it: Uber (2016: keys in a repository), Twilio and Authy (2024: numbers), and every service whose log of
 * failed requests held the codes of its users.
 * What must happen: everything that can be done is done with planted values, and nowhere is one found but where it is
 * shown, once, to whom it is for.
 */
import { randomBytes } from 'node:crypto'
import { migrate } from 'express-two-factor/sql'
import Redis from 'ioredis'
import { startPglite } from '../support/pglite'
import { dumpRedis, dumpSessions, dumpSql } from './secrets/dumps'
import { walkEverything } from './secrets/everything'
import { type Backing, type House, openHouse } from './secrets/house'
import { breakableQuery } from './secrets/misfortune'
import type { Kind } from './secrets/plants'
import { tapOutput } from './secrets/wiretap'

/** The only places where a secret is shown, by route and status; cookies are what they are for. */
const SHOWN: readonly (readonly [place: string, kind: Kind, why: string])[] = [
  ['POST /two-factor/authenticators 201', 'totp-secret', 'the QR code and key, when an app is begun'],
  ['POST /two-factor/authenticators/:id/confirm 401', 'totp-secret', 'the same page again, after a wrong first code'],
  ['POST /two-factor/authenticators/:id/confirm 201', 'recovery-code', 'the first set'],
  ['POST /two-factor/recovery-codes 201', 'recovery-code', 'a new set'],
  ['POST /two-factor/authenticators 422', 'phone', 'the form again, with the number that it was sent'],
]

const REDIS_URL = process.env.TEST_REDIS_URL as string
const embedded = startPglite()
const database = breakableQuery(embedded.query)

beforeAll(() => migrate(embedded.query), 120_000)
afterAll(embedded.stop)

const BACKINGS: readonly (readonly [string, () => Backing])[] = [
  ['memory and PostgreSQL', () => ({ prefix: '', database })],
  ['Redis and PostgreSQL', () => ({ redis: new Redis(REDIS_URL), prefix: newPrefix(), database })],
  ['Redis alone', () => ({ redis: new Redis(REDIS_URL), prefix: newPrefix() })],
]

function newPrefix(): string {
  return `s${randomBytes(6).toString('hex')}:`
}

describe.each(BACKINGS)('on %s', (_name, open) => {
  let house: House
  let printed: readonly string[]
  /** What each store held, at each station of the way. */
  const dumps: Record<'redis' | 'sql' | 'sessions', string[]> = { redis: [], sql: [], sessions: [] }

  async function dump(): Promise<void> {
    const { redis, prefix } = house.backing
    if (redis) dumps.redis.push(await dumpRedis(redis, prefix))
    if (house.backing.database) dumps.sql.push(await dumpSql(embedded.query))
    dumps.sessions.push(dumpSessions(house.sessions))
  }

  beforeAll(async () => {
    const tap = tapOutput()
    house = await openHouse(open())
    try {
      await walkEverything(house, dump)
    } finally {
      tap.stop()
      printed = tap.heard
      database.mend()
    }
  }, 120_000)
  afterAll(async () => {
    house?.backing.redis?.disconnect()
    await house?.stop()
  })

  it('the way led everywhere, and every kind was planted', () => {
    const places = house.answers.map(({ place }) => place)
    expect(places).toEqual(expect.arrayContaining(SHOWN.map(([place]) => place)))
    const statuses = new Set(places.map((place) => Number(place.split(' ').at(-1))))
    expect([...statuses].sort()).toEqual([200, 201, 202, 204, 303, 400, 401, 403, 404, 409, 422, 429, 502, 503])
    const kinds: Kind[] = ['totp-secret', 'code', 'recovery-code', 'phone', 'device-token', 'session', 'key', 'vonage']
    expect(kinds.filter((kind) => house.plants.count(kind) === 0)).toEqual([])
  })

  it('nothing that is printed holds any', () => {
    expect(house.plants.findIn(printed.join('\n'))).toEqual([])
  })

  it('no event holds any', () => {
    expect(house.events.length).toBeGreaterThan(50)
    expect(house.plants.findIn(house.events.join('\n'))).toEqual([])
  })

  it('no error holds any, whatever it is made to say', () => {
    expect(house.errors.length).toBeGreaterThan(5)
    expect(house.plants.findIn(house.errors.join('\n'))).toEqual([])
  })

  it('no key, value or row of a store holds any but the handle of a session', () => {
    expect(house.plants.findIn(dumps.redis.join('\n'), ['session'])).toEqual([])
    expect(house.plants.findIn(dumps.sql.join('\n'))).toEqual([])
    expect(house.plants.findIn(dumps.sessions.join('\n'), ['session'])).toEqual([])
  })

  it('no answer holds any, its headers and pages included, but where it is shown once', () => {
    for (const { place, rest } of house.answers) {
      const shown = SHOWN.filter(([where]) => where === place).map(([, kind]) => kind)
      expect({ place, found: house.plants.findIn(rest, shown) }).toEqual({ place, found: [] })
    }
  })

  it('each place that shows one does, so that none is on the list for nothing', () => {
    for (const [where, kind] of SHOWN) {
      const told = house.answers.filter(({ place }) => place === where).map(({ rest }) => rest)
      const found = house.plants.findIn(told.join('\n')).map((name) => name.replace(/ \d+$/, ''))
      expect({ where, kinds: [...new Set(found)] }).toEqual({ where, kinds: [kind] })
    }
  })

  it('no cookie holds any but the session’s own id and the device’s own token', () => {
    for (const { place, cookies } of house.answers) {
      expect({ place, found: house.plants.findIn(cookies, ['session', 'device-token']) }).toEqual({ place, found: [] })
    }
  })

  it('no address that is asked, of us or of Vonage, holds any', () => {
    expect(house.plants.findIn(house.addresses())).toEqual([])
    const locations = house.answers.flatMap(({ rest }) => /"location":"[^"]*"/.exec(rest) ?? [])
    expect(locations.length).toBeGreaterThan(5)
    expect(house.plants.findIn(locations.join('\n'))).toEqual([])
  })
})
