import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Database } from './database'
import { lockFolder } from './folder-lock'

/** What the thread is asked; `close` when it has no text. */
export interface Asked {
  id: number
  text?: string
  params?: unknown[]
}

/** What it answers: rows, or the code of PostgreSQL's error. */
export interface Answered {
  id: number
  rows?: Record<string, unknown>[]
  failure?: { code: string }
}

/**
 * Opens an embedded PostgreSQL in a folder, locked for this process. It runs in a thread of its own, since a query of
 * it would stop every request meanwhile.
 * @throws Error of one line when another process has the folder, or it is no database
 */
export async function openEmbedded(path: string): Promise<Database> {
  const folder = resolve(path)
  const unlock = lockFolder(folder)
  try {
    mkdirSync(folder, { recursive: true })
    return await talkTo(startThread(folder), unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

/** Next to this file, compiled or not; as TypeScript the thread needs the loader that this one has. */
function startThread(folder: string): Worker {
  const file = require.resolve('./embedded-thread')
  const loader = file.endsWith('.ts') ? { execArgv: ['--require', 'esbuild-register'] } : {}
  return new Worker(file, { workerData: folder, ...loader })
}

type Reply = Pick<Answered, 'rows' | 'failure'>

async function talkTo(thread: Worker, unlock: () => void): Promise<Database> {
  const waiting = new Map<number, (reply: Reply) => void>()
  let lastId = 0
  const failAll = () => {
    for (const answer of waiting.values()) answer({ failure: { code: 'ENDED' } })
    waiting.clear()
  }
  thread.on('message', ({ id, ...reply }: Answered) => {
    waiting.get(id)?.(reply)
    waiting.delete(id)
  })
  thread.on('error', failAll)
  thread.on('exit', failAll)

  const ask = async (what: Omit<Asked, 'id'>): Promise<{ rows: Record<string, unknown>[] }> => {
    lastId += 1
    const id = lastId
    const reply = await new Promise<Reply>((answer) => {
      waiting.set(id, answer)
      thread.postMessage({ id, ...what })
    })
    if (reply.failure) throw Object.assign(new Error('the embedded database failed'), reply.failure)
    return { rows: reply.rows ?? [] }
  }
  const close = async () => {
    await ask({})
    await thread.terminate()
    unlock()
  }
  await ask({ text: 'SELECT 1', params: [] }).catch(async (error) => {
    await thread.terminate()
    throw new Error(`DATABASE_FILE: no database can be opened there (${error.code})`)
  })
  return { query: (text, params) => ask({ text, params }), close }
}
