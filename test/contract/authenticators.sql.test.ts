import { migrate, sqlAuthenticators } from '../../lib/adapters/sql'
import { authenticatorsContract } from '../../lib/testing/contracts/authenticators'
import { startPglite } from '../support/pglite'

describe('authenticators in PostgreSQL, embedded', () => {
  const { query, stop } = startPglite()

  beforeAll(() => migrate(query), 60_000)
  afterAll(stop)

  authenticatorsContract({ describe, it }, async () => ({ store: sqlAuthenticators(query), stop: async () => {} }))
})
