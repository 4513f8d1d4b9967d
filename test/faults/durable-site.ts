import type { Query } from '../../lib/adapters/sql'

/** What may befall a database: gone, frozen, or refusing a write because of another transaction. */
export type DurableFault = 'down' | 'stalled' | 'deadlock' | 'serialisation'

/** The database of a service under test. */
export interface DurableSite {
  query: Query
  inject(fault: DurableFault): Promise<void>
  /** Ends every fault; what was waiting runs then, as late as it is. */
  lift(): Promise<void>
  stop(): Promise<void>
}
