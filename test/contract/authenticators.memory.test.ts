import { memoryAuthenticators } from '../../lib/adapters/memory'
import { authenticatorsContract } from '../../lib/testing/contracts/authenticators'

describe('authenticators in memory', () => {
  authenticatorsContract({ describe, it }, async () => ({ store: memoryAuthenticators(), stop: async () => {} }))
})
