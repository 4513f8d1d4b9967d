/** The deadlines of a run. */
export interface Pace {
  /** Of the Redis client. */
  commandTimeoutMs: number
  /** Of both stores. */
  storeTimeoutMs: number
  sendTimeoutMs: number
  /** What a busy machine may take on top of a deadline. */
  marginMs: number
}

/** As the package has them, and as its pages tell to set the client. */
export const DOCUMENTED: Pace = { commandTimeoutMs: 1000, storeTimeoutMs: 2000, sendTimeoutMs: 5000, marginMs: 700 }

/** The same at a fraction, for a run that takes seconds. */
export const SHORT: Pace = { commandTimeoutMs: 700, storeTimeoutMs: 1000, sendTimeoutMs: 1200, marginMs: 1500 }
