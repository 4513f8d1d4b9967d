import { TwoFactorError } from '../errors'
import type { User } from '../options'
import type { Enrolled, Grant, Locale, SessionState } from '../ports'
import { openAtSignIn } from './challenge'
import type { Core } from './core'
import { newGrant, noteFirstPrompt, whileStale } from './grant'
import { newId } from './ids'
import { type Assessment, assess, factsOf, requirementFor } from './policy'
import { type Recognised, recogniseDevice } from './remembered-device'

/** A session after the first factor: its grant, and how it stands. */
export interface SignedIn extends Assessment {
  handle: string
  grant: Grant
  /** Set when the browser was recognised. */
  device?: Recognised
}

/** What a sign-in brings along. */
export interface Arrival {
  user: User
  locale: Locale
  deviceToken?: string
  address?: string
  /** `now` at a sign-in; `when-asked` at first sight, where a page load must not cost a message. */
  open: 'now' | 'when-asked'
  /** Hears of the browser as soon as it was looked at, whatever becomes of the sign-in. */
  onDevice(device: Recognised | null): void
}

/**
 * Gives a session its grant after the first factor, recognises a remembered device, and opens the challenge where
 * one is due.
 * @throws {@link TwoFactorError} `ERR_TFA_STORE_UNAVAILABLE`
 */
export async function signIn(core: Core, arrival: Arrival): Promise<SignedIn> {
  const { user, deviceToken } = arrival
  let token = deviceToken
  const signedIn = await whileStale(async () => {
    const outcome = await issueAtSignIn(core, arrival, token)
    // A revocation came in between: the device is looked at again, by the token it was rotated to, if it is still there.
    token = outcome.device?.token ?? token
    return outcome.isStale ? 'stale' : outcome
  })
  if (!signedIn) throw new TwoFactorError('ERR_TFA_STORE_UNAVAILABLE', { detail: "the user's factors keep changing" })
  core.events.emit('grant.issued', { userId: user.id, assurance: signedIn.grant.assurance })
  return signedIn
}

async function issueAtSignIn(
  core: Core,
  arrival: Arrival,
  deviceToken: string | undefined,
): Promise<SignedIn & { isStale: boolean }> {
  const { user } = arrival
  // The epoch before the facts: what changes in between is noticed by the store when the grant is issued.
  // The device in the same trip, and with its own epoch: whichever is answered first, it was not revoked in between.
  const [state, device] = await Promise.all([
    core.settings.store.readSession(user.id, { handle: '' }),
    recogniseDevice(core, user.id, deviceToken),
  ])
  arrival.onDevice(device)
  const enrolled = await core.settings.authenticators.load(user.id)
  const facts = await noteFirstPrompt(core, user, factsOf(enrolled))
  const requirement = await requirementFor(core.settings, user, facts)
  const isRecognised = device !== null && facts.hasFactor
  const fresh = newGrant(core, facts, { assurance: isRecognised ? 'remembered-device' : 'password' })
  const grant = isRecognised ? { ...fresh, expiresAt: Math.min(fresh.expiresAt, device.expiresAt) } : fresh
  const assessment = assess(grant, requirement, core.settings.clock.now())
  const handle = newId(core.settings.randomBytes)
  const isDeviceStale = device !== null && device.epoch !== state.epoch
  const signedIn = { handle, grant, ...assessment, ...(device ? { device } : {}) }
  if (isDeviceStale) return { ...signedIn, isStale: true }
  const outcome = await issueAndOpen(core, arrival, signedIn, state, enrolled)
  return { ...signedIn, isStale: outcome === 'stale' }
}

async function issueAndOpen(
  core: Core,
  { user, locale, open, address }: Arrival,
  { handle, grant, standing }: SignedIn,
  state: SessionState,
  enrolled: Enrolled,
): Promise<'issued' | 'stale'> {
  const issue = core.settings.store.issueGrant(user.id, { handle, grant, epoch: state.epoch })
  if (standing !== 'held' || open === 'when-asked') return issue
  const session = address === undefined ? { user, handle } : { user, handle, address }
  const asked = { session, state, enrolled, tallies: state.tallies, locale }
  // One trip for both; should they arrive in the other order, the challenge finds no grant, and is put once more.
  const [issued, opened] = await Promise.all([issue, openAtSignIn(core, asked)])
  if (issued === 'issued' && opened === 'gone') await openAtSignIn(core, asked)
  return issued
}
