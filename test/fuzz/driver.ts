import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PASSWORD } from '../support/app'
import type { Ports } from '../support/backends'
import { createChance } from './chance'
import { codeOf, findFaults, givesRightCode, isByParser } from './oracle'
import { type FuzzRequest, makeRequest, type RequestScene } from './requests'
import { createFuzzService, secretOf } from './service'
import { STATES, type State } from './states'
import { type Corpus, createCorpus, createValues } from './values'
import { ask, keepCookies, type Scene, type Visitor } from './visitor'
import { type Answer, type Outcome, openWire } from './wire'

/** What a run came to. */
export interface Figures {
  requests: number
  byParser: number
  odd: number
  /** How often each was answered: statuses, codes, and `state → route`. */
  statuses: Map<string, number>
  codes: Map<string, number>
  meetings: Map<string, number>
  faults: string[]
}

export interface Run {
  seed: number
  requests: number
  /** Only this one: what a failure names. */
  episode?: number
  /** New records for each episode. */
  openPorts(): Ports
}

const REQUESTS_PER_VISITOR = 60
const VISITORS_PER_EPISODE = Object.keys(STATES).length
const REQUESTS_PER_EPISODE = REQUESTS_PER_VISITOR * VISITORS_PER_EPISODE
const MOST_FAULTS = 8
/** An episode is one request after another, so that it can be replayed; several go on at once. */
const LANES = 4

/** Sends so many requests, by episodes that each have a service of their own and depend on seed and number alone. */
export async function fuzz(run: Run): Promise<Figures> {
  const figures = emptyFigures()
  const count = Math.ceil(run.requests / REQUESTS_PER_EPISODE)
  const episodes = run.episode === undefined ? Array.from({ length: count }, (_, at) => at) : [run.episode]
  const corpus = createCorpus(run.seed)
  const work = async () => {
    for (let next = episodes.shift(); next !== undefined; next = episodes.shift()) {
      if (figures.faults.length >= MOST_FAULTS) return
      await runEpisode(run, next, corpus, figures)
    }
  }
  await Promise.all(Array.from({ length: LANES }, work))
  return figures
}

function emptyFigures(): Figures {
  const counts = { requests: 0, byParser: 0, odd: 0 }
  return { ...counts, statuses: new Map(), codes: new Map(), meetings: new Map(), faults: [] }
}

async function runEpisode(run: Run, episode: number, corpus: Corpus, figures: Figures): Promise<void> {
  const service = createFuzzService(run.openPorts(), createChance(run.seed, episode, 1))
  const server = createServer(service.app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const wire = openWire((server.address() as AddressInfo).port)
  const chance = createChance(run.seed, episode)
  const scene: RequestScene = { service, wire, chance, values: createValues(chance, corpus), others: [] }
  const states = Object.keys(STATES) as State[]
  try {
    for (let at = 0; at < VISITORS_PER_EPISODE && figures.faults.length < MOST_FAULTS; at += 1) {
      const state = states[(at + episode) % states.length] as State
      const name = `FUZZ_SEED=${run.seed} FUZZ_EPISODE=${episode}, ${state}`
      // A state that is not reached is a fault too: what was sent before has broken the way there.
      await visit({ scene, state, name, figures }).catch((error) => figures.faults.push(`${name}\n  ${error}`))
    }
  } finally {
    wire.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

interface Visit {
  scene: RequestScene
  state: State
  name: string
  figures: Figures
}

/** One state's share of an episode; who leaves it, or has been let through, is followed by another. */
async function visit({ scene, state, name, figures }: Visit): Promise<void> {
  let visitor = await STATES[state](scene)
  for (let count = 0; count < REQUESTS_PER_VISITOR; count += 1) {
    if (scene.chance.isOneIn(60)) scene.service.clock.advance(scene.chance.pick([1000, 31_000, 601_000]))
    const request = makeRequest(scene, visitor)
    const { mayPass } = visitor
    const { outcome, faults } = await send(scene, visitor, request)
    tally(figures, state, request, outcome)
    if (faults.length > 0) figures.faults.push(describe(name, request, faults))
    if (!hasLeft(request, outcome) && visitor.mayPass === mayPass) continue
    scene.others = [visitor, ...scene.others].slice(0, 6)
    visitor = await STATES[state](scene)
  }
  scene.others = [visitor, ...scene.others].slice(0, 6)
}

function hasLeft({ aim, method }: FuzzRequest, outcome: Outcome): boolean {
  const isTaken = typeof outcome !== 'string' && (outcome.status === 204 || outcome.status === 303)
  return isTaken && method === 'POST' && (aim === 'POST /sign-out' || aim === 'POST /disable')
}

interface Sent {
  outcome: Outcome
  faults: string[]
}

async function send(scene: RequestScene, visitor: Visitor, request: FuzzRequest): Promise<Sent> {
  const { service, wire, others } = scene
  // Before it is sent: a code that is accepted is spent by then.
  for (const each of request.of) if (givesRightCode(scene, each, request)) each.mayPass = true
  const outcome = await wire.send(request.bytes, { isHead: request.method === 'HEAD', isOdd: request.isOdd })
  const faults = findFaults(scene, [visitor, ...others], request, outcome)
  faults.push(...service.faults.splice(0))
  if (request.isOdd) for (const each of request.of) suppose(each, request)
  if (typeof outcome === 'string' || isByParser(outcome)) return { outcome, faults }
  for (const each of request.of) learn(each, request, outcome)
  if (outcome.setCookie.length > 0) faults.push(...(await tryCookies(scene, visitor, request, outcome)))
  return { outcome, faults }
}

/** What an answer has given: the password was right, or "not now" was granted. */
function learn(visitor: Visitor, request: FuzzRequest, { status, headers, text, setCookie }: Answer): void {
  if (setCookie.some((cookie) => cookie.includes('two-factor-device'))) visitor.isRemembered = true
  if (request.aim === 'POST /authenticators' && status === 201 && text.startsWith('{')) {
    const { enrolmentId, setupKey } = JSON.parse(text) as { enrolmentId: string; setupKey?: string }
    Object.assign(visitor, { enrolmentId, pendingKey: setupKey })
  }
  const isTaken = status < 300 || (status === 303 && !/^\/(two-factor\/setup$|login)/.test(headers.location ?? ''))
  if (isTaken) suppose(visitor, request)
}

/** What a request was given, or an odd one may have been, its answer lost with the connection it broke. */
function suppose(visitor: Visitor, { aim, typed }: FuzzRequest): void {
  if (aim === 'POST /reauthenticate' && typed.includes(PASSWORD.slice(0, 7))) visitor.mayChange = true
  if (aim === 'POST /setup/postpone' && visitor.account.duty === 'postponable') visitor.mayPass = true
}

/** Takes a browser's new cookies to the gate: they must not open it for who has given no right code. */
async function tryCookies(scene: Scene, visitor: Visitor, { of }: FuzzRequest, answer: Answer): Promise<string[]> {
  const before = new Map(visitor.cookies)
  keepCookies(visitor, answer)
  const { text } = await ask(scene, visitor, 'GET /account', {}, [200, 401, 403])
  const isOpen = text.includes(secretOf(visitor.account)) && !visitor.mayPass
  // What was answered to somebody else's cookies is not this browser's to keep.
  if (!(of.length === 1 && of[0] === visitor)) visitor.cookies = before
  return isOpen ? ['sets a cookie that passes the gate'] : []
}

function tally(figures: Figures, state: State, request: FuzzRequest, outcome: Outcome): void {
  const add = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)
  const isAnswer = typeof outcome !== 'string'
  figures.requests += 1
  if (request.isOdd) figures.odd += 1
  if (isAnswer && isByParser(outcome)) figures.byParser += 1
  add(figures.statuses, isAnswer ? String(outcome.status) : outcome)
  add(figures.meetings, `${state} → ${request.aim}`)
  const code = isAnswer ? codeOf(outcome) : undefined
  if (code !== undefined) add(figures.codes, code)
}

const LONGEST_SHOWN = 700

function describe(name: string, { bytes }: FuzzRequest, faults: readonly string[]): string {
  const shown = JSON.stringify(bytes.toString('latin1').slice(0, LONGEST_SHOWN))
  return `${name}\n  ${faults.join('\n  ')}\n  ${shown}`
}
