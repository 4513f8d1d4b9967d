import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Redis from 'ioredis'

export interface RedisServer {
  port: number
  url: string
  process: ChildProcess
  stop(): Promise<void>
}

/**
 * A port nobody listens on right now. It is below those that systems hand out by themselves: of these, a test that runs
 * beside could be given the same one before the server has taken it.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = randomInt(10_000, 32_768)
    if (await isFree(port)) return port
  }
  throw new Error('no port is free between 10000 and 32767')
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

/**
 * Starts a real redis-server that keeps nothing on disk, and waits until it answers.
 * @param fixedPort - where one that ended is to come back; any free port when absent
 */
export async function startRedis(args: readonly string[] = [], fixedPort?: number): Promise<RedisServer> {
  const port = fixedPort ?? (await freePort())
  const folder = mkdtempSync(join(tmpdir(), 'redis-'))
  const base = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const child = spawn('redis-server', [...base, ...args], { stdio: 'ignore' })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await untilReady(port)
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    process: child,
    async stop() {
      child.kill('SIGKILL')
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function untilReady(port: number): Promise<void> {
  const redis = new Redis({ port, retryStrategy: () => 20 })
  redis.on('error', () => {})
  // A replica that takes in its master's data answers LOADING: it is there.
  await redis.ping().catch(() => {})
  redis.disconnect()
}
