import assert from 'node:assert/strict'
import type { Channel, Clock, CodeMessage, Store } from '../../lib/ports'
import type { Interleaving } from './interleaving'
import { DAY, MINUTE, type Rules, SECOND } from './state'

interface Put {
  request: number
  method: string
  authenticatorId: string
  purpose: string
  owner: string
}

interface Sent extends Put {
  challengeId: string
  code: string
  to: string
  at: number
  offsetMs: number
  isLost: boolean
}

const COOLDOWN_MS = 30 * SECOND
/** Clock ticks between a put, which starts the cooldown, and the message on its way. */
const TICKS_MS = 5 * SECOND
const BUDGETS = [
  { points: 5, windowMs: 10 * MINUTE },
  { points: 20, windowMs: DAY },
] as const

/** Everything that may happen once, or so often, over a whole run: kept for good and looked at the moment it happens. */
export class Ledger {
  readonly sent: Sent[] = []
  /** Figures of a run, to see that it got somewhere. */
  readonly figures = new Map<string, number>()
  private readonly puts = new Map<string, Put>()
  private readonly taken = new Map<number, string>()
  private readonly claims = new Set<string>()
  private broken: Error | undefined
  private readonly failed = new Map<string, number>()

  constructor(
    private readonly interleaving: Interleaving,
    private readonly clock: Clock,
    private readonly rules: Rules,
  ) {}

  count(figure: string): void {
    this.figures.set(figure, (this.figures.get(figure) ?? 0) + 1)
  }

  /** A code of any kind was accepted: never before, never again. */
  claim(what: string): void {
    assert(!this.claims.has(what), `accepted twice: ${what}`)
    this.claims.add(what)
    this.count(`accepted ${what.split(' ')[0]}`)
  }

  /** A request's code was compared and found wrong: so often per challenge, whatever comes in between. */
  fail(request: number): void {
    const challengeId = this.taken.get(request)
    assert(challengeId, 'a code was compared without an attempt being counted')
    const failures = (this.failed.get(challengeId) ?? 0) + 1
    this.failed.set(challengeId, failures)
    assert(failures <= this.rules.attemptsPerChallenge, `${failures} wrong codes compared with one challenge`)
  }

  /** The authenticator that a challenge asks, now that it is asked by this method. */
  authenticatorOf(challengeId: string, method: string): string {
    return this.puts.get(`${challengeId} ${method}`)?.authenticatorId ?? ''
  }

  /** The code that answers a challenge now: of the newest message, if the challenge has not been replaced since. */
  codeOf(challengeId: string, method: string): string | undefined {
    const put = this.puts.get(`${challengeId} ${method}`)
    return this.sent.findLast((sent) => sent.challengeId === challengeId && sent.request === put?.request)?.code
  }

  /** A store that notes which challenges are there: nothing else may be sent for. */
  watch(store: Store): Store {
    return {
      ...store,
      putChallenge: async (userId, put) => {
        const request = this.interleaving.requestId
        const outcome = await store.putChallenge(userId, put)
        const { id, method, authenticatorId, purpose } = put.challenge
        if (outcome.outcome === 'stored') {
          this.puts.set(`${id} ${method}`, { request, method, authenticatorId, purpose, owner: userId })
        }
        return outcome
      },
      takeAttempt: async (userId, slot, brakes) => {
        const request = this.interleaving.requestId
        const outcome = await store.takeAttempt(userId, slot, brakes)
        if (outcome.outcome === 'taken') this.taken.set(request, outcome.stored.challenge.id)
        return outcome
      },
    }
  }

  /** A channel that judges each message as it leaves. */
  channel(method: 'sms' | 'voice', losesNext: () => boolean): Channel {
    return {
      method,
      send: async (message) => {
        const isLost = losesNext()
        this.judgeInTime(method, message, isLost)
        return isLost ? { status: 'failed', reason: 'unreachable' } : { status: 'sent', messageId: message.reference }
      },
    }
  }

  /** Fails when a message left that should not have. */
  checkSends(): void {
    if (this.broken) throw this.broken
  }

  /** What a channel throws is taken for a failed delivery: it is kept for the end of the step. */
  private judgeInTime(method: 'sms' | 'voice', message: CodeMessage, isLost: boolean): void {
    try {
      this.judgeSend(method, message, isLost)
    } catch (error) {
      this.broken ??= error as Error
    }
  }

  private judgeSend(method: string, { reference, code, to }: CodeMessage, isLost: boolean): void {
    const [challengeId = ''] = reference.split('.')
    const put = this.puts.get(`${challengeId} ${method}`)
    assert(put, 'a message left without a stored challenge')
    const at = this.clock.now()
    const before = this.sent.findLast((sent) => sent.challengeId === challengeId && sent.method === method)
    const isHot = before !== undefined && !before.isLost && at - before.at < COOLDOWN_MS - TICKS_MS
    assert(!isHot, `two messages by ${method} within the cooldown`)
    const request = this.interleaving.requestId
    const { offsetMs } = this.clock
    this.sent.push({ ...put, request, method, challengeId, code, to, at, offsetMs, isLost })
    this.count(`sent ${method}`)
    this.judgeBudgets()
  }

  /**
   * The in-process limiter goes by the machine's clock and cuts its windows out of the time that the test has moved;
   * those in Redis do not move at all. In either no window of that grid may hold more than the points.
   */
  private judgeBudgets(): void {
    const last = this.sent.at(-1) as Sent
    const isEnrolment = last.purpose === 'enrolment'
    for (const { points, windowMs } of BUDGETS) {
      const cell = ({ offsetMs }: Sent) => Math.floor(offsetMs / windowMs)
      const near = this.sent.filter((sent) => sent.method === last.method && cell(sent) === cell(last))
      const toUser = near.filter(({ owner }) => owner === last.owner)
      const toNumber = near
        .filter(({ to, purpose }) => to === last.to && (purpose === 'enrolment') === isEnrolment)
        .filter(({ owner }) => isEnrolment || owner === last.owner)
      assert(toUser.length <= points, `${toUser.length} messages of one user in ${windowMs} ms`)
      assert(toNumber.length <= points, `${toNumber.length} messages to one number in ${windowMs} ms`)
    }
  }
}
