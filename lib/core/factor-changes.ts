import { TwoFactorError } from '../errors'
import type { Enrolled, Grant, Method } from '../ports'
import { changeFactors, type FactorChange, type Reissued } from './change'
import { hashCodes } from './confirm'
import type { Core, Session } from './core'
import { newRecoveryCodes } from './factors/recovery-code'
import { factsOf, isInForce, requirementFor } from './policy'
import { reachOf } from './reach'

/**
 * Removes one authenticator.
 * @throws {@link TwoFactorError} `ERR_TFA_NOT_FOUND`; `ERR_TFA_LAST_AUTHENTICATOR` when the policy requires one
 */
export async function removeAuthenticator(core: Core, session: Session, grant: Grant, id: string): Promise<Reissued> {
  const enrolled = await core.settings.authenticators.load(session.user.id)
  if (!enrolled.authenticators.some((authenticator) => authenticator.id === id))
    throw new TwoFactorError('ERR_TFA_NOT_FOUND')
  const isLast = enrolled.authenticators.length === 1
  if (isLast && (await isRequired(core, session, enrolled))) throw new TwoFactorError('ERR_TFA_LAST_AUTHENTICATOR')
  const change = isLast ? ({ remove: 'all', recoveryCodes: [] } as const) : { remove: id }
  const goesOnWith = isLast ? AS_PASSWORD : asBefore(grant)
  const reissued = await changeFactors(
    core,
    session,
    ending(enrolled, { change, goesOnWith, reason: 'authenticator-removed' }),
  )
  core.events.emit('authenticator.removed', { userId: session.user.id, authenticatorId: id })
  return reissued
}

/** Makes a new set of recovery codes; the old one dies. */
export async function replaceRecoveryCodes(
  core: Core,
  session: Session,
  grant: Grant,
): Promise<{ codes: readonly string[]; reissued: Reissued }> {
  const enrolled = await core.settings.authenticators.load(session.user.id)
  if (enrolled.authenticators.length === 0) throw new TwoFactorError('ERR_TFA_NOT_FOUND')
  const codes = newRecoveryCodes(core.settings.randomBytes)
  const change = { recoveryCodes: hashCodes(core, session.user.id, codes) }
  const wanted = ending(enrolled, { change, goesOnWith: asBefore(grant), reason: 'recovery-codes-replaced' })
  const reissued = await changeFactors(core, session, wanted)
  core.events.emit('recovery-codes.replaced', { userId: session.user.id })
  return { codes, reissued }
}

/** Refuses to turn the second factor off where the policy requires it. @throws {@link TwoFactorError} `ERR_TFA_REQUIRED_BY_POLICY` */
export async function refuseRequired(core: Core, session: Session): Promise<void> {
  const enrolled = await core.settings.authenticators.load(session.user.id)
  if (await isRequired(core, session, enrolled)) throw new TwoFactorError('ERR_TFA_REQUIRED_BY_POLICY')
}

/** Turns the second factor off: every authenticator and recovery code goes. */
export async function disable(core: Core, session: Session): Promise<Reissued> {
  const enrolled = await core.settings.authenticators.load(session.user.id)
  const change = { remove: 'all', recoveryCodes: [] } as const
  return changeFactors(core, session, ending(enrolled, { change, goesOnWith: AS_PASSWORD, reason: 'disabled' }))
}

/** Renames an authenticator, or sets its preferred method. No grant rests on either. */
export async function describeAnew(
  core: Core,
  session: Session,
  id: string,
  words: { label?: string; preferredMethod?: string },
): Promise<void> {
  const { authenticators } = await core.settings.authenticators.load(session.user.id)
  const authenticator = authenticators.find((candidate) => candidate.id === id)
  if (!authenticator) throw new TwoFactorError('ERR_TFA_NOT_FOUND')
  const { label, preferredMethod } = words
  if (
    preferredMethod !== undefined &&
    !reachOf(core, session.user.id, authenticator).methods.some((method) => method === preferredMethod)
  ) {
    throw new TwoFactorError('ERR_TFA_INPUT_INVALID', {
      field: 'preferredMethod',
      detail: 'the authenticator has no such method',
    })
  }
  const known = {
    ...(label === undefined ? {} : { label }),
    ...(preferredMethod ? { preferredMethod: preferredMethod as Method } : {}),
  }
  const isThere = await core.settings.authenticators.describe(session.user.id, id, known)
  if (!isThere) throw new TwoFactorError('ERR_TFA_NOT_FOUND')
}

const AS_PASSWORD = { assurance: 'password', methods: [] } as const

function asBefore({ assurance, methods, verifiedAt }: Grant): FactorChange['goesOnWith'] {
  return { assurance, methods, ...(verifiedAt === undefined ? {} : { verifiedAt }) }
}

function ending({ version }: Enrolled, rest: Pick<FactorChange, 'change' | 'goesOnWith' | 'reason'>): FactorChange {
  return { version, devices: 'end', ...rest }
}

async function isRequired(core: Core, { user }: Session, enrolled: Enrolled): Promise<boolean> {
  return isInForce(await requirementFor(core.settings, user, factsOf(enrolled)), core.settings.clock.now())
}
