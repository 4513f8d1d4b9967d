import type { Person } from '../support/crowd'
import type { Answer } from '../support/http-client'

export type Kind = 'totp' | 'sms' | 'recovery-code'

/** A code that was accepted: the session's cookie before, and the one it went on with. */
export interface Accepted {
  kind: Kind
  person: Person
  code: string
  before: string
  after: string
  at: number
}

/** A session whose challenge is open; its code is at hand, and not typed yet. */
export interface Waiting {
  kind: Kind
  person: Person
  cookie: string
  at: number
}

/** Wrong codes of one person that were judged, as the answers said. */
export interface Guessed {
  person: Person
  cookie: string
  judged: number
  at: number
}

interface Heard {
  at: number
  status: number
  tookMs: number
}

/** What the clients of a drill saw, written down as it happens. */
export interface Ledger {
  heard: Heard[]
  accepted: Accepted[]
  waiting: Waiting[]
  guessed: Guessed[]
  /** Sessions that a protected page was shown to though nothing had opened them. */
  openedWithoutFactor: string[]
  /** When a browser that asks to be remembered was asked for a code. */
  deviceAsked: number[]
  hear(answer: Answer): Answer
  accept(accepted: Accepted): void
  /** Codes that were accepted more than once, by kind. */
  countDoubles(): Record<Kind, number>
}

export function createLedger(): Ledger {
  const times = new Map<string, number>()
  const doubles: Record<Kind, number> = { totp: 0, sms: 0, 'recovery-code': 0 }
  const ledger: Ledger = {
    heard: [],
    accepted: [],
    waiting: [],
    guessed: [],
    openedWithoutFactor: [],
    deviceAsked: [],
    hear(answer) {
      ledger.heard.push({ at: Date.now(), status: answer.status, tookMs: answer.tookMs })
      return answer
    },
    accept(accepted) {
      const { kind, person, code } = accepted
      const key = `${kind} ${person.id} ${code}`
      times.set(key, (times.get(key) ?? 0) + 1)
      if (times.get(key) === 2) doubles[kind] += 1
      ledger.accepted.push(accepted)
    },
    countDoubles: () => ({ ...doubles }),
  }
  return ledger
}

/** How the service answered from one instant on. */
export interface Outage {
  /** From the cut to the first and the last 503. */
  firstMs: number
  lastMs: number
  unavailable: number
  slowestMs: number
  /** Answers that are neither a success, nor a refusal, nor 503; 0 stands for none at all within the deadline. */
  others: Record<number, number>
}

export function describeOutage({ heard }: Ledger, cutAt: number): Outage {
  const since = heard.filter(({ at }) => at >= cutAt)
  const unavailable = since.filter(({ status }) => status === 503)
  const others: Record<number, number> = {}
  for (const { status } of since) if (!isExpected(status)) others[status] = (others[status] ?? 0) + 1
  return {
    firstMs: (unavailable[0]?.at ?? cutAt) - cutAt,
    lastMs: (unavailable.at(-1)?.at ?? cutAt) - cutAt,
    unavailable: unavailable.length,
    slowestMs: Math.round(Math.max(0, ...since.map(({ tookMs }) => tookMs))),
    others,
  }
}

function isExpected(status: number): boolean {
  return status === 503 || (status >= 200 && status < 300) || (status >= 400 && status < 500)
}
