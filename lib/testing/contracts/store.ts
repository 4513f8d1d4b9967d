import type { ContractRunner } from './authenticators'
import { playAttempts } from './store-attempts'
import { playBudgets } from './store-budgets'
import { playChallenges } from './store-challenges'
import { playConsuming } from './store-consuming'
import { playCounts } from './store-counts'
import { playDevices } from './store-devices'
import { playGrants } from './store-grants'
import { playMessages } from './store-messages'
import { createPlay, type StoreMaker } from './store-scenes'
import { playSends } from './store-sends'
import { playShapes } from './store-shapes'
import { playTallies } from './store-tallies'

export type { StoreMaker } from './store-scenes'

/**
 * Tries a {@link Store} against everything the package relies on: each outcome, each race, ids of any shape.
 * @param runner - the test runner's `describe` and `it`
 * @param makeStore - opens the store on the clock it is given; called for each test
 */
export function storeContract(runner: ContractRunner, makeStore: StoreMaker): void {
  const play = createPlay(runner, makeStore)
  runner.describe('grants', () => playGrants(play))
  runner.describe('challenges', () => playChallenges(play))
  runner.describe('sends', () => playSends(play))
  runner.describe('attempts', () => playAttempts(play))
  runner.describe('tallies', () => playTallies(play))
  runner.describe('right answers', () => playConsuming(play))
  runner.describe('remembered devices', () => playDevices(play))
  runner.describe('budgets', () => playBudgets(play))
  runner.describe('messages', () => playMessages(play))
  runner.describe('counts', () => playCounts(play))
  runner.describe('shapes', () => playShapes(play))
}
