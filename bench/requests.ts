import type Redis from 'ioredis'
import type { Prepared } from './base'
import type { Call } from './client'
import type { Fleet } from './processes'
import { answerBody, type Contender, type Plan, runRounds, type Seen } from './rounds'
import type { SubjectName } from './server'
import { compare, compareCommands, type Row } from './table'

/** What the benchmarks over HTTP work with. */
export interface Stage {
  fleet: Fleet
  plan: Plan
  redis: Redis
}

const VERIFY_LIMITS = [
  { metric: 'p50Us', atMost: 1.2 },
  { metric: 'cpuUs', atMost: 1.2 },
  { metric: 'requestsPerSecond' },
] as const

/** A GET behind the gate, against the same app without the package. */
export async function benchGate(stage: Stage): Promise<readonly Row[]> {
  const toCall = ({ cookie }: Prepared): Call => ({ method: 'GET', path: '/account', cookie })
  const busier = { ...stage, plan: { ...stage.plan, together: stage.plan.together * 3 } }
  const names = ['plain', 'redis verified', 'redis opted-out'] as const
  const [plain, verified, optedOut] = await measure(busier, names, toCall, 200)
  const rows = (work: string, ours: Seen) => [
    ...compareCommands(work, ours, plain as Seen, { commands: 1 }),
    ...compare(work, ours, plain as Seen, [
      { metric: 'p50Us', judged: 'difference', atMost: 60 },
      { metric: 'requestsPerSecond', atLeast: 0.88 },
      { metric: 'cpuUs' },
    ]),
  ]
  return [...rows('gated GET, verified', verified as Seen), ...rows('gated GET, nothing needed', optedOut as Seen)]
}

/** A right code, each of its own user and session, against the hand-written app. */
export async function benchVerify(stage: Stage, kind: 'totp' | 'sms'): Promise<readonly Row[]> {
  const names = [`ideal ${kind}`, `memory ${kind}`, `redis ${kind}`] as const
  const toCall = (prepared: Prepared, name: SubjectName): Call => {
    const path = name.startsWith('ideal') ? '/verify' : '/two-factor/challenge/verify'
    return { method: 'POST', path, cookie: prepared.cookie, body: answerBody(prepared) }
  }
  const [ideal, memory, redis] = await measure(stage, names, toCall)
  const rows = (durable: string, ours: Seen, trips: number) => {
    const work = `verify ${kind}, durable in ${durable}`
    const commands = compareCommands(work, ours, ideal as Seen, { trips })
    return [...compare(work, ours, ideal as Seen, VERIFY_LIMITS), ...commands]
  }
  return [...rows('memory', memory as Seen, 1), ...rows('Redis', redis as Seen, 2)]
}

/** A sign-in that opens a challenge and sends its code, in a session that the browser has already. */
export async function benchSignIn(stage: Stage): Promise<readonly Row[]> {
  const names = ['ideal sms', 'memory sms', 'redis sms'] as const
  const toCall = ({ userId, cookie }: Prepared): Call => {
    return { method: 'POST', path: '/login', cookie, body: JSON.stringify({ userId }) }
  }
  const [ideal, memory, redis] = await measure(stage, names, toCall)
  const limits = [
    { metric: 'p50Us', atMost: 1.25 },
    { metric: 'cpuUs', atMost: 1.25 },
    { metric: 'requestsPerSecond' },
  ] as const
  const rows = (work: string, ours: Seen) => [
    ...compare(work, ours, ideal as Seen, limits),
    ...compareCommands(work, ours, ideal as Seen, {}),
  ]
  return [
    ...rows('sign-in + send, durable in memory', memory as Seen),
    ...rows('sign-in + send, durable in Redis', redis as Seen),
  ]
}

async function measure(
  { fleet, plan, redis }: Stage,
  names: readonly SubjectName[],
  toCall: (prepared: Prepared, name: SubjectName) => Call,
  reusable?: number,
): Promise<readonly Seen[]> {
  const again = reusable === undefined ? {} : { reusable }
  const start = async (name: SubjectName): Promise<Contender> => {
    return { served: await fleet.start(name), toCall: (prepared) => toCall(prepared, name), ...again }
  }
  const contenders = await Promise.all(names.map(start))
  return runRounds(contenders, plan, redis)
}
