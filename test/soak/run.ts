import type { AuthenticatorStore } from 'express-two-factor'
import { enrolPerson, type Person } from '../support/crowd'
import { openHttpClient } from '../support/http-client'
import type { Fleet } from './fleet'
import { newScore, type RaceKind, race, type Score, type Track } from './races'

export interface SoakReport extends Score {
  tookMs: number
  /** Memory that the processes hold, in bytes: once warm, half way, and at the end. */
  rssBytes: { warm: number; half: number; end: number }
}

const APPS = 240
const PHONES = 80
const AT_ONCE = 24
const STEP_MS = 30_000
const HUNG_AFTER_MS = 20_000
const WARM_WAVES = 2
const APP_KINDS: readonly RaceKind[] = ['app, one session', 'app, two sessions', 'app with a wrong code']

/** Runs waves of races, a time step apart, until enough answers were tried. */
export async function runSoak(fleet: Fleet, store: AuthenticatorStore, verifies: number): Promise<SoakReport> {
  const http = openHttpClient(HUNG_AFTER_MS, 200)
  const crowd = await gather(store)
  let offsetMs = 0
  const track: Track = { http, ports: fleet.ports, score: newScore(), now: () => Date.now() + offsetMs }
  const rss: number[] = []
  const startMs = performance.now()
  for (let wave = 0; track.score.verifies < verifies; wave += 1) {
    await runWave(track, crowd, store, wave)
    offsetMs += STEP_MS
    await fleet.advance(STEP_MS)
    if (wave >= WARM_WAVES) rss.push(sum(await fleet.advance(0)))
  }
  const tookMs = performance.now() - startMs
  http.close()
  const [warm = 0, half = 0, end = 0] = [rss[0], rss[Math.floor(rss.length / 2)], rss.at(-1)]
  return { ...track.score, tookMs, rssBytes: { warm, half, end } }
}

interface Crowd {
  apps: readonly Person[]
  phones: readonly Person[]
}

async function gather(store: AuthenticatorStore): Promise<Crowd> {
  const many = (count: number, factor: 'totp' | 'phone') =>
    Promise.all(Array.from({ length: count }, () => enrolPerson(store, factor)))
  return { apps: await many(APPS, 'totp'), phones: await many(PHONES, 'phone') }
}

/** In one wave everybody races once: an app has one code per step. Recovery codes come with people of their own. */
async function runWave(track: Track, { apps, phones }: Crowd, store: AuthenticatorStore, wave: number): Promise<void> {
  const holders = await Promise.all(Array.from({ length: 3 }, () => enrolPerson(store, 'totp')))
  const runs = [
    ...apps.map((person, at) => () => race(track, APP_KINDS[(at + wave) % APP_KINDS.length] as RaceKind, person)),
    ...phones.map((person) => () => race(track, 'text', person)),
    ...holders.map((person) => async () => {
      for (const code of person.recoveryCodes) await race(track, 'recovery code', person, code)
    }),
  ]
  const waiting = runs.values()
  const drain = async () => {
    for (const run of waiting) await run()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, drain))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
