import { randomInt } from 'node:crypto'
import type { Person } from '../support/crowd'
import { type HttpClient, sessionCookieIn } from '../support/http-client'

export type RaceKind = 'app, one session' | 'app, two sessions' | 'text' | 'recovery code' | 'app with a wrong code'

/** What all races together showed. */
export interface Score {
  races: Record<RaceKind, number>
  verifies: number
  requests: number
  accepted: number
  /** Acceptances beyond the one that a code is good for. */
  doubles: number
  /** Races that nobody won: a right code that was lost. */
  lost: number
  statuses: Record<string, number>
}

export function newScore(): Score {
  const races = {
    'app, one session': 0,
    'app, two sessions': 0,
    text: 0,
    'recovery code': 0,
    'app with a wrong code': 0,
  }
  return { races, verifies: 0, requests: 0, accepted: 0, doubles: 0, lost: 0, statuses: {} }
}

export interface Track {
  http: HttpClient
  ports: readonly [number, number]
  score: Score
  now(): number
}

/** Two to eight answers with the same code at once, over both processes: one of them may win. */
export async function race(track: Track, kind: RaceKind, person: Person, recoveryCode = ''): Promise<void> {
  const { score, http, ports } = track
  const sessions = kind === 'app, two sessions' || kind === 'recovery code' ? 2 : 1
  const cookies = await Promise.all(Array.from({ length: sessions }, (_, at) => logIn(track, at, person)))
  const code = await codeFor(track, kind, person, recoveryCode)
  // A lost race for a recovery code counts as a failure: with more racers the lock would come before the winner.
  const racers = randomInt(2, kind === 'recovery code' ? 5 : 9)
  const wrongAt = kind === 'app with a wrong code' ? randomInt(racers) : -1
  const answers = await Promise.all(
    Array.from({ length: racers }, (_, at) =>
      http.verify(ports[at % 2] as number, cookies[at % sessions] as string, at === wrongAt ? wrongFor(code) : code),
    ),
  )
  for (const { status, body } of answers) {
    const word = status === 0 ? `0 ${body.code}` : status
    score.statuses[word] = (score.statuses[word] ?? 0) + 1
  }
  const accepted = answers.filter(({ status }) => status === 200).length
  score.races[kind] += 1
  score.verifies += racers
  score.requests += racers
  score.accepted += accepted
  score.doubles += Math.max(0, accepted - 1)
  if (accepted === 0) score.lost += 1
}

async function logIn({ http, ports, score }: Track, at: number, { email }: Person): Promise<string> {
  const answer = await http.login(ports[at] as number, email)
  score.requests += 1
  if (answer.status !== 200) throw new Error(`a sign-in was answered ${answer.status} ${answer.body.code}`)
  return sessionCookieIn(answer)
}

async function codeFor(track: Track, kind: RaceKind, person: Person, recoveryCode: string): Promise<string> {
  if (kind === 'recovery code') return recoveryCode
  if (kind !== 'text') return person.codeAt(track.now())
  const { body } = await track.http.send(track.ports[0], { method: 'GET', path: `/phone/${person.phone}` })
  track.score.requests += 1
  return body.code as string
}

function wrongFor(code: string): string {
  return code.replace(/.$/, (digit) => String((Number(digit) + 5) % 10))
}
