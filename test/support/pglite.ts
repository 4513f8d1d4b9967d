import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Query } from '../../lib/adapters/sql'

type Row = Record<string, unknown>
type Reply = { id: number; rows?: Row[]; failure?: { message: string; code?: string } }
type Waiting = { resolve(result: { rows: Row[] }): void; reject(error: Error): void }

/** Starts a real PostgreSQL, in memory, in a thread of this process; its start takes a few seconds. */
export function startPglite(): { query: Query; stop(): Promise<void> } {
  const worker = new Worker(join(__dirname, 'pglite-worker.cjs'))
  const waiting = new Map<number, Waiting>()
  let lastId = 0

  worker.on('message', ({ id, rows, failure }: Reply) => {
    const { resolve, reject } = waiting.get(id) ?? {}
    waiting.delete(id)
    if (failure) reject?.(Object.assign(new Error(failure.message), { code: failure.code }))
    else resolve?.({ rows: rows ?? [] })
  })
  return {
    query: (text, params) =>
      new Promise((resolve, reject) => {
        lastId += 1
        waiting.set(lastId, { resolve, reject })
        worker.postMessage({ id: lastId, text, params })
      }),
    stop: async () => void (await worker.terminate()),
  }
}
