import { Pool } from 'pg'
import { migrate, type Query, sqlAuthenticators } from '../../lib/adapters/sql'
import type { Authenticator, AuthenticatorStore } from '../../lib/ports'
import { authenticatorsContract } from '../../lib/testing/contracts/authenticators'
import { startPostgres } from '../support/postgres-server'

const ROUNDS = 40

function app(id: string): Authenticator {
  const described = { id, factor: 'totp', label: 'Phone', sealed: 's', preferredMethod: 'totp' } as const
  return { ...described, createdAt: 1, lastStep: -1, failures: 0 }
}

describe('authenticators in a PostgreSQL server, ten connections at once', () => {
  let server: Awaited<ReturnType<typeof startPostgres>>
  let pool: Pool
  const query: Query = (text, params) => pool.query(text, params)

  beforeAll(async () => {
    server = await startPostgres()
    pool = new Pool({ ...server.connection, max: 10 })
  }, 60_000)
  afterAll(async () => {
    await pool.end()
    await server.stop()
  })

  it('ten processes start together → all migrate', async () => {
    await Promise.all(Array.from({ length: 10 }, () => migrate(query)))
  })

  authenticatorsContract({ describe, it }, async () => ({ store: sqlAuthenticators(query), stop: async () => {} }))

  describe('races between true connections', () => {
    const store: AuthenticatorStore = sqlAuthenticators(query, { timeoutMs: 10_000 })

    it('changes, failures, right codes, names and prompts of one user at once → all whole, nothing deadlocks', async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const userId = `mixed-${round}`
        await store.change(userId, 0, { add: app('a'), recoveryCodes: ['o0', 'o1', 'o2'] })
        const changes = Array.from({ length: 5 }, (_, at) =>
          store.change(userId, 1, { remove: 'all', add: app(`n${at}`), recoveryCodes: [`n${at}`, `m${at}`] }),
        )
        const uses = Array.from({ length: 5 }, (_, at) => [
          store.countFailure(userId, 'a'),
          store.accept(userId, 'a', { at, step: at }),
          store.claimRecoveryCode(userId, [`o${at}`], at),
          store.describe(userId, 'a', { label: `${at}` }),
          store.markPrompted(userId, at),
        ])
        await Promise.all(uses.flat())
        const won = (await Promise.all(changes)).flatMap((done, at) => (done ? [at] : []))
        expect(won).toHaveLength(1)
        const { version, authenticators, recoveryCodes } = await store.load(userId)
        expect({ version, authenticators, recoveryCodes }).toEqual({
          version: 2,
          authenticators: [app(`n${won[0]}`)],
          recoveryCodes: { remaining: 2, total: 2 },
        })
      }
    })

    it('one change after another while others read → no reader ever sees half of one', async () => {
      let isOver = false
      const readers = Array.from({ length: 6 }, async () => {
        while (!isOver) {
          const { version, authenticators, recoveryCodes } = await store.load('read')
          if (version === 0) continue
          expect(authenticators.map(({ id }) => id)).toEqual([`v${version}`])
          expect(recoveryCodes.total).toBe((version % 3) + 1)
        }
      })
      for (let version = 0; version < ROUNDS; version += 1) {
        const recoveryCodes = Array.from({ length: ((version + 1) % 3) + 1 }, (_, at) => `c${version}-${at}`)
        await store.change('read', version, { remove: 'all', add: app(`v${version + 1}`), recoveryCodes })
      }
      isOver = true
      await Promise.all(readers)
    })

    it('many writers read and change until they succeed → as many changes as writers', async () => {
      const writers = Array.from({ length: 20 }, async (_, at) => {
        while (!(await store.change('busy', (await store.load('busy')).version, { add: app(`w${at}`) }))) {}
      })
      await Promise.all(writers)
      const { version, authenticators } = await store.load('busy')
      expect([version, authenticators.length]).toEqual([20, 20])
    })

    it('a user’s row is locked by another connection → the call ends at its deadline', async () => {
      await store.change('held', 0, { add: app('a') })
      const holder = await pool.connect()
      try {
        await holder.query('BEGIN')
        await holder.query(`SELECT 1 FROM two_factor_users WHERE user_id = 'held' FOR UPDATE`)
        const hurried = sqlAuthenticators(query, { timeoutMs: 100 })
        await expect(hurried.change('held', 1, { remove: 'all' })).rejects.toMatchObject({
          code: 'ERR_TFA_STORE_UNAVAILABLE',
        })
      } finally {
        await holder.query('ROLLBACK')
        holder.release()
      }
    })

    it('a code accepted while another connection holds its row with a later step → refused after the wait', async () => {
      await store.change('wait', 0, { add: app('a') })
      const holder = await pool.connect()
      try {
        await holder.query('BEGIN')
        await holder.query(`UPDATE two_factor_authenticators SET last_step = 9 WHERE user_id = 'wait'`)
        const accepted = store.accept('wait', 'a', { at: 1, step: 9 })
        await untilWaiting()
        await holder.query('COMMIT')
        expect(await accepted).toBe(false)
      } finally {
        holder.release()
      }
    })
  })

  async function untilWaiting(): Promise<void> {
    const text = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`
    while ((await pool.query(text)).rows.length === 0) {}
  }
})
