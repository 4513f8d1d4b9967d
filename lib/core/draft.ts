import { TwoFactorError } from '../errors'
import type { Challenge, Method } from '../ports'
import type { Core } from './core'
import { reportUnopened } from './sealed'

/** What a confirmed enrolment will store. It waits in the pending enrolment, sealed. */
export interface Draft {
  factor: 'totp' | 'phone'
  label: string
  /** Base32 secret, or the phone as it is sealed. */
  secret: string
  method: Method
  /** Of the durable record the enrolment was begun on: a reset since then makes it void. */
  version: number
  /** Id of the phone that leaves when this one is confirmed. */
  replaces?: string
}

export function sealDraft(core: Core, userId: string, authenticatorId: string, draft: Draft): string {
  const { factor, label, secret, method, version, replaces } = draft
  return core.keys.seal(JSON.stringify([factor, label, secret, method, version, replaces]), [
    'draft',
    userId,
    authenticatorId,
  ])
}

/**
 * Opens what a pending enrolment holds.
 * @throws {@link TwoFactorError} `ERR_TFA_NOT_FOUND` when it does not open: it is begun anew, under a key that is there
 */
export function openDraft(core: Core, userId: string, { draft = '', authenticatorId }: Challenge): Draft {
  const [factor, label, secret, method, version, replaces] = JSON.parse(openText(core, userId, draft, authenticatorId))
  return { factor, label, secret, method, version, ...(replaces ? { replaces } : {}) }
}

function openText(core: Core, userId: string, draft: string, authenticatorId: string): string {
  try {
    return core.keys.open(draft, ['draft', userId, authenticatorId])
  } catch {
    reportUnopened(core, userId, authenticatorId, draft)
    throw new TwoFactorError('ERR_TFA_NOT_FOUND')
  }
}
