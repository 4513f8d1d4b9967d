import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { join } from 'node:path'
import type { Prepared } from './base'
import type { SubjectName } from './server'
import type { Trace } from './trace'

/** What a server under test can be asked. */
export type Ask = { what: 'prepare'; count: number } | { what: 'cpu' | 'trace' | 'traced' }

/** A server under test, as the side that loads it sees it. */
export interface Served {
  name: SubjectName
  port: number
  prepare(count: number): Promise<readonly Prepared[]>
  /** CPU time used so far, in µs. */
  cpuUs(): Promise<number>
  startTrace(): Promise<void>
  stopTrace(): Promise<Trace>
}

/** Starts servers, and ends all it started. */
export interface Fleet {
  start(name: SubjectName): Promise<Served>
  stop(): Promise<void>
}

const hasTaskset = cpus().length > 1 && works('taskset', ['-c', '0', 'true'])

function works(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Keeps a process off the servers' core, where the machine can do that. */
export function pinToLoadCore(pid: number): void {
  if (hasTaskset) execFileSync('taskset', ['-acp', '1', String(pid)], { stdio: 'ignore' })
}

/**
 * @param folder - where the compiled benchmark is
 * @param profileFolder - where servers leave a CPU profile when they end; none when absent
 */
export function createFleet(folder: string, redisPort: number, profileFolder?: string): Fleet {
  const children: ChildProcess[] = []
  return {
    async start(name) {
      const child = spawnServer(folder, profileFolder, [name, String(redisPort)])
      children.push(child)
      const port = Number(await next(child))
      return { name, port, ...askable(child) }
    },
    async stop() {
      const gone = children.filter(({ exitCode }) => exitCode === null).map((child) => once(child, 'exit'))
      for (const child of children) if (child.connected) child.disconnect()
      await Promise.all(gone)
    },
  }
}

function spawnServer(folder: string, profileFolder: string | undefined, args: readonly string[]): ChildProcess {
  const profile = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]
  const node = [process.execPath, '--expose-gc', ...profile, join(folder, 'bench', 'server.js'), ...args]
  const [command = '', ...rest] = hasTaskset ? ['taskset', '-c', '0', ...node] : node
  const env = { ...process.env, NODE_ENV: 'production' }
  return spawn(command, rest, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}

function askable(child: ChildProcess): Omit<Served, 'name' | 'port'> {
  const ask = (message: Ask) => {
    child.send(message)
    return next(child)
  }
  return {
    prepare: async (count) => (await ask({ what: 'prepare', count })) as readonly Prepared[],
    cpuUs: async () => Number(await ask({ what: 'cpu' })),
    startTrace: async () => void (await ask({ what: 'trace' })),
    stopTrace: async () => (await ask({ what: 'traced' })) as Trace,
  }
}

function next(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`a server under test ended with ${code}`))
    child.once('exit', onExit)
    child.once('message', (message) => {
      child.off('exit', onExit)
      resolve(message)
    })
  })
}
