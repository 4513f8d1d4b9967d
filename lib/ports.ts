/**
 * What the outside must provide: a clock, a store, an authenticator store and channels.
 * Each port has a contract suite in `express-two-factor/testing` that an adapter must pass.
 */
export type * from './ports/authenticator-store'
export type * from './ports/channel'
export type * from './ports/store'
export type * from './ports/store-calls'
export type * from './ports/words'
