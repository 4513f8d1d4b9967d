import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { movableClock } from 'express-two-factor/testing'
import { type Sample, startSample } from '../../examples/manual-login/start'

const ROOT = join(__dirname, '../..')

/** A folder of this test's own. */
export function ownFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'sample-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** The sample in this process, on a database of its own, with a clock to move. */
export interface SampleHere extends Sample {
  clock: ReturnType<typeof movableClock>
  /** What it wrote on the terminal since it was started. */
  lines: readonly string[]
}

/**
 * Starts the sample in this process.
 * @param env - a `DATABASE_FILE` in it stays; else there is one of its own, and closing removes it
 */
export async function startHere(env: Readonly<Record<string, string>> = {}): Promise<SampleHere> {
  const folder = ownFolder()
  const clock = movableClock()
  const lines: string[] = []
  const print = (line: string) => void lines.push(line)
  const settings = { PORT: '0', DATABASE_FILE: join(folder.path, 'db'), ...env }
  const sample = await startSample(settings, { print, clock }).catch((error) => {
    folder.remove()
    throw error
  })
  const close = async () => {
    await sample.close()
    folder.remove()
  }
  return { ...sample, clock, lines, close }
}

/** An example as a process of its own. */
export interface Running {
  child: ChildProcess
  /** What it wrote so far. */
  output(): string
  errors(): string
  /** The address it said it listens at; rejects when it ends before. */
  url: Promise<string>
  /** Its exit code. */
  ended: Promise<number | null>
}

const running = new Set<ChildProcess>()

/** Ends what a failed test has left running; for `afterEach`. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
}

/** Runs an example from its source, as `npm start` does; nothing of this process's environment but PATH goes along. */
export function run(file: string, env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, ['--require', 'esbuild-register', join('examples', file)], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const output = collect(child.stdout)
  const errors = collect(child.stderr)
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const url = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => {
      const [, address] = /^listening (\S+)$/m.exec(output()) ?? []
      if (address) resolve(address)
    })
    ended.then((code) => reject(new Error(`${file} ended with ${code}: ${errors()}`)))
  })
  url.catch(() => {})
  return { child, output, errors, url, ended }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.on('data', (chunk) => {
    text += String(chunk)
  })
  return () => text
}
