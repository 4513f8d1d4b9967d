import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { median } from './rounds'
import type { Row } from './table'

/** What an app has loaded already when it loads the package. */
const BASE = ['express', 'express-session', 'connect-redis', 'ioredis', 'passport']

/** What importing the package adds to an app's start, each time in a new process. */
export function benchImport(folder: string, times: number): readonly Row[] {
  const seen = Array.from({ length: times }, () => importOnce(folder))
  const row = (metric: string, pick: (one: Imported) => number): Row => {
    return { work: 'cold import over the base app', metric, value: median(seen.map(pick)), judged: 'value' }
  }
  return [
    { ...row('ms, root', ({ rootMs }) => rootMs), atMost: 40 },
    row('ms, /redis after it', ({ redisMs }) => redisMs),
    { ...row('ms, base app', ({ baseMs }) => baseMs), note: 'for comparison' },
  ]
}

interface Imported {
  baseMs: number
  rootMs: number
  redisMs: number
}

function importOnce(folder: string): Imported {
  const script = `
    const time = (names) => { const start = performance.now(); names.forEach(require); return performance.now() - start }
    const baseMs = time(${JSON.stringify(BASE)})
    const rootMs = time(['express-two-factor'])
    const redisMs = time(['express-two-factor/redis'])
    console.log(JSON.stringify({ baseMs, rootMs, redisMs }))`
  const env = { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '' }
  const said = execFileSync(process.execPath, ['--eval', script], { cwd: join(folder, 'bench'), env, encoding: 'utf8' })
  return JSON.parse(said) as Imported
}
