import { inspect } from 'node:util'

/** Everything a process says while it is watched. */
export interface Watch {
  /** What was printed, warned of, or thrown where nobody caught it. */
  readonly lines: readonly string[]
  /** Rejections and exceptions that nobody handled: without this watch the process would be gone. */
  readonly unhandled: readonly string[]
  stop(): void
}

const CONSOLE = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const

/** Listens to the console, the streams and the process itself. */
export function watchProcess(): Watch {
  const lines: string[] = []
  const unhandled: string[] = []
  const restores = [
    ...CONSOLE.map((name) => tap(console, name, lines)),
    ...STREAMS().map((it) => tap(it, 'write', lines)),
  ]
  const onWarning = (warning: Error) => void lines.push(inspect(warning, { depth: 9 }))
  const onUnhandled = (reason: unknown) => void unhandled.push(inspect(reason, { depth: 9 }))
  process.on('warning', onWarning)
  process.on('unhandledRejection', onUnhandled)
  process.on('uncaughtException', onUnhandled)
  return {
    lines,
    unhandled,
    stop() {
      for (const restore of restores) restore()
      process.off('warning', onWarning)
      process.off('unhandledRejection', onUnhandled)
      process.off('uncaughtException', onUnhandled)
    },
  }
}

const STREAMS = () => [process.stdout, process.stderr]

function tap(owner: object, name: string, lines: string[]): () => void {
  const before = Reflect.get(owner, name) as (...args: unknown[]) => unknown
  const tapped = (...args: unknown[]) => {
    lines.push(
      args.map((arg) => (typeof arg === 'string' ? arg : inspect(arg, { depth: 9, showHidden: true }))).join(' '),
    )
    return before.apply(owner, args)
  }
  Reflect.set(owner, name, tapped)
  return () => void Reflect.set(owner, name, before)
}
