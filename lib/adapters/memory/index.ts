/** The in-process adapters, `express-two-factor/memory`: no server needed, nothing survives a restart. */
export { memoryAuthenticators } from './authenticators'
export { type MemoryStoreOptions, memoryStore } from './store'
