import { memoryStore } from '../../lib/adapters/memory'
import { storeContract } from '../../lib/testing/contracts/store'

describe('store in memory', () => {
  storeContract({ describe, it }, async (clock) => ({ store: memoryStore({ clock }), stop: async () => {} }))
})
