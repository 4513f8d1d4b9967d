import { memoryStore } from '../../../lib/adapters/memory'
import { movableClock } from '../../../lib/testing/clock'

const MINUTE_MS = 60_000

describe('budgets in memory', () => {
  const charge = { budget: 'sms:number', subject: 's', points: 1, windowMs: 10 * MINUTE_MS }

  it('a budget spent → the clock moved past its window → it allows again', async () => {
    const clock = movableClock()
    const store = memoryStore({ clock })
    expect(await store.spend([charge])).toEqual({ outcome: 'allowed' })
    clock.advance(9 * MINUTE_MS)
    const refused = await store.spend([charge])
    expect(refused).toMatchObject({ outcome: 'refused', budget: 'sms:number' })
    clock.advance(MINUTE_MS)
    expect(await store.spend([charge])).toEqual({ outcome: 'allowed' })
  })

  it('a budget spent → the clock moved within its window → the wait told is what is left', async () => {
    const clock = movableClock()
    const store = memoryStore({ clock })
    await store.spend([charge])
    clock.advance(9 * MINUTE_MS)
    const refused = await store.spend([charge])
    expect(refused.outcome === 'refused' && refused.retryAfterMs).toBeLessThanOrEqual(MINUTE_MS)
  })

  it('a window longer than any timer of Node → still counted', async () => {
    const store = memoryStore()
    const yearly = { ...charge, windowMs: 365 * 24 * 60 * MINUTE_MS }
    await store.spend([yearly])
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect((await store.spend([yearly])).outcome).toBe('refused')
  })

  it('a send refunded → its points are free again, once', async () => {
    const store = memoryStore()
    await store.spend([charge])
    await store.refund([charge])
    await store.refund([charge])
    expect((await store.spend([charge])).outcome).toBe('allowed')
    expect((await store.spend([charge])).outcome).toBe('refused')
  })

  it('a send refunded after its window → the next window has no point more', async () => {
    const clock = movableClock()
    const store = memoryStore({ clock })
    await store.spend([charge])
    clock.advance(10 * MINUTE_MS)
    await store.refund([charge])
    expect((await store.spend([charge])).outcome).toBe('allowed')
    expect((await store.spend([charge])).outcome).toBe('refused')
  })

  it('two stores of one process → budgets of their own', async () => {
    expect(await memoryStore().spend([charge])).toEqual({ outcome: 'allowed' })
    expect(await memoryStore().spend([charge])).toEqual({ outcome: 'allowed' })
  })
})
