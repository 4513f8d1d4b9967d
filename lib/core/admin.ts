import type { AuthenticatorAnswer, DeviceAnswer } from '../answers'
import { TwoFactorError } from '../errors'
import { checkUserId } from '../settings/user'
import { revokeOnceChanged } from './change'
import type { Core } from './core'
import { describeAuthenticator } from './describe'
import { newId } from './ids'
import { listDevices } from './remembered-device'

/** Tries of a reset that met another change of the same user. */
const RESET_TRIES = 5

/** Who acts, and why: both go into the event, for the app's own record. */
export interface AdminAct {
  actor: string
  reason: string
}

/** What support sees of a user. */
export interface UserStatus {
  authenticators: readonly AuthenticatorAnswer[]
  recoveryCodes: { remaining: number; total: number }
  devices: readonly DeviceAnswer[]
  firstPromptAt?: Date
  graceUntil?: Date
  /** Tally name → until when it is locked. */
  locks: Readonly<Record<string, Date>>
}

export interface Admin {
  status(userId: string): Promise<UserStatus>
  /** Removes every factor, session and device: the next sign-in enrols anew. The grace period does not restart. */
  reset(userId: string, act: AdminAct): Promise<void>
  /** Lifts the locks; an authenticator disabled by too many failures stays so until it is bound again. */
  unlock(userId: string, act: AdminAct): Promise<void>
  /** Lets a user say "not now" until a date, from the next sign-in on. */
  extendGrace(userId: string, until: Date, act: AdminAct): Promise<void>
}

/** The support desk's acts. @see ASVS 5.0 6.4.4 */
export function createAdmin(core: Core): Admin {
  return {
    status: async (userId) => readStatus(core, checkUserId(userId)),
    reset: async (userId, act) => resetUser(core, checkUserId(userId), checkAct(act)),
    unlock: async (userId, act) => unlockUser(core, checkUserId(userId), checkAct(act)),
    extendGrace: async (userId, until, act) => extendGrace(core, checkUserId(userId), until, checkAct(act)),
  }
}

/** @throws {@link TwoFactorError} `ERR_TFA_INPUT_INVALID` without a name and a reason */
export function checkAct({ actor, reason }: AdminAct): AdminAct {
  const isNamed = [actor, reason].every((word) => typeof word === 'string' && word.trim() !== '' && word.length <= 500)
  if (isNamed) return { actor, reason }
  throw new TwoFactorError('ERR_TFA_INPUT_INVALID', {
    field: 'reason',
    detail: 'an actor and a reason are needed, up to 500 characters',
  })
}

async function readStatus(core: Core, userId: string): Promise<UserStatus> {
  const { store, authenticators, clock } = core.settings
  const [{ tallies }, enrolled, devices] = await Promise.all([
    store.readSession(userId, { handle: '' }),
    authenticators.load(userId),
    listDevices(core, userId),
  ])
  const locked = Object.entries(tallies).filter(([, tally]) => tally.lockedUntil > clock.now())
  return {
    authenticators: enrolled.authenticators.map((authenticator) => describeAuthenticator(core, userId, authenticator)),
    recoveryCodes: enrolled.recoveryCodes,
    devices,
    ...(enrolled.firstPromptAt === undefined ? {} : { firstPromptAt: new Date(enrolled.firstPromptAt) }),
    ...(enrolled.graceUntil === undefined ? {} : { graceUntil: new Date(enrolled.graceUntil) }),
    locks: Object.fromEntries(locked.map(([subject, { lockedUntil }]) => [subject, new Date(lockedUntil)])),
  }
}

async function resetUser(core: Core, userId: string, act: AdminAct): Promise<void> {
  const { store, randomBytes } = core.settings
  const revoke = () => store.revoke(userId, { epoch: newId(randomBytes), devices: 'end' })
  await revoke()
  await removeEverything(core, userId)
  await revoke()
  await store.clearTallies(userId)
  core.events.emit('grants.revoked', { userId, reason: 'admin-reset' })
  core.events.emit('admin.reset', { userId, ...act })
}

async function removeEverything(core: Core, userId: string): Promise<void> {
  const { authenticators } = core.settings
  for (let tries = 0; tries < RESET_TRIES; tries += 1) {
    const { version } = await authenticators.load(userId)
    const change = authenticators.change(userId, version, { remove: 'all', recoveryCodes: [] })
    const isChanged = await change.catch((error) => {
      void revokeOnceChanged(core, userId, { version, devices: 'end' })
      throw error
    })
    if (isChanged) return
  }
  throw new TwoFactorError('ERR_TFA_STORE_UNAVAILABLE', { detail: "the user's factors keep changing" })
}

async function unlockUser(core: Core, userId: string, act: AdminAct): Promise<void> {
  await core.settings.store.clearTallies(userId)
  core.events.emit('admin.unlocked', { userId, ...act })
}

async function extendGrace(core: Core, userId: string, until: Date, act: AdminAct): Promise<void> {
  if (!(until instanceof Date) || Number.isNaN(until.getTime())) {
    throw new TwoFactorError('ERR_TFA_INPUT_INVALID', { field: 'until', detail: '`until` must be a valid Date' })
  }
  await core.settings.authenticators.extendGrace(userId, until.getTime())
  core.events.emit('admin.grace-extended', { userId, until, ...act })
}
