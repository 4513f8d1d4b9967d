import { randomUUID } from 'node:crypto'
import type { AuthenticatorStore } from '../../ports'
import { checkChange, checkLoad } from './authenticators/changes'
import type { Check } from './authenticators/records'
import { checkUsers } from './authenticators/users'
import { checkAccept, checkClaim, checkCountFailure } from './authenticators/uses'
import { checkDescribe, checkExtendGrace, checkMarkPrompted } from './authenticators/words'

/** The two words of a test runner that a suite needs: jest, vitest, mocha and `node:test` all have them. */
export interface ContractRunner {
  describe(name: string, body: () => void): unknown
  it(name: string, body: () => Promise<void>): unknown
}

/** Makes a store for one test: empty, or shared, for the suite only uses user ids of its own. */
export type MakeAuthenticatorStore = () => Promise<{ store: AuthenticatorStore; stop(): Promise<void> }>

/**
 * Checks that an authenticator store keeps its promises, races included.
 * @param runner - the `describe` and `it` of the runner at hand
 * @param makeStore - called once for each test
 */
export function authenticatorsContract(runner: ContractRunner, makeStore: MakeAuthenticatorStore): void {
  const check: Check = (title, body) =>
    runner.it(title, async () => {
      const { store, stop } = await makeStore()
      try {
        await body(store, randomUUID())
      } finally {
        await stop()
      }
    })
  runner.describe('load', () => checkLoad(check))
  runner.describe('change', () => checkChange(check))
  runner.describe('accept', () => checkAccept(check))
  runner.describe('claimRecoveryCode', () => checkClaim(check))
  runner.describe('countFailure', () => checkCountFailure(check))
  runner.describe('describe', () => checkDescribe(check))
  runner.describe('markPrompted', () => checkMarkPrompted(check))
  runner.describe('extendGrace', () => checkExtendGrace(check))
  runner.describe('users', () => checkUsers(check))
}
