import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import type { Answered, Asked } from './embedded-database'

const opened = PGlite.create(workerData as string)
// Each question meets the failure for itself.
opened.catch(() => {})

parentPort?.on('message', async (asked: Asked) => {
  parentPort?.postMessage({ id: asked.id, ...(await answer(asked)) })
})

async function answer({ text, params }: Asked): Promise<Omit<Answered, 'id'>> {
  try {
    const database = await opened
    if (text !== undefined) return { rows: (await database.query<Record<string, unknown>>(text, params)).rows }
    await database.close()
    return {}
  } catch (error) {
    const { code } = error as { code?: unknown }
    return { failure: { code: typeof code === 'string' ? code : 'UNKNOWN' } }
  }
}
