import { ACTIONS } from './actions'
import { type ClusterSite, startClusterSite } from './cluster-site'
import { driveRow } from './drive'
import type { DurableSite } from './durable-site'
import { FAULTS, type Fault, type Sites } from './faults'
import { type Answer, limitOf, type MatrixPage, readCell, readMatrix } from './matrix-page'
import type { Outcome } from './outcome'
import type { Pace } from './pace'
import { startRedisSite } from './redis-site'
import { openScene } from './scene'
import { startVonageSite, type VonageSite } from './vonage-site'
import { type Watch, watchProcess } from './watch'

/** A run of the matrix, or of some rows of it. */
export interface Run {
  startDatabase(): Promise<DurableSite>
  pace: Pace
  /** Which rows; every one when absent. */
  rows?: readonly string[]
}

interface Servers extends Sites {
  database: DurableSite
  vonage: VonageSite
  stop(): Promise<void>
}

/** Enough for a row that waits for a cluster, or for a deadline at each of its actions. */
const ROW_MS = 180_000

/** Defines the tests of the matrix: what docs/failures.md says of each cell is what happens. */
export function defineMatrix({ startDatabase, pace, rows = Object.keys(FAULTS) }: Run): void {
  const page = readMatrix()
  let servers: Servers
  let watch: Watch
  beforeAll(async () => {
    watch = watchProcess()
    servers = await startServers(startDatabase)
  }, ROW_MS)
  afterAll(async () => {
    await servers?.stop()
    watch?.stop()
  }, ROW_MS)

  describe('docs/failures.md', () => definePage(page))
  const wanted = page.rows.filter(({ fault }) => rows.includes(fault) && FAULTS[fault] !== undefined)
  describe.each(wanted.map((row) => [row.fault, row] as const))('%s', (_name, row) => {
    let outcomes: ReadonlyMap<string, Outcome>
    beforeAll(async () => {
      outcomes = await runRow(servers, FAULTS[row.fault] as Fault, pace)
    }, ROW_MS)
    it.each([...row.cells])('%s: %s', (action, cell) => {
      const outcome = outcomes.get(action) as Outcome
      expectCell(outcome, cell)
      expectAnswer(outcome, page.answers.get(readCell(cell).answer) as Answer, ACTIONS[action]?.isOfApp)
      expect(outcome.tookMs).toBeLessThan(limitOf(row, pace))
    })
  })
  describe('after all that', () => defineAftermath(() => ({ servers, watch })))
}

function definePage({ rows, actions, answers, recoveries }: MatrixPage): void {
  it('has every fault and every action once', () => {
    expect(rows.map(({ fault }) => fault)).toEqual(Object.keys(FAULTS))
    expect(actions).toEqual(Object.keys(ACTIONS))
  })

  it('explains every word it uses, and no other', () => {
    const cells = rows.flatMap((row) => [...row.cells.values()]).map(readCell)
    expect(new Set(cells.map(({ answer }) => answer))).toEqual(new Set(answers.keys()))
    expect(new Set(cells.map(({ recovery }) => recovery).filter(Boolean))).toEqual(recoveries)
  })
}

/** Where it is another cell, what was tried is told with it. */
function expectCell({ cell, tried, broken }: Outcome, wanted: string): void {
  expect({ cell, broken, ...(cell === wanted ? {} : { tried }) }).toEqual({ cell: wanted, broken: [] })
}

function expectAnswer(outcome: Outcome, { status, code, title }: Answer, isOfApp: true | undefined): void {
  expect(status).toContain(outcome.status)
  expect(outcome.code).toBe(code)
  if (!isOfApp) expect(outcome.title).toBe(title)
}

function defineAftermath(now: () => { servers: Servers; watch: Watch }): void {
  it('the process was never in danger: nothing was left for it to handle', () => {
    expect(now().watch.unhandled).toEqual([])
  })

  it('nothing that was printed holds a code, a number, a key, or what a driver said', () => {
    const { servers, watch } = now()
    const said = watch.lines.join('\n')
    expect(servers.vonage.secrets().filter((secret) => said.includes(secret))).toEqual([])
    expect(said).not.toMatch(/ReplyError|evalsha|two_factor_|Bearer /i)
  })
}

async function runRow(servers: Servers, fault: Fault, pace: Pace): Promise<ReadonlyMap<string, Outcome>> {
  const { database: durable, vonage } = servers
  const redis = await connect(servers, fault, pace)
  try {
    return await driveRow(servers, fault, await openScene({ redis, durable, vonage }, pace))
  } finally {
    redis.disconnect()
  }
}

async function connect(servers: Servers, { place }: Fault, pace: Pace) {
  if (place === 'cluster') return (await servers.cluster()).connect(pace)
  return servers.redis.connect(pace, place === 'redis' ? 'server' : 'proxy')
}

async function startServers(startDatabase: Run['startDatabase']): Promise<Servers> {
  const [redis, database, vonage] = await Promise.all([startRedisSite(), startDatabase(), startVonageSite()])
  let cluster: Promise<ClusterSite> | undefined
  return {
    redis,
    database,
    vonage,
    cluster() {
      cluster ??= startClusterSite()
      return cluster
    },
    async stop() {
      await Promise.all([redis.stop(), database.stop(), vonage.stop(), cluster?.then((site) => site.stop())])
    },
  }
}
