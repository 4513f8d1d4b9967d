import { deliver } from '../../../lib/adapters/vonage/deliver'

const limits = { signal: new AbortController().signal, timeoutMs: 1000 }
const failing = (error: unknown) => deliver(() => Promise.reject(error), limits)
const fetchFailed = (cause: unknown) => Object.assign(new TypeError('fetch failed'), { cause })

describe('what is known of a send whose connection failed', () => {
  it('is that nothing was taken, when none of the addresses could be reached', async () => {
    const cause = Object.assign(new AggregateError([]), { code: 'ETIMEDOUT' })
    expect(await failing(fetchFailed(cause))).toEqual({ status: 'failed', reason: 'unreachable' })
  })

  it.each([
    { code: 'ETIMEDOUT', syscall: 'connect' },
    { code: 'EHOSTUNREACH', syscall: 'connect' },
    { code: 'ESERVFAIL', syscall: 'getaddrinfo' },
    { code: 'UND_ERR_CONNECT_TIMEOUT' },
    { code: 'EAI_AGAIN' },
  ])('is that nothing was taken after %j', async (cause) => {
    expect(await failing(fetchFailed(cause))).toEqual({ status: 'failed', reason: 'unreachable' })
    expect(await failing(cause)).toEqual({ status: 'failed', reason: 'unreachable' })
  })

  it.each([
    { code: 'ETIMEDOUT', syscall: 'read' },
    { code: 'EHOSTUNREACH', syscall: 'write' },
    { code: 'ECONNRESET' },
    { code: 'UND_ERR_SOCKET' },
    undefined,
    'text',
  ])('is nothing after %j: the request may have arrived', async (cause) => {
    expect(await failing(fetchFailed(cause))).toEqual({ status: 'unknown' })
  })

  it.each([null, undefined, 'text', 42, { response: null }, { response: { status: '401' } }])(
    'is nothing when %j is thrown, and the send does not throw it on',
    async (error) => {
      expect(await failing(error)).toEqual({ status: 'unknown' })
    },
  )
})

describe('a request that never ends', () => {
  it('is waited on for its deadline only, and a late failure is nobody’s unhandled rejection', async () => {
    let rejectLate = (_error: Error): void => undefined
    const never = new Promise<never>((_resolve, reject) => {
      rejectLate = reject
    })
    expect(await deliver(() => never, { ...limits, timeoutMs: 20 })).toEqual({ status: 'unknown' })
    rejectLate(new Error('late'))
    await new Promise(setImmediate)
  })
})
