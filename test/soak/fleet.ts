import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** What a process is asked: to move its clock, by nothing where only its memory is wanted. */
export interface Asked {
  advanceMs: number
}

export type Told = { port: number } | { rssBytes: number }

/** Processes of one service, on one Redis. */
export interface Fleet {
  ports: readonly [number, number]
  /** Moves the clock of both. @returns the memory that each holds, in bytes */
  advance(ms: number): Promise<readonly number[]>
  stop(): Promise<void>
}

export async function startFleet(url: string, prefix: string): Promise<Fleet> {
  const children = [0, 1].map(() =>
    fork(require.resolve('./server'), [url, prefix], { execArgv: ['--expose-gc', '--require', 'esbuild-register'] }),
  )
  const ports = await Promise.all(children.map(async (child) => (await next<{ port: number }>(child)).port))
  return {
    ports: ports as [number, number],
    advance: (advanceMs) =>
      Promise.all(
        children.map(async (child) => {
          const told = next<{ rssBytes: number }>(child)
          child.send({ advanceMs } satisfies Asked)
          return (await told).rssBytes
        }),
      ),
    async stop() {
      const gone = children.map((child) => once(child, 'exit'))
      for (const child of children) child.disconnect()
      await Promise.all(gone)
    },
  }
}

async function next<Message extends Told>(child: ChildProcess): Promise<Message> {
  const heard = new AbortController()
  const ended = once(child, 'exit', heard).then(([code]) => {
    throw new Error(`a process of the service ended: ${code}`)
  })
  try {
    const [message] = await Promise.race([once(child, 'message', heard), ended])
    return message as Message
  } finally {
    heard.abort()
  }
}
