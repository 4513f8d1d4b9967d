import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Client, type ClientConfig } from 'pg'

/** Starts a real PostgreSQL server on a socket of its own, with nothing kept: for races between true connections. */
export async function startPostgres(): Promise<{ connection: ClientConfig; stop(): Promise<void> }> {
  const programs = findPrograms()
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'))
  const data = join(folder, 'data')
  const identity = leaveRoot(folder)
  execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '-N'], {
    ...identity,
    cwd: folder,
    stdio: 'ignore',
  })
  const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, 'fsync=off', 'max_connections=40']
  const server = spawn(join(programs, 'postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
    ...identity,
    cwd: folder,
    stdio: 'ignore',
  })
  const gone = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const connection = { host: folder, user: 'postgres', database: 'postgres' }
  await untilReady(connection)
  return {
    connection,
    async stop() {
      // The smart way first: it waits for connections that are just ending, and breaks none.
      server.kill('SIGTERM')
      const impatient = setTimeout(() => server.kill('SIGINT'), 5000)
      await gone
      clearTimeout(impatient)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function findPrograms(): string {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((one, other) => Number(other) - Number(one)) : []
  const folders = [...versions.map((version) => join(debian, version, 'bin')), ...(process.env.PATH ?? '').split(':')]
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
  if (found) return found
  throw new Error('no PostgreSQL server here: on Debian, apt-get install postgresql')
}

/** The server refuses to run as root: it gets the folder and an identity without rights. */
function leaveRoot(folder: string): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const nobody = { uid: 65534, gid: 65534 }
  chownSync(folder, nobody.uid, nobody.gid)
  return nobody
}

async function untilReady(connection: ClientConfig): Promise<void> {
  for (let triesLeft = 200; triesLeft > 0; triesLeft -= 1) {
    const client = new Client(connection)
    try {
      await client.connect()
      return await client.end()
    } catch {
      await wait(50)
    }
  }
  throw new Error('the PostgreSQL server did not start within 10 s')
}
