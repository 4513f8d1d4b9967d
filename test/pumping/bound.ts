import type { BudgetScope, SendBudget, SendingMethod } from 'express-two-factor'
import { BUDGETS, costOf, HOUR, METHODS, PREMIUM, type Scale } from './world'

/** The most that budgets let an attacker have sent within an hour. */
export interface Bound {
  messages: Readonly<Record<SendingMethod, number>>
  costUnits: number
}

/** Sends to numbers that are confirmed, and to those that are not, are charged to a country and to all apart. */
const POOLS = 2

/** How many messages by one method a scope's budgets let pass in an hour: a window begins when the last one is over. */
export function mostFor(scope: BudgetScope): number {
  const ofScope = BUDGETS.filter((budget) => isOf(budget, scope))
  return Math.min(...ofScope.map(({ points, windowMs }) => points * Math.ceil(HOUR / windowMs)))
}

function isOf({ per }: SendBudget, scope: BudgetScope): boolean {
  return per === undefined ? scope === 'number' || scope === 'user' : per === scope
}

/** Whatever he does, each message is charged to an account, an address, a country and all; the dearest are sent first. */
export function boundOf({ accounts, addresses }: Pick<Scale, 'accounts' | 'addresses'>): Bound {
  const most = Math.min(accounts * mostFor('user'), addresses * mostFor('address'), POOLS * mostFor('all'))
  const costs = METHODS.map((method) => costOfDearest(method, most))
  return { messages: { sms: most, voice: most }, costUnits: costs.reduce((sum, cost) => sum + cost, 0) }
}

function costOfDearest(method: SendingMethod, messages: number): number {
  const costs = PREMIUM.map((country) => costOf({ country, method })).toSorted((left, right) => right - left)
  let left = messages
  return costs.reduce((sum, cost) => {
    const count = Math.min(left, POOLS * mostFor('country'))
    left -= count
    return sum + count * cost
  }, 0)
}
