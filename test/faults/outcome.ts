import type { Response } from 'supertest'
import type { Action, Recovery } from './actions'
import { isGood, type Person } from './people'

/** One action of one user, from its approach to what is left of it. */
export interface Attempt {
  name: string
  action: Action
  person: Person
  /** The matrix's word for the answer. */
  answer: string
  /** What the user got on by; nothing where nothing was needed. */
  recovery: Recovery | '' | 'never'
  response?: Response
  /** Messages that had arrived before. */
  codesBefore?: number
  tookMs: number
  /** The fault came about: the action went as far as where it strikes. */
  isStruck: boolean
  /** What the user did once it was over, with the answers. */
  tried: string[]
  /** Rules that were broken. */
  broken: string[]
}

/** What became of one action under one fault. */
export interface Outcome {
  /** As the matrix words it. */
  cell: string
  tookMs: number
  status: number
  code: string | undefined
  title: string | undefined
  tried: readonly string[]
  /** Rules that were broken: there must be none. */
  broken: readonly string[]
}

/** Stands where the action never comes to where the fault strikes. */
const UNTOUCHED = '–'
const DELIVERIES: Readonly<Record<string, string>> = { sent: 'ok', failed: 'unsent', unknown: 'unsure' }

/** The word of the matrix for an answer. */
export async function wordFor({ response, action, person, isStruck }: Attempt): Promise<string> {
  if (!isStruck) return UNTOUCHED
  const { status = 0, body = {} } = response ?? {}
  if (status === 503) return body.code === 'ERR_TFA_STORE_UNAVAILABLE' ? '503' : "app's 503"
  if (body.code === 'ERR_TFA_DELIVERY_FAILED') return '502'
  if (body.code === 'ERR_TFA_SIGN_IN_REQUIRED') return '401'
  if (response === undefined || !isGood(response)) return `${status} ${body.code}`
  if (!action.isSending) return 'ok'
  const pending = body.next === undefined ? body : (await person.agent.get('/two-factor/challenge')).body
  return DELIVERIES[pending.delivery?.status ?? 'sent'] as string
}

export function outcomeOf({ answer, recovery, response, tookMs, tried, broken }: Attempt): Outcome {
  const { status = 0, body = {} } = response ?? {}
  const cell = recovery === '' ? answer : `${answer}, ${recovery}`
  return { cell, tookMs, status, code: body.code, title: body.title, tried, broken }
}
