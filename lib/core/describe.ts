import type { AuthenticatorAnswer, SettingsAnswer } from '../answers'
import type { Authenticator } from '../ports'
import type { Core, Session } from './core'
import { answerRequirement, factsOf, requirementFor } from './policy'
import { reachOf } from './reach'
import { listDevices } from './remembered-device'

/** How an authenticator is shown to its owner. */
export function describeAuthenticator(core: Core, userId: string, authenticator: Authenticator): AuthenticatorAnswer {
  const { id, factor, label, preferredMethod, createdAt, lastUsedAt } = authenticator
  return {
    id,
    factor,
    label,
    ...reachOf(core, userId, authenticator),
    preferredMethod,
    createdAt: new Date(createdAt),
    lastUsedAt: lastUsedAt === undefined ? null : new Date(lastUsedAt),
  }
}

/** A user's security settings. */
export async function describeSettings(
  core: Core,
  { user }: Session,
  deviceToken: string | undefined,
): Promise<SettingsAnswer> {
  const { authenticators, clock } = core.settings
  const [enrolled, devices] = await Promise.all([authenticators.load(user.id), listDevices(core, user.id, deviceToken)])
  const facts = factsOf(enrolled)
  const requirement = await requirementFor(core.settings, user, facts)
  return {
    enabled: facts.hasFactor,
    requirement: answerRequirement(requirement, facts, clock.now()),
    authenticators: enrolled.authenticators.map((authenticator) => describeAuthenticator(core, user.id, authenticator)),
    recoveryCodes: enrolled.recoveryCodes,
    devices,
  }
}
