/**
 * Compares the package with what one would write by hand, as ratios within one run: absolute times say more about the
 * machine. Options: `--quick` for a rough look, `--json FILE` to keep the rows, `--profile FOLDER` for CPU profiles.
 * It judges nothing by its exit code: on a busy machine a budget may be missed by chance.
 */
import { writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import Redis from 'ioredis'
import { startRedis } from '../test/support/redis-server'
import { buildBench } from './build'
import { closeConnections } from './client'
import { benchImport } from './import'
import { benchMemory } from './memory'
import { createFleet, pinToLoadCore } from './processes'
import { benchGate, benchSignIn, benchVerify, type Stage } from './requests'
import type { Plan } from './rounds'
import { formatTable, judge, type Row } from './table'

const PLANS = {
  full: { rounds: 21, limitMs: 25_000, alone: 100, together: 150, warmUp: 1000 },
  quick: { rounds: 9, limitMs: 3000, alone: 30, together: 60, warmUp: 400 },
} satisfies Record<string, Plan>

const ALL = ['gate', 'totp', 'sms', 'sign-in', 'import', 'memory'] as const

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    profile: { type: 'string' },
    only: { type: 'string', multiple: true, default: [...ALL] },
  },
})

/** Waiting for a core that others use adds to every trip to Redis alike: more trips then look worse than they are. */
const MOST_LOAD = 0.5

async function run(): Promise<void> {
  const [loadBefore = 0] = loadavg()
  const folder = buildBench()
  const server = await startRedis()
  process.once('exit', () => server.process.kill('SIGKILL'))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  for (const pid of [process.pid, server.process.pid]) if (pid !== undefined) pinToLoadCore(pid)
  const redis = new Redis(server.port)
  const fleet = createFleet(folder, server.port, options.profile)
  const stage = { fleet, redis, plan: options.quick ? PLANS.quick : PLANS.full }
  const rows = await collect(stage, folder)
  await fleet.stop()
  closeConnections()
  redis.disconnect()
  await server.stop()
  console.log(formatTable(rows))
  if (loadBefore > MOST_LOAD)
    console.log(`the machine was busy (load ${loadBefore.toFixed(1)}): judge again when it is not`)
  if (options.json)
    writeFileSync(
      options.json,
      JSON.stringify(
        rows.map((row) => ({ ...row, verdict: judge(row) })),
        null,
        2,
      ),
    )
}

async function collect(stage: Stage, folder: string): Promise<readonly Row[]> {
  const parts = {
    gate: () => benchGate(stage),
    totp: () => benchVerify(stage, 'totp'),
    sms: () => benchVerify(stage, 'sms'),
    'sign-in': () => benchSignIn(stage),
    import: () => benchImport(folder, stage.plan.rounds),
    memory: () => benchMemory(stage.redis),
  } satisfies Record<(typeof ALL)[number], () => unknown>
  const rows: Row[] = []
  for (const name of ALL.filter((part) => options.only.includes(part))) {
    console.error(`measuring ${name} …`)
    rows.push(...(await parts[name]()))
  }
  return rows
}

run().catch((error: Error) => {
  console.error(`the benchmark could not run: ${error.message}`)
  process.exit(1)
})
