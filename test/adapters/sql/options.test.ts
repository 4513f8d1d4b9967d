import { migrate, migration, type Query, sqlAuthenticators } from '../../../lib/adapters/sql'

const query: Query = async () => ({ rows: [] })

describe('options of the SQL adapter', () => {
  it.each(['', 'a b', 'a"b', 'a.b', '1a', 'é', 'a;--', 'a\n', 'x'.repeat(64)])(
    'schema %j → refused at start, and by the migration',
    async (schema) => {
      expect(() => sqlAuthenticators(query, { schema })).toThrow(expect.objectContaining({ code: 'ERR_TFA_CONFIG' }))
      await expect(migrate(query, { schema })).rejects.toMatchObject({ code: 'ERR_TFA_CONFIG' })
    },
  )

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('timeoutMs %p → refused at start', (timeoutMs) => {
    expect(() => sqlAuthenticators(query, { timeoutMs })).toThrow(/ERR_TFA_CONFIG: timeoutMs/)
  })

  it('an option that does not exist → refused at start, by its name', () => {
    const options = { timeout: 5 } as object
    expect(() => sqlAuthenticators(query, options)).toThrow(/ERR_TFA_CONFIG: there is no option timeout/)
  })

  it('a pool in the place of the query → refused at start', () => {
    const pool = { query } as unknown as Query
    expect(() => sqlAuthenticators(pool)).toThrow(/ERR_TFA_CONFIG: query must be a function/)
  })

  it('a schema → every statement names its tables there, and no other', async () => {
    const texts: string[] = []
    const store = sqlAuthenticators(
      async (text) => {
        texts.push(text)
        return { rows: [] }
      },
      { schema: 'Acme' },
    )
    await store.load('u')
    await store.change('u', 0, { remove: 'all' })
    await store.accept('u', 'a', { at: 1 })
    await store.claimRecoveryCode('u', ['h'], 1)
    await store.countFailure('u', 'a')
    await store.describe('u', 'a', {})
    await store.markPrompted('u', 1)
    expect(texts).toHaveLength(7)
    for (const text of texts)
      expect(text.match(/two_factor_/g)?.length).toBe(text.match(/"Acme"\.two_factor_/g)?.length)
  })

  it('no schema → the migration names the tables bare, for the search path to place', () => {
    expect(migration).toContain('CREATE TABLE IF NOT EXISTS two_factor_users')
    expect(migration).not.toMatch(/"\s*\./)
  })
})
