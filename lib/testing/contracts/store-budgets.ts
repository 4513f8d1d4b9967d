import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import type { Charge } from '../../ports'
import { newHash, type Play } from './store-scenes'

const WINDOW_MS = 10 * 60_000

/** What every store does with budgets: all charges or none, exactly as many as there are points. */
export function playBudgets(play: Play): void {
  play('a budget allows its points, then refuses with its name and the wait', async ({ store }) => {
    const charges = [chargeOf()]
    for (let send = 0; send < 3; send += 1) deepStrictEqual(await store.spend(charges), { outcome: 'allowed' })
    const refused = await store.spend(charges)
    if (refused.outcome !== 'refused') throw new Error('expected a refusal')
    strictEqual(refused.budget, 'sms:number')
    strictEqual(refused.retryAfterMs > WINDOW_MS - 5000 && refused.retryAfterMs <= WINDOW_MS, true)
  })

  play('nothing to charge is allowed', async ({ store }) => {
    deepStrictEqual(await store.spend([]), { outcome: 'allowed' })
  })

  play('subjects, budgets and windows are counted apart', async ({ store }) => {
    const one = chargeOf({ points: 1 })
    const others = [
      { ...one, budget: 'voice:number' },
      { ...one, subject: newHash() },
      { ...one, windowMs: WINDOW_MS * 2 },
    ]
    for (const charge of [one, ...others]) deepStrictEqual(await store.spend([charge]), { outcome: 'allowed' })
    strictEqual((await store.spend([one])).outcome, 'refused')
  })

  play('what was charged beside a budget that refuses is refunded', async ({ store }) => {
    const narrow = chargeOf({ points: 1 })
    const wide = chargeOf({ budget: 'sms:user', points: 2 })
    await store.spend([narrow, wide])
    for (let send = 0; send < 4; send += 1) {
      strictEqual((await store.spend([wide, narrow])).outcome, 'refused')
    }
    deepStrictEqual(await store.spend([wide]), { outcome: 'allowed' })
    strictEqual((await store.spend([wide])).outcome, 'refused')
  })

  play('of two that refuse, the longer wait is told', async ({ store }) => {
    const short = chargeOf({ budget: 'short', points: 1, windowMs: 60_000 })
    const long = chargeOf({ budget: 'long', points: 1, windowMs: 3_600_000 })
    await store.spend([short, long])
    const refused = await store.spend([short, long])
    strictEqual(refused.outcome === 'refused' && refused.budget, 'long')
  })

  play('what a send was charged can be given back when it did not happen', async ({ store }) => {
    const charges = [chargeOf({ points: 1 }), chargeOf({ budget: 'sms:user', points: 1 })]
    await store.spend(charges)
    await store.refund(charges)
    deepStrictEqual(await store.spend(charges), { outcome: 'allowed' })
    strictEqual((await store.spend(charges)).outcome, 'refused')
    await store.refund([])
  })

  play('a refund that comes after the end of its window gives the next one nothing', async ({ store }) => {
    const charge = chargeOf({ points: 2, windowMs: 1000 })
    await store.spend([charge])
    await new Promise((resolve) => setTimeout(resolve, 1100))
    strictEqual((await store.spend([{ ...charge }])).outcome, 'allowed')
    await Promise.all(Array.from({ length: 20 }, () => store.refund([charge])))
    strictEqual((await store.spend([{ ...charge }])).outcome, 'allowed')
    strictEqual((await store.spend([{ ...charge }])).outcome, 'refused')
  })

  play('thirty parallel sends on three points are three', async ({ store }) => {
    const charges = [chargeOf(), chargeOf({ budget: 'sms:user', points: 50 })]
    const outcomes = await Promise.all(Array.from({ length: 30 }, () => store.spend(charges)))
    strictEqual(outcomes.filter(({ outcome }) => outcome === 'allowed').length, 3)
  })
}

function chargeOf(words: Partial<Charge> = {}): Charge {
  return { budget: 'sms:number', subject: newHash(), points: 3, windowMs: WINDOW_MS, ...words }
}
