import type { Server } from 'node:http'
import type Redis from 'ioredis'

/** What requests sent to Redis: each command by name, and how many waited for one another. */
export interface Trace {
  requests: number
  commands: Record<string, number>
  trips: number
}

/**
 * Watches the client until told to stop, while requests come one after another.
 * A command is one trip deeper than the deepest that was answered before it was sent.
 * @returns stops, and tells what was seen
 */
export function traceCommands(redis: Redis, server: Server): () => Trace {
  const trace: Trace = { requests: 0, commands: {}, trips: 0 }
  const original = redis.sendCommand
  let answered = 0
  const begin = () => {
    trace.requests += 1
    answered = 0
  }
  redis.sendCommand = (command, ...rest) => {
    trace.commands[command.name] = (trace.commands[command.name] ?? 0) + 1
    const depth = answered + 1
    const settle = () => {
      if (depth <= answered) return
      trace.trips += depth - answered
      answered = depth
    }
    command.promise.then(settle, settle)
    return original.call(redis, command, ...rest)
  }
  server.prependListener('request', begin)
  return () => {
    redis.sendCommand = original
    server.off('request', begin)
    return trace
  }
}
