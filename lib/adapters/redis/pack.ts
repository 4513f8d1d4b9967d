/**
 * How records are written in Redis: short, readable with redis-cli, and always the same text for the same record,
 * so that a script compares records by comparing texts. Every text starts with what the scripts judge by.
 */
import { TwoFactorError } from '../../errors'
import type {
  Assurance,
  Challenge,
  Delivery,
  DeliveryFailure,
  DeliveryStatus,
  Device,
  Grant,
  Method,
  Purpose,
  StoredChallenge,
  Tally,
} from '../../ports'

/** How long before the end of its record something happened: fewer digits than the instant itself. */
type Before = number | null

const ASSURANCES = { password: 'p', 'remembered-device': 'd', 'second-factor': 's' } satisfies Record<Assurance, string>
const METHODS = { totp: 't', sms: 's', voice: 'v', 'recovery-code': 'r' } satisfies Record<Method, string>
const PURPOSES = { 'sign-in': 'i', 'step-up': 'u', enrolment: 'e' } satisfies Record<Purpose, string>
const STATUSES = { sent: '1', delivered: '2', failed: '3', unknown: '4' } satisfies Record<DeliveryStatus, string>
const REASONS = {
  unreachable: '1',
  rejected: '2',
  throttled: '3',
  account: '4',
  budget: '5',
  locked: '6',
  timeout: '7',
} satisfies Record<DeliveryFailure, string>

/** `[expiresAt,"words",issued,verified,password,prompted,grace,actionKey]`, instants as milliseconds before the end. */
export function packGrant(grant: Grant): string {
  const { assurance, methods, expiresAt, hasFactor, postponed } = grant
  const words = [
    ASSURANCES[assurance],
    hasFactor ? 'f' : '',
    postponed ? 'n' : '',
    ':',
    ...methods.map((method) => METHODS[method]),
  ]
  const before = (at: number | undefined): Before => (at === undefined ? null : expiresAt - at)
  const instants = [grant.issuedAt, grant.verifiedAt, grant.passwordAt, grant.firstPromptAt, grant.graceUntil].map(
    before,
  )
  return JSON.stringify(trim([expiresAt, words.join(''), ...instants, grant.actionKey ?? null]))
}

/** @returns null for what is no grant: nothing, or the epoch */
export function unpackGrant(packed: string | null): Grant | null {
  if (!packed?.startsWith('[')) return null
  const [expiresAt, words, issued, verified, password, prompted, grace, actionKey] = JSON.parse(packed) as PackedGrant
  const [standing = '', methods = ''] = words.split(':')
  return {
    assurance: wordOf(ASSURANCES, standing.charAt(0)),
    methods: [...methods].map((letter) => wordOf(METHODS, letter)),
    ...instant('verifiedAt', expiresAt, verified),
    ...instant('passwordAt', expiresAt, password),
    issuedAt: expiresAt - issued,
    expiresAt,
    hasFactor: standing.includes('f'),
    ...instant('firstPromptAt', expiresAt, prompted),
    ...instant('graceUntil', expiresAt, grace),
    ...(standing.includes('n') && { postponed: true }),
    ...(actionKey != null && { actionKey }),
  }
}

type PackedGrant = [number, string, number, Before?, Before?, Before?, Before?, (string | null)?]

/** `"id","epoch","authenticator","words","codeHash"`, and on a second line action and draft where there are any. */
export function packChallenge({
  id,
  epoch,
  authenticatorId,
  purpose,
  method,
  codeHash,
  action,
  draft,
}: Challenge): string {
  const words = PURPOSES[purpose] + METHODS[method]
  const head = trim([id, epoch, authenticatorId, words, codeHash ?? null])
  const tail = trim([action ? [action.key, action.text] : null, draft ?? null])
  // Scripts decode the first line only: the second holds words of the app's, which their decoder might refuse.
  return [head, tail]
    .map((part) => JSON.stringify(part).slice(1, -1))
    .filter(Boolean)
    .join('\n')
}

/** `attemptsLeft,expiresAt,delivery,text sent at,call sent at,attempts,` and the challenge, as the scripts write it. */
export function unpackChallenge(packed: string): StoredChallenge {
  const [head = '', tail = ''] = packed.split('\n')
  const [attemptsLeft, expiresAt, delivery, sms, voice, _attempts, ...challenge] = JSON.parse(
    `[${head}]`,
  ) as PackedState
  return {
    challenge: unpackWords(challenge, JSON.parse(`[${tail}]`) as PackedTail),
    attemptsLeft,
    expiresAt,
    sentAt: { ...(sms > 0 && { sms }), ...(voice > 0 && { voice }) },
    ...(delivery > 0 && { delivery: unpackDelivery(delivery) }),
  }
}

type PackedHead = [string, string, string, string, (string | null)?]
type PackedTail = [([string, string] | null)?, (string | null)?]
type PackedState = [number, number, number, number, number, number, ...PackedHead]

function unpackWords(
  [id, epoch, authenticatorId, words, codeHash]: PackedHead,
  [action, draft]: PackedTail,
): Challenge {
  return {
    id,
    purpose: wordOf(PURPOSES, words.charAt(0)),
    epoch,
    method: wordOf(METHODS, words.charAt(1)),
    authenticatorId,
    ...(codeHash != null && { codeHash }),
    ...(action && { action: { key: action[0], text: action[1] } }),
    ...(draft != null && { draft }),
  }
}

/** Two digits, reason then status. */
export function packDelivery({ status, reason }: Delivery): number {
  return Number((reason ? REASONS[reason] : '') + STATUSES[status])
}

function unpackDelivery(packed: number): Delivery {
  const reason = Math.floor(packed / 10)
  const status = wordOf(STATUSES, String(packed % 10))
  return reason === 0 ? { status } : { status, reason: wordOf(REASONS, String(reason)) }
}

/** `expiresAt,life,rotated,used,token,previous token,name`: rotated counts from birth, used from the rotation. */
export function packDevice(device: Device): string {
  const { expiresAt, createdAt, rotatedAt, lastUsedAt, tokenHash, previousHash = '', name } = device
  const rotated = rotatedAt - createdAt || ''
  const used = lastUsedAt - rotatedAt || ''
  return [expiresAt, expiresAt - createdAt, rotated, used, tokenHash, previousHash, name].join(',')
}

export function unpackDevice(id: string, packed: string): Device {
  const [expiresAt, life, rotated, used, tokenHash = '', previousHash = '', ...name] = packed.split(',')
  const createdAt = Number(expiresAt) - Number(life)
  const rotatedAt = createdAt + Number(rotated)
  return {
    id,
    name: name.join(','),
    tokenHash,
    ...(previousHash && { previousHash }),
    rotatedAt,
    createdAt,
    lastUsedAt: rotatedAt + Number(used),
    expiresAt: Number(expiresAt),
  }
}

/** `failures,lockedUntil`, as the scripts write it. */
export function unpackTally(packed: string): Tally {
  const [failures, lockedUntil] = packed.split(',')
  return { failures: Number(failures), lockedUntil: Number(lockedUntil) }
}

function trim(values: readonly unknown[]): readonly unknown[] {
  return values.slice(0, values.findLastIndex((value) => value !== null) + 1)
}

function instant<Name extends string>(
  name: Name,
  end: number,
  before: Before | undefined,
): Partial<Record<Name, number>> {
  return before == null ? {} : ({ [name]: end - before } as Record<Name, number>)
}

function wordOf<Word extends string>(letters: Record<Word, string>, letter: string): Word {
  const word = (Object.keys(letters) as Word[]).find((candidate) => letters[candidate] === letter)
  if (word !== undefined) return word
  const detail = 'a record in Redis was written by another version of this package'
  throw new TwoFactorError('ERR_TFA_STORE_UNAVAILABLE', { detail })
}
