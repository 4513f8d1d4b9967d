/** The same sequences with what is enrolled in PostgreSQL (embedded), and the rest in Redis. */
import { migrate } from 'express-two-factor/sql'
import { startPglite } from '../support/pglite'
import { openRedis } from '../support/security'
import { openOnSql } from './grounds'
import { playSequences } from './run'

const { query, stop } = startPglite()

beforeAll(() => migrate(query), 120_000)
afterAll(stop)

it('whatever is done in whatever order, what must not happen does not', async () => {
  const clients = [openRedis(), openRedis()] as const
  await playSequences(() => openOnSql(query, clients), { sequences: 6, steps: 30, limitMs: 30_000 })
}, 120_000)
