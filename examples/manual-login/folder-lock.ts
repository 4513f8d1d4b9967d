import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Locks a folder for this process, by a file beside it: two embedded databases on one folder lose each other's writes.
 * What a process that crashed left behind is taken over.
 * @returns unlocks
 * @throws Error of one line when another process has it
 */
export function lockFolder(folder: string): () => void {
  const file = `${folder}.lock`
  const own = describeProcess(process.pid)
  mkdirSync(dirname(file), { recursive: true })
  while (!createWhole(file, own)) {
    const holder = readOrNothing(file)
    if (isRunning(holder))
      throw new Error(`${folder} is in use by process ${pidOf(holder)}: stop it, or set DATABASE_FILE`)
    removeStale(file, holder)
  }
  return () => {
    if (readOrNothing(file) === own) rmSync(file, { force: true })
  }
}

/**
 * Creates a file that was not there, with its content at once: nobody ever reads half of it.
 * @returns false when it was there
 */
export function createWhole(file: string, content: string): boolean {
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, content, { mode: 0o600 })
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Of two that take over at once, one would remove the other's new lock: what was moved away is looked at, and put back. */
function removeStale(file: string, stale: string): void {
  const aside = `${file}.${process.pid}.stale`
  try {
    renameSync(file, aside)
  } catch {
    return
  }
  const moved = readOrNothing(aside)
  if (moved !== stale) createWhole(file, moved)
  rmSync(aside, { force: true })
}

function pidOf(holder: string): number {
  return Number.parseInt(holder, 10) || 0
}

function isRunning(holder: string): boolean {
  const pid = pidOf(holder)
  if (pid === 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    // It is there, and another user's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return describeProcess(pid) === holder
}

/** A pid comes back, in a container at every start: where Linux tells when the process began, that goes with it. */
function describeProcess(pid: number): string {
  const [, afterName = ''] = readOrNothing(`/proc/${pid}/stat`).split(/\) (?!.*\) )/s)
  return `${pid} ${afterName.split(' ')[19] ?? ''}`.trim()
}
