import type { BudgetScope, SendBudget, SendingMethod } from 'express-two-factor'
import { BUDGETS, costOf, HOUR, METHODS, PREMIUM, type Scale } from './world'

/** The most that budgets let an attacker have sent within an hour. */
export interface Bound {
  messages: Readonly<Record<SendingMethod, number>>
  costUnits: number
}

/** How many messages by one method a scope's budgets let pass in an hour: a window begins when the last one is over. */
export function mostFor(scope: BudgetScope): number {
  const ofScope = BUDGETS.filter((budget) => isOf(budget, scope))
  return Math.min(...ofScope.map(({ points, windowMs }) => points * Math.ceil(HOUR / windowMs)))
}

function isOf({ per }: SendBudget, scope: BudgetScope): boolean {
  return per === undefined ? scope === 'number' || scope === 'user' : per === scope
}

/**
 * Whatever he does, each message is charged to an account, an address, a country and all. All but the account's are counted
 * apart for numbers that nobody has confirmed; the others he has are few. The dearest are sent first.
 */
export function boundOf({ accounts, addresses, ownNumbers }: Scale): Bound {
  const ofPool = Math.min(addresses * mostFor('address'), mostFor('all'))
  const known = Math.min(ownNumbers * mostFor('user'), ofPool)
  const most = Math.min(accounts * mostFor('user'), ofPool + known)
  const costs = METHODS.map((method) => costOfDearest(method, ofPool) + costOfDearest(method, most - ofPool))
  return { messages: { sms: most, voice: most }, costUnits: costs.reduce((sum, cost) => sum + cost, 0) }
}

/** @param messages - of one pool */
function costOfDearest(method: SendingMethod, messages: number): number {
  const costs = PREMIUM.map((country) => costOf({ country, method })).toSorted((left, right) => right - left)
  let left = Math.max(0, messages)
  return costs.reduce((sum, cost) => {
    const count = Math.min(left, mostFor('country'))
    left -= count
    return sum + count * cost
  }, 0)
}
