import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Programs that the tests run, and the Debian packages they come in. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'redis-server': 'redis-server',
  chromium: 'chromium',
  zbarimg: 'zbar-tools',
  oathtool: 'oathtool',
}

installMissing()

/** Installs what is missing where that needs no further rights, else says how and fails. */
function installMissing(): void {
  const packages = listMissing().map((program) => PROGRAMS[program] as string)
  if (packages.length === 0) return
  if (process.getuid?.() === 0 && isInstalled('apt-get')) {
    apt('update')
    apt('install', '--yes', '--no-install-recommends', ...packages)
  }
  if (listMissing().length > 0) refuse(packages)
}

function listMissing(): string[] {
  return Object.keys(PROGRAMS).filter((program) => !isInstalled(program))
}

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, program)))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function apt(...args: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['--quiet', ...args], { stdio: ['ignore', 'inherit', 'inherit'], env })
}

function refuse(packages: readonly string[]): void {
  const missing = listMissing().join(', ')
  process.stderr.write(`The tests need ${missing} on the PATH; on Debian: sudo apt-get install ${packages.join(' ')}\n`)
  process.exitCode = 1
}
