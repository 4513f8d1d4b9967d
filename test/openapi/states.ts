import {
  type AuthenticatorStore,
  type Channel,
  type Store,
  TwoFactorError,
  type TwoFactorOptions,
} from 'express-two-factor'
import { memoryAuthenticators, memoryStore } from 'express-two-factor/memory'
import { movableClock } from 'express-two-factor/testing'
import { vonageSms, vonageVoice } from 'express-two-factor/vonage'
import request from 'supertest'
import type TestAgent from 'supertest/lib/agent'
import { makeKeys } from '../adapters/vonage/support'
import { createTestApp, PASSWORD, type TestApp } from '../support/app'
import { codeFor, enrolPhone, enrolTotp, reauthenticate, signIn } from '../support/journeys'
import { SIGNATURE_SECRET } from '../support/vonage-webhooks'

/** An RFC 6238 time step, and the cooldown between two sends. */
export const STEP_MS = 30_000
/** A day. */
export const DAY_MS = 24 * 60 * 60_000
/** An id of the right form that is nobody's. */
export const NOBODYS = 'AAAAAAAAAAAAAAAAAAAAAA'
/** The user's own. */
export const CREDENTIALS = { username: 'ada@example.com', password: PASSWORD }
/** A mobile, as a French user types it. */
export const PHONE = { factor: 'phone', country: 'FR', phone: '06 12 34 56 78' }

/** The test app, with what it keeps its records in. */
export interface Service extends TestApp {
  store: Store
  authenticators: AuthenticatorStore
}

/** Mounts the test app on stores of its own. */
export function openService(overrides: Partial<TwoFactorOptions> = {}): Service {
  const clock = movableClock()
  const ports = { store: memoryStore({ clock }), authenticators: memoryAuthenticators(), ...overrides }
  return { ...createTestApp({ ...ports, clock }), ...ports, clock }
}

/** A session after the password: passed where nothing is enrolled, held where something is. */
export async function arrive({ app }: Pick<TestApp, 'app'>, name = 'ada'): Promise<TestAgent> {
  const agent = request.agent(app)
  await signIn(agent, name).expect(200)
  return agent
}

/** A session whose authenticator app is asked for; a new code is there to be had. */
export async function holdByApp(overrides: Partial<TwoFactorOptions> = {}) {
  const service = openService(overrides)
  const enrolled = await enrolTotp(service, 'ada')
  service.clock.advance(STEP_MS)
  const code = () => codeFor(service, enrolled.setupKey)
  return { service, passed: enrolled.agent, enrolled, code, held: await arrive(service) }
}

/** A session that was sent a text. */
export async function holdByPhone(overrides: Partial<TwoFactorOptions> = {}) {
  const service = openService(overrides)
  const enrolled = await enrolPhone(service, 'ada')
  return { service, passed: enrolled.agent, enrolled, code: () => service.phone.codeFor(), held: await arrive(service) }
}

/** A session with an authenticator app that has just re-authenticated in full. */
export async function freshen(overrides: Partial<TwoFactorOptions> = {}) {
  const service = openService(overrides)
  const enrolled = await enrolTotp(service, 'ada')
  await reauthenticate(enrolled.agent, 'ada').expect(200)
  return { service, enrolled, fresh: enrolled.agent }
}

/** A session without a factor that has given the password again. */
export async function begin(overrides: Partial<TwoFactorOptions> = {}) {
  const service = openService(overrides)
  const fresh = await arrive(service)
  await reauthenticate(fresh, 'ada').expect(200)
  return { service, fresh }
}

/** A session that is asked to enrol. */
export async function prompt(graceMs = 28 * DAY_MS) {
  const service = openService({ policy: { requirement: 'required', graceMs } })
  return { service, prompted: await arrive(service) }
}

/** Channels that read webhooks; nothing is sent by them. */
export function vonageChannels(): readonly Channel[] {
  const { privateKey } = makeKeys()
  const apiHost = 'http://127.0.0.1:9'
  const vonage = { applicationId: 'app-1', privateKey, from: 'Acme', apiHost, signatureSecret: SIGNATURE_SECRET }
  return [vonageSms(vonage), vonageVoice(vonage)]
}

/** A store whose calls can be made to reject, as a Redis that is down. */
export function breakable(store: Store): { store: Store; breakDown(): void } {
  let isDown = false
  const reject = () => Promise.reject(new TwoFactorError('ERR_TFA_STORE_UNAVAILABLE'))
  const get = (target: Store, name: keyof Store) =>
    isDown && typeof target[name] === 'function' ? reject : Reflect.get(target, name)
  return {
    store: new Proxy(store, { get: (target, name) => get(target, name as keyof Store) }),
    breakDown: () => {
      isDown = true
    },
  }
}

/** Authenticators that another request has just changed: no change is decided on their newest version. */
export function overtaken(): { authenticators: AuthenticatorStore; overtake(): void } {
  const authenticators = memoryAuthenticators()
  let isOvertaken = false
  const { change } = authenticators
  const late: AuthenticatorStore['change'] = async (...given) => !isOvertaken && change(...given)
  return {
    authenticators: { ...authenticators, change: late },
    overtake: () => {
      isOvertaken = true
    },
  }
}
