import { migrate } from '../../lib/adapters/sql'
import { startPglite } from '../support/pglite'
import type { DurableFault, DurableSite } from './durable-site'

const CODES: Readonly<Partial<Record<DurableFault, string>>> = { deadlock: '40P01', serialisation: '40001' }

/** A real PostgreSQL in this process, whose connection fails as a server's does. */
export async function startEmbeddedDatabase(): Promise<DurableSite> {
  const { query, stop } = startPglite()
  let fault: DurableFault | undefined
  let waiting: (() => void)[] = []
  await migrate(query)
  return {
    async query(text, params) {
      if (fault === 'down') throw failure('ECONNREFUSED', params)
      // A server that stands still has the statement in its buffer, and runs it when it goes on.
      if (fault === 'stalled') await new Promise<void>((resolve) => void waiting.push(resolve))
      const code = fault && isWrite(text) ? CODES[fault] : undefined
      if (code) throw failure(code, params)
      return query(text, params)
    },
    async inject(next) {
      fault = next
    },
    async lift() {
      fault = undefined
      for (const resume of waiting) resume()
      waiting = []
    },
    stop,
  }
}

function isWrite(text: string): boolean {
  return /\b(?:INSERT|UPDATE|DELETE)\b/.test(text)
}

/** As the driver's own: with the parameters in it, which nobody may see. */
function failure(code: string, params: unknown[]): Error {
  return Object.assign(new Error(`failed with ${params.join()}`), { code, detail: params.join(), parameters: params })
}
