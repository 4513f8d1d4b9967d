import session from 'express-session'
import type { Interleaving } from './interleaving'

type Done<Value> = (error: unknown, value?: Value) => void

/** The app's sessions, shared by its processes; each call on them waits at the door as those of the ports do. */
export class GuardedSessions extends session.MemoryStore {
  constructor(private readonly interleaving: Interleaving) {
    super()
  }

  override get(id: string, done: Done<session.SessionData | null>): void {
    this.inTurn<session.SessionData | null>('get', (next) => super.get(id, next), done)
  }

  override set(id: string, data: session.SessionData, done?: (error?: unknown) => void): void {
    this.inTurn<void>('set', (next) => super.set(id, data, next), done)
  }

  override destroy(id: string, done?: (error?: unknown) => void): void {
    this.inTurn<void>('destroy', (next) => super.destroy(id, next), done)
  }

  /** Whose session a cookie names, and where its grant is kept; null for none. */
  notesOf(cookie: string): { userId: string; handle: string; action: string | null } | null {
    const id = /connect\.sid=s(?::|%3A)([^.;]+)/.exec(cookie)?.[1] ?? ''
    const { sessions } = this as unknown as { sessions: Record<string, string> }
    const { userId, twoFactor } = JSON.parse(sessions[decodeURIComponent(id)] ?? '{}')
    if (!userId || !twoFactor?.handle) return null
    return { userId, handle: twoFactor.handle, action: twoFactor.action?.text.replace('Pay ', '') ?? null }
  }

  private inTurn<Value>(name: string, run: (done: Done<Value>) => void, done: Done<Value> = () => {}): void {
    const call = () =>
      new Promise<Value | undefined>((resolve, reject) =>
        run((error, value) => (error ? reject(error) : resolve(value))),
      )
    this.interleaving.pass('sessions', name, call).then(
      (value) => done(null, value as Value),
      (error) => done(error),
    )
  }
}
