import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Pool } from 'pg'
import { migrate } from '../../lib/adapters/sql'
import { startPostgres } from '../support/postgres-server'
import type { DurableFault, DurableSite } from './durable-site'
import { until } from './redis-site'

const TABLES = ['two_factor_users', 'two_factor_authenticators', 'two_factor_recovery_codes']
const CODES: Readonly<Partial<Record<DurableFault, string>>> = { deadlock: '40P01', serialisation: '40001' }

/** A PostgreSQL server of its own, with a pool of connections as the README has it, to kill, to freeze and to block. */
export async function startPostgresSite(): Promise<DurableSite> {
  const server = await startPostgres()
  const data = join(server.connection.host as string, 'data')
  const pool = new Pool(server.connection)
  pool.on('error', () => {})
  const query = async (text: string, params: unknown[]) => pool.query(text, params)
  await migrate(query)
  const database = new ServerProcess(data)
  let fault: DurableFault | undefined
  return {
    query,
    async inject(next) {
      fault = next
      if (next === 'down') await database.kill()
      else if (next === 'stalled') database.signalAll('SIGSTOP')
      else await pool.query(refusing(CODES[next] as string))
    },
    async lift() {
      const isDown = fault === 'down'
      if (fault === 'stalled') database.signalAll('SIGCONT')
      else if (fault && !isDown) await pool.query(TABLES.map((table) => `DROP TRIGGER refuse ON ${table};`).join(' '))
      fault = undefined
      await until('the database to answer', async () => {
        if (isDown) database.startAgain()
        return (await pool.query('SELECT 1')).rows.length === 1
      })
    },
    async stop() {
      await pool.end()
      await database.kill()
      await server.stop()
    },
  }
}

/** The server says what it says to a transaction that another one was quicker than. */
function refusing(code: string): string {
  const triggers = TABLES.map(
    (table) => `CREATE TRIGGER refuse BEFORE INSERT OR UPDATE OR DELETE ON ${table} EXECUTE FUNCTION refuse();`,
  )
  const body = `BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '${code}'; END`
  return `CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ ${body} $$; ${triggers.join(' ')}`
}

/** The server's process and those it has started for its connections. */
class ServerProcess {
  private child: ChildProcess | undefined

  constructor(private readonly data: string) {}

  private get pid(): number {
    return Number(readFileSync(join(this.data, 'postmaster.pid'), 'utf8').split('\n')[0])
  }

  /** As a crash: what was under way is lost, and what was committed is there again after the start. */
  async kill(): Promise<void> {
    const family = this.family()
    process.kill(this.pid, 'SIGQUIT')
    // Its children too: while one holds the shared memory, the server does not start again.
    await until('the database to be gone', async () => !family.some(isRunning))
  }

  /** Starts it where it is not running, for a start may have come too early. */
  startAgain(): void {
    if (this.child && this.child.exitCode === null && this.child.signalCode === null) return
    const [program = '', ...args] = readArguments(join(this.data, 'postmaster.opts'))
    const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
    this.child = spawn(program, args, { ...nobody, cwd: this.data, stdio: 'ignore' })
    this.child.unref()
  }

  signalAll(signal: 'SIGSTOP' | 'SIGCONT'): void {
    for (const one of this.family()) process.kill(one, signal)
  }

  private family(): readonly number[] {
    const { pid } = this
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
    return [pid, ...children.map(Number)]
  }
}

/** The command line as the server itself keeps it: the program, then its arguments in quotes. */
function readArguments(path: string): readonly string[] {
  const line = readFileSync(path, 'utf8')
  return [line.split(' ', 1)[0] as string, ...[...line.matchAll(/"([^"]*)"/g)].map(([, argument = '']) => argument)]
}

function isRunning(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}
