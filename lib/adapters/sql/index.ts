/** The PostgreSQL adapter, `express-two-factor/sql`: authenticators and recovery codes through an injected query. */
export { type SqlAuthenticatorsOptions, sqlAuthenticators } from './authenticators'
export { migrate, migration } from './migration'
export type { Query } from './query'
