import { inspect } from 'node:util'
import { type Query, sqlAuthenticators } from '../../../lib/adapters/sql'
import { TwoFactorError } from '../../../lib/errors'
import type { AuthenticatorStore } from '../../../lib/ports'

const SECRET = 'sealed-secret-of-the-user'

const CALLS: Readonly<Record<string, (store: AuthenticatorStore) => Promise<unknown>>> = {
  load: (store) => store.load('u'),
  change: (store) => store.change('u', 0, { recoveryCodes: [SECRET] }),
  accept: (store) => store.accept('u', 'a', { at: 1, sealed: SECRET }),
  claimRecoveryCode: (store) => store.claimRecoveryCode('u', [SECRET], 1),
  countFailure: (store) => store.countFailure('u', 'a'),
  describe: (store) => store.describe('u', 'a', { label: SECRET }),
  markPrompted: (store) => store.markPrompted('u', 1),
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** As pg's: with the parameters, and with the row in its detail. */
function databaseError(code?: unknown): Error {
  return Object.assign(new Error(`failed for ${SECRET}`), { code, detail: SECRET, parameters: [SECRET] })
}

describe.each(Object.entries(CALLS))('a database that fails during %s', (_, call) => {
  it('it rejects → store unavailable, with the code and none of the values', async () => {
    const store = sqlAuthenticators(async () => Promise.reject(databaseError('57P01')))
    const error = await failureOf(call(store))
    expect(error).toBeInstanceOf(TwoFactorError)
    expect(error).toMatchObject({ code: 'ERR_TFA_STORE_UNAVAILABLE', message: expect.stringContaining('57P01') })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(SECRET)
  })

  it('it never answers → store unavailable within the deadline', async () => {
    const store = sqlAuthenticators(() => new Promise(() => {}), { timeoutMs: 30 })
    const began = Date.now()
    expect(await failureOf(call(store))).toMatchObject({ code: 'ERR_TFA_STORE_UNAVAILABLE' })
    expect(Date.now() - began).toBeLessThan(1000)
  })
})

describe('a database that fails', () => {
  it.each([undefined, 42, `x${SECRET}`, '', 'lower'])('its code is no code (%p) → not repeated', async (code) => {
    const store = sqlAuthenticators(async () => Promise.reject(databaseError(code)))
    const error = (await failureOf(store.load('u'))) as Error
    expect(error.message).toBe('ERR_TFA_STORE_UNAVAILABLE: the authenticator database failed: no code was given')
  })

  it('the query throws instead of rejecting → store unavailable, by rejection', async () => {
    const query: Query = () => {
      throw databaseError('ECONNREFUSED')
    }
    const error = await failureOf(sqlAuthenticators(query).load('u'))
    expect(error).toMatchObject({ code: 'ERR_TFA_STORE_UNAVAILABLE', message: expect.stringContaining('ECONNREFUSED') })
  })

  it('it fails after the deadline → nobody is left with an unhandled rejection', async () => {
    const unhandled = jest.fn()
    process.on('unhandledRejection', unhandled)
    let fail: (error: Error) => void = () => {}
    const store = sqlAuthenticators(
      () =>
        new Promise((_, reject) => {
          fail = reject
        }),
      { timeoutMs: 5 },
    )
    await failureOf(store.load('u'))
    fail(databaseError('57014'))
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })

  it('it answers in time → no timer stays behind', async () => {
    const countTimers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = countTimers()
    await sqlAuthenticators(async () => ({ rows: [] }), { timeoutMs: 60_000 }).load('u')
    expect(countTimers()).toBe(before)
  })

  it('the query answers with an array, as other clients do → a configuration error that says so', async () => {
    const query = (async () => []) as unknown as Query
    expect(await failureOf(sqlAuthenticators(query).load('u'))).toMatchObject({
      code: 'ERR_TFA_CONFIG',
      message: expect.stringContaining('{ rows }'),
    })
  })
})
