import { memoryAuthenticators, memoryStore } from '../../lib/adapters/memory'
import type { Asked, Wanted } from '../../lib/core/asked'
import { decodeBase32 } from '../../lib/core/base32'
import { askChallenge } from '../../lib/core/challenge'
import { type Confirmed, confirmEnrolment } from '../../lib/core/confirm'
import type { Core, Session } from '../../lib/core/core'
import { type Begun, beginPhone, beginTotp } from '../../lib/core/enrolment'
import { hotp, stepAt } from '../../lib/core/factors/totp'
import { createKeyRing, type KeyRing } from '../../lib/core/secrets'
import { type Arrival, type SignedIn, signIn } from '../../lib/core/sign-in'
import { type Answer, type Verified, verifyChallenge } from '../../lib/core/verify'
import { TwoFactorError } from '../../lib/errors'
import { createEvents, type EventName } from '../../lib/events'
import type { TwoFactorOptions, User } from '../../lib/options'
import type { Clock } from '../../lib/ports'
import { resolveSettings } from '../../lib/settings/resolve'
import { type VirtualPhone, virtualPhone } from '../../lib/testing/virtual-phone'
import { KEY } from '../support/app'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
export const ADA: User = { id: 'user-ada', label: 'ada@example.com' }
export const BOB: User = { id: 'user-bob', label: 'bob@example.com' }
/** The middle of a time step, so that a second more or less changes no code. */
const NOON = Date.UTC(2026, 10, 22, 12, 0, 15)

/** A clock that stands still between two moves: a boundary can be met to the millisecond. */
export interface StoppedClock extends Clock {
  advance(ms: number): void
}

export function stoppedClock(): StoppedClock {
  let at = NOON
  return {
    now: () => at,
    offsetMs: 0,
    advance(ms) {
      at += ms
    },
  }
}

/** The rules on the in-process stores, with everything at hand that they touch. */
export interface Scene {
  core: Core
  keys: KeyRing
  clock: StoppedClock
  phone: VirtualPhone
  store: Core['settings']['store']
  authenticators: Core['settings']['authenticators']
  /** Each event as its name and payload, oldest first. */
  told: [EventName, Record<string, unknown>][]
}

const HEARD: readonly EventName[] = [
  'challenge.opened',
  'challenge.sent',
  'challenge.delivered',
  'challenge.undelivered',
  'challenge.verified',
  'challenge.failed',
  'send.refused',
  'sends.stopped',
  'sends.released',
  'user.locked',
  'grant.issued',
  'grant.ended',
  'grants.revoked',
  'grace.began',
  'authenticator.added',
  'authenticator.removed',
  'authenticator.disabled',
  'authenticator.altered',
  'recovery-code.used',
  'recovery-codes.replaced',
  'device.remembered',
  'device.recognised',
  'device.reused',
  'device.forgotten',
  'admin.reset',
  'admin.unlocked',
  'admin.grace-extended',
  'key.missing',
  'clock.skewed',
]

export function openScene(overrides: Partial<TwoFactorOptions> = {}): Scene {
  const clock = stoppedClock()
  const phone = virtualPhone({ clock })
  const settings = resolveSettings({
    issuer: 'Acme',
    origin: 'https://acme.example',
    keys: [KEY],
    store: memoryStore({ clock }),
    authenticators: memoryAuthenticators(),
    channels: phone.channels,
    countries: ['FR'],
    reauthenticate: () => null,
    clock,
    ...overrides,
  })
  const keys = createKeyRing(settings.keys, settings.randomBytes)
  const channels = new Map(settings.channels.map((channel) => [channel.method, channel]))
  const core = { settings, keys, events: createEvents(), channels }
  const told: Scene['told'] = []
  for (const name of HEARD) core.events.on(name, (payload) => void told.push([name, payload]))
  const { store, authenticators } = settings
  return { core, keys, clock, phone, store, authenticators, told }
}

/** The payloads of one event, oldest first. */
export function heard({ told }: Scene, name: EventName): readonly Record<string, unknown>[] {
  return told.filter(([each]) => each === name).map(([, payload]) => payload)
}

/** Signs in with the password; what is due is opened, and sent where its method sends. */
export function arrive(scene: Scene, arrival: Partial<Arrival> = {}): Promise<SignedIn & { session: Session }> {
  const whole: Arrival = { user: ADA, locale: 'en', open: 'now', onDevice: () => {}, ...arrival }
  return signIn(scene.core, whole).then((signedIn) => ({
    ...signedIn,
    session: { user: whole.user, handle: signedIn.handle },
  }))
}

/** The code of an authenticator app, `steps` of 30 s from now. */
export function codeOf({ clock }: Pick<Scene, 'clock'>, setupKey: string, steps = 0): string {
  return hotp(decodeBase32(setupKey), stepAt(clock.now()) + steps)
}

/** Six digits that no step near now has. */
export function wrongCode(scene: Pick<Scene, 'clock'>, setupKey: string): string {
  const near = new Set(Array.from({ length: 41 }, (_, at) => codeOf(scene, setupKey, at - 20)))
  return ['111111', '222222', '333333', '444444'].find((code) => !near.has(code)) as string
}

export interface Enrolled extends Confirmed {
  id: string
  session: Session
}

function goOn(session: Session, confirmed: Confirmed): Enrolled {
  const handle = confirmed.reissued?.handle ?? session.handle
  return { ...confirmed, id: confirmed.authenticator.id, session: { user: session.user, handle } }
}

/** Enrols an authenticator app, in a session that then goes on. */
export async function enrolApp(scene: Scene, user = ADA): Promise<Enrolled & { setupKey: string }> {
  const { session } = await arrive(scene, { user })
  const { enrolmentId, draft } = await beginTotp(scene.core, session, 'My app')
  const confirmed = await confirmEnrolment(scene.core, session, enrolmentId, codeOf(scene, draft.secret))
  return { ...goOn(session, confirmed), setupKey: draft.secret }
}

export const PHONE = { country: 'FR', phone: '06 12 34 56 78', method: 'sms', label: 'My phone' } as const

/** Enrols a phone, in a session that then goes on. */
export async function enrolPhone(scene: Scene, session?: Session, wanted = {}): Promise<Enrolled> {
  const own = session ?? (await arrive(scene)).session
  const { enrolmentId } = await beginPhone(scene.core, own, { ...PHONE, ...wanted }, 'en')
  return goOn(own, await confirmEnrolment(scene.core, own, enrolmentId, scene.phone.codeFor()))
}

/** Begins to enrol a phone, without confirming it. */
export function begin(scene: Scene, session: Session, wanted = {}): Promise<Begun> {
  return beginPhone(scene.core, session, { ...PHONE, ...wanted }, 'en')
}

/** A held session of a user with an app, in a time step whose code is not used yet. */
export async function heldByApp(scene: Scene) {
  const app = await enrolApp(scene)
  scene.clock.advance(30_000)
  return { ...app, ...(await arrive(scene)) }
}

/** A held session of a user with a phone, whose code was just sent. */
export async function heldByPhone(scene: Scene) {
  const phone = await enrolPhone(scene)
  return { ...phone, ...(await arrive(scene)) }
}

export function verify(
  { core }: Scene,
  session: Session,
  code: unknown,
  answer: Partial<Answer> = {},
): Promise<Verified> {
  return verifyChallenge(core, session, { code, ...answer })
}

/** All that opening or showing a challenge needs to be told of a session, as it is now. */
export async function look(scene: Scene, session: Session): Promise<Asked> {
  const state = await scene.store.readSession(session.user.id, { handle: session.handle })
  const enrolled = await scene.authenticators.load(session.user.id)
  return { session, state, enrolled, tallies: state.tallies, locale: 'en' }
}

/** Asks a session for something, as `POST /challenge` does. */
export async function ask(scene: Scene, session: Session, wanted: Partial<Wanted> = {}) {
  return askChallenge(scene.core, await look(scene, session), { purpose: 'sign-in', ...wanted })
}

/** The error that a call ends with: its code and fields. */
export async function refusalOf(call: Promise<unknown> | (() => unknown)): Promise<Record<string, unknown>> {
  try {
    await (typeof call === 'function' ? call() : call)
  } catch (error) {
    if (error instanceof TwoFactorError) return { code: error.code, ...error.fields }
    throw error
  }
  throw new Error('nothing was refused')
}

/** Runs something once, right before a call of a port, or right after it: the instant a race needs. */
export function interrupt<Port extends object, Name extends keyof Port>(
  port: Port,
  name: Name,
  when: 'before' | 'after',
  run: () => Promise<unknown>,
): void {
  const call = port[name] as (...args: unknown[]) => Promise<unknown>
  const hooked = async (...args: unknown[]) => {
    Object.assign(port, { [name]: call })
    if (when === 'before') await run()
    const answer = await call.apply(port, args)
    if (when === 'after') await run()
    return answer
  }
  Object.assign(port, { [name]: hooked })
}
