import type { Events } from '../events'
import type { Settings, User } from '../options'
import type { Channel, SendingMethod } from '../ports'
import type { KeyRing } from './secrets'

/** What every rule is given: the checked options, and what was made from them once. */
export interface Core {
  readonly settings: Settings
  readonly keys: KeyRing
  readonly events: Events
  readonly channels: ReadonlyMap<SendingMethod, Channel>
}

/** A signed-in session: whose it is, and the handle its grant is kept under. */
export interface Session {
  readonly user: User
  readonly handle: string
  /** Where the request came from; absent where there is none. */
  readonly address?: string
}
