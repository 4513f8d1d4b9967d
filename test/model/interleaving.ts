import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import type { Scheduler } from 'fast-check'

/** One request under way, and its last call to each port. */
interface Request {
  id: number
  tails: Map<string, Promise<unknown>>
}

/** Turns of the event loop without anything new, after which all requests wait for a call to be let through. */
const QUIET_TURNS = 4
const LONGEST_CALL_MS = 10_000

/**
 * Decides in which order the calls of requests that run side by side reach the ports. Every call waits at the door; when
 * all requests wait, the schedule picks whose goes next, and it is made to its end before the next is picked.
 */
export class Interleaving {
  private readonly requests = new AsyncLocalStorage<Request>()
  private scheduler: Scheduler | null = null
  private running = 0
  private movements = 0
  private lastId = 0

  /** The request that the code runs for; 0 outside of any. */
  get requestId(): number {
    return this.requests.getStore()?.id ?? 0
  }

  /** Sends one request. */
  start<Result>(send: () => Promise<Result>): Promise<Result> {
    this.lastId += 1
    return this.requests.run({ id: this.lastId, tails: new Map() }, send)
  }

  /** Runs requests side by side: by the schedule, or, without one, as the machine has it. */
  async together<Result>(
    sends: readonly (() => Promise<Result>)[],
    scheduler: Scheduler | null,
  ): Promise<readonly Result[]> {
    this.scheduler = scheduler
    try {
      const all = Promise.all(sends.map((send) => this.start(send)))
      if (scheduler) await this.drive(scheduler, all)
      return await all
    } finally {
      this.scheduler = null
    }
  }

  /** A port whose calls wait at the door. */
  guard<Port extends object>(name: string, port: Port): Port {
    const entries = Object.entries(port).map(([call, value]) => [
      call,
      typeof value === 'function' ? this.guardCall(name, call, value.bind(port)) : value,
    ])
    return Object.fromEntries(entries)
  }

  /** Calls of one request to one port keep their order, as they do on a connection. */
  private guardCall(port: string, name: string, call: (...args: unknown[]) => Promise<unknown>) {
    return (...args: unknown[]) => this.pass(port, name, () => call(...args))
  }

  /** Lets one call through when its turn has come. */
  pass<Result>(port: string, name: string, call: () => Promise<Result>): Promise<Result> {
    const request = this.requests.getStore()
    if (!this.scheduler || !request) return call()
    const mine = this.passInTurn(request.tails.get(port), `${request.id} ${port}.${name}`, call)
    request.tails.set(port, mine)
    return mine
  }

  private async passInTurn<Result>(
    before: Promise<unknown> | undefined,
    label: string,
    call: () => Promise<Result>,
  ): Promise<Result> {
    await before?.catch(() => {})
    this.movements += 1
    await this.scheduler?.schedule(Promise.resolve(), label)
    this.running += 1
    try {
      return await call()
    } finally {
      this.running -= 1
      this.movements += 1
    }
  }

  private async drive(scheduler: Scheduler, all: Promise<unknown>): Promise<void> {
    const state = { isDone: false }
    const done = () => {
      state.isDone = true
    }
    all.then(done, done)
    while (!state.isDone) {
      await this.quiet()
      if (scheduler.count() > 0) await scheduler.waitNext(1)
    }
  }

  private async quiet(): Promise<void> {
    let quietTurns = 0
    let before = this.movements
    const startedAt = Date.now()
    while (quietTurns < QUIET_TURNS) {
      if (Date.now() - startedAt > LONGEST_CALL_MS) throw new Error('a call of a port does not end')
      await turn()
      quietTurns = this.running === 0 && this.movements === before ? quietTurns + 1 : 0
      before = this.movements
    }
  }
}
