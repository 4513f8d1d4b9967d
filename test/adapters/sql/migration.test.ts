import { migrate, migration, sqlAuthenticators } from '../../../lib/adapters/sql'
import type { Authenticator } from '../../../lib/ports'
import { startPglite } from '../../support/pglite'

const APP: Authenticator = {
  id: 'a',
  factor: 'totp',
  label: 'Phone',
  sealed: 's',
  preferredMethod: 'totp',
  createdAt: 1,
  lastStep: -1,
  failures: 0,
}

describe('the tables', () => {
  const { query, stop } = startPglite()
  beforeAll(() => query('SELECT 1', []), 60_000)
  afterAll(stop)

  async function columnOf(text: string): Promise<unknown> {
    const { rows } = await query(text, [])
    return rows[0]?.value
  }

  it('no tables yet → a call says what to run', async () => {
    await expect(sqlAuthenticators(query).load('u')).rejects.toMatchObject({
      code: 'ERR_TFA_STORE_UNAVAILABLE',
      message: expect.stringContaining('migrate(query)'),
    })
  })

  it('migrated twice, by text and by function → what was stored stays', async () => {
    await query(migration, [])
    const store = sqlAuthenticators(query)
    await store.change('kept', 0, { add: APP })
    await migrate(query)
    expect((await store.load('kept')).authenticators).toEqual([APP])
  })

  it('two schemas → two services that share nothing', async () => {
    for (const schema of ['acme', 'Other']) {
      await query(`CREATE SCHEMA "${schema}"`, [])
      await migrate(query, { schema })
    }
    const acme = sqlAuthenticators(query, { schema: 'acme' })
    const other = sqlAuthenticators(query, { schema: 'Other' })
    expect(await acme.change('u', 0, { add: APP, recoveryCodes: ['h'] })).toBe(true)
    expect((await other.load('u')).version).toBe(0)
    expect(await other.claimRecoveryCode('u', ['h'], 1)).toBe(false)
  })

  it('a person reads the tables → user ids, comments and times are there to be read', async () => {
    await sqlAuthenticators(query).markPrompted('user-42', 1_768_469_400_000)
    const text = `SELECT first_prompt_at::text AS value FROM two_factor_users WHERE user_id = 'user-42'`
    expect(await columnOf(text)).toBe('1768469400000')
    const comment = `SELECT obj_description('two_factor_users'::regclass) AS value`
    expect(await columnOf(comment)).toContain('epoch milliseconds')
  })

  it('an app deletes a user by hand → authenticators and codes go with the row', async () => {
    const store = sqlAuthenticators(query)
    await store.change('leaver', 0, { add: APP, recoveryCodes: ['h'] })
    await query(`DELETE FROM two_factor_users WHERE user_id = 'leaver'`, [])
    expect(await store.claimRecoveryCode('leaver', ['h'], 1)).toBe(false)
    expect(await store.countFailure('leaver', 'a')).toBe(0)
    expect((await store.load('leaver')).version).toBe(0)
  })

  it('a value that no code of ours writes → refused by the table', async () => {
    const insert = `INSERT INTO two_factor_authenticators
      (user_id, id, factor, label, sealed, preferred_method, created_at) VALUES ('kept', 'x', 'email', '', '', 'sms', 1)`
    await expect(query(insert, [])).rejects.toMatchObject({ code: '23514' })
  })

  it('a label with a NUL, which PostgreSQL text cannot hold → kept with a replacement character', async () => {
    const store = sqlAuthenticators(query)
    await store.change('nul', 0, { add: { ...APP, label: 'a\0b' } })
    expect((await store.load('nul')).authenticators[0]?.label).toBe('a\ufffdb')
    await store.describe('nul', 'a', { label: 'c\0d' })
    expect((await store.load('nul')).authenticators[0]?.label).toBe('c\ufffdd')
  })

  it('recovery codes renewed with one of the old set → unused again, counted once', async () => {
    const store = sqlAuthenticators(query)
    await store.change('codes', 0, { recoveryCodes: ['h1', 'h2'] })
    await store.claimRecoveryCode('codes', ['h1'], 1)
    expect(await store.change('codes', 1, { recoveryCodes: ['h1', 'h3', 'h3'] })).toBe(true)
    expect((await store.load('codes')).recoveryCodes).toEqual({ remaining: 2, total: 2 })
    expect(await store.claimRecoveryCode('codes', ['h2'], 1)).toBe(false)
  })
})
