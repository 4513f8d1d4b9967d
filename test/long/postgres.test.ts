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

    it('a step accepted while another connection accepts it → refused after the wait', async () => {
      await store.change('step', 0, { add: app('a') })
      const text = `UPDATE two_factor_authenticators SET last_step = 9 WHERE user_id = 'step'`
      expect(await callBehind(text, () => store.accept('step', 'a', { at: 1, step: 9 }))).toBe(false)
    })

    it('a recovery code claimed while another connection claims it → refused after the wait', async () => {
      await store.change('claim', 0, { recoveryCodes: ['h1', 'h2'] })
      const text = `UPDATE two_factor_recovery_codes SET used_at = 1 WHERE user_id = 'claim' AND hash = 'h1'`
      expect(await callBehind(text, () => store.claimRecoveryCode('claim', ['h1'], 2))).toBe(false)
    })

    it('a recovery code claimed while another connection replaces the set → refused after the wait', async () => {
      await store.change('set', 0, { recoveryCodes: ['h1', 'h2'] })
      const text = `DELETE FROM two_factor_recovery_codes WHERE user_id = 'set'`
      expect(await callBehind(text, () => store.claimRecoveryCode('set', ['h1'], 2))).toBe(false)
    })

    it('a failure counted while another connection counts one → both counted', async () => {
      await store.change('count', 0, { add: app('a') })
      const text = `UPDATE two_factor_authenticators SET failures = failures + 1 WHERE user_id = 'count'`
      expect(await callBehind(text, () => store.countFailure('count', 'a'))).toBe(2)
    })

    it('a change while another connection moves the version → refused after the wait, nothing of it done', async () => {
      await store.change('moved', 0, { add: app('a'), recoveryCodes: ['h1'] })
      const text = `UPDATE two_factor_users SET version = 2 WHERE user_id = 'moved'`
      const change = { remove: 'all', add: app('b'), recoveryCodes: [] } as const
      expect(await callBehind(text, () => store.change('moved', 1, change))).toBe(false)
      const { authenticators, recoveryCodes } = await store.load('moved')
      expect([authenticators, recoveryCodes.total]).toEqual([[app('a')], 1])
    })

    it('a first change while another connection makes one → refused after the wait', async () => {
      const text = `INSERT INTO two_factor_users (user_id, version) VALUES ('fresh', 1)`
      expect(await callBehind(text, () => store.change('fresh', 0, { add: app('b') }))).toBe(false)
      expect((await store.load('fresh')).authenticators).toEqual([])
    })

    it('a first change while another connection notes the first prompt → done after the wait', async () => {
      const text = `INSERT INTO two_factor_users (user_id, first_prompt_at) VALUES ('prompt', 7)`
      expect(await callBehind(text, () => store.change('prompt', 0, { add: app('b') }))).toBe(true)
      const { firstPromptAt, authenticators } = await store.load('prompt')
      expect([firstPromptAt, authenticators]).toEqual([7, [app('b')]])
    })

    it('all removed while another connection counts a failure → removed after the wait', async () => {
      await store.change('gone', 0, { add: app('a') })
      const text = `UPDATE two_factor_authenticators SET failures = 1 WHERE user_id = 'gone'`
      expect(await callBehind(text, () => store.change('gone', 1, { remove: 'all' }))).toBe(true)
      expect((await store.load('gone')).authenticators).toEqual([])
    })
  })

  /** Runs a statement on a connection of its own, calls, and commits once the call waits for its row. */
  async function callBehind<Result>(text: string, call: () => Promise<Result>): Promise<Result> {
    const holder = await pool.connect()
    try {
      await holder.query('BEGIN')
      await holder.query(text)
      const result = call()
      await untilWaiting()
      await holder.query('COMMIT')
      return await result
    } finally {
      holder.release()
    }
  }

  async function untilWaiting(): Promise<void> {
    const text = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`
    while ((await pool.query(text)).rows.length === 0) {}
  }
})
