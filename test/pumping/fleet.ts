import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { SendReport, TwoFactorEvents } from 'express-two-factor'
import type { sendingOptions } from './world'

/** What a process is told at its start. */
export interface Orders {
  redisUrl: string
  prefix: string
  vonage: { applicationId: string; privateKey: string; apiHost: string }
  sending: ReturnType<typeof sendingOptions>
}

export type Asked = { advanceMs: number } | { reportSince: number }
export type Stopped = TwoFactorEvents['sends.stopped']
export type Told =
  | { port: number }
  | { advancedMs: number }
  | { report: readonly SendReport[] }
  /** Comes unasked. */
  | { stopped: Stopped }

/** Two processes of one service, on one Redis. */
export interface Fleet {
  ports: readonly [number, number]
  /** The clock of both processes. */
  now(): number
  advance(ms: number): Promise<void>
  /** What each process reports, once everything that it counted is written down. */
  report(since: number): Promise<readonly (readonly SendReport[])[]>
  onStopped(listener: (stopped: Stopped) => void): void
  stop(): Promise<void>
}

export async function startFleet(orders: Orders): Promise<Fleet> {
  const children = [0, 1].map(() =>
    fork(require.resolve('./server'), [JSON.stringify(orders)], {
      execArgv: ['--require', 'esbuild-register'],
      // Dates arrive as dates.
      serialization: 'advanced',
    }),
  )
  const ports = await Promise.all(children.map(async (child) => (await hear(child, 'port')).port))
  let offsetMs = 0
  return {
    ports: ports as [number, number],
    now: () => Date.now() + offsetMs,
    async advance(advanceMs) {
      offsetMs += advanceMs
      await Promise.all(children.map((child) => ask(child, { advanceMs }, 'advancedMs')))
    },
    async report(reportSince) {
      // Counts are written behind the answers, in order: the first report of each process is behind its own.
      await Promise.all(children.map((child) => ask(child, { reportSince }, 'report')))
      const told = await Promise.all(children.map((child) => ask(child, { reportSince }, 'report')))
      return told.map(({ report }) => report)
    },
    onStopped(listener) {
      for (const child of children) child.on('message', (told: Told) => 'stopped' in told && listener(told.stopped))
    },
    async stop() {
      const living = children.filter(({ connected }) => connected)
      const gone = living.map((child) => once(child, 'exit'))
      for (const child of living) child.disconnect()
      await Promise.all(gone)
    },
  }
}

type Word = 'port' | 'advancedMs' | 'report'

async function ask<Wanted extends Word>(child: ChildProcess, asked: Asked, word: Wanted) {
  if (!child.connected) throw new Error('a process of the service has ended')
  const heard = hear(child, word)
  child.send(asked)
  return heard
}

function hear<Wanted extends Word>(child: ChildProcess, word: Wanted): Promise<Extract<Told, Record<Wanted, unknown>>> {
  return new Promise((resolve, reject) => {
    const end = () => {
      child.off('message', listen)
      child.off('exit', fail)
    }
    const listen = (told: Told) => {
      if (!(word in told)) return
      end()
      resolve(told as Extract<Told, Record<Wanted, unknown>>)
    }
    const fail = (code: number | null) => {
      end()
      reject(new Error(`a process of the service ended: ${code}`))
    }
    child.on('message', listen).on('exit', fail)
  })
}
