import { randomBytes } from 'node:crypto'
import request, { type Response } from 'supertest'
import { newTotpSecret } from '../../lib/core/factors/totp'
import { newId } from '../../lib/core/ids'
import { phoneSecret } from '../../lib/core/sealed'
import { createKeyRing } from '../../lib/core/secrets'
import { KEY } from '../support/app'
import { codeFor, signIn, type TestAgent } from '../support/journeys'
import type { Scene } from './scene'

export type EnrolledFactor = 'totp' | 'phone'

/** One user of a service under test, with a browser. */
export interface Person {
  name: string
  userId: string
  /** E.164, nobody else's. */
  phone: string
  setupKey: string
  agent: TestAgent
  /** Id of the enrolment that was begun. */
  enrolmentId?: string
  /** The code that was typed in the action, to type it again. */
  code?: string
}

const keys = createKeyRing([Buffer.from(KEY, 'base64')], randomBytes)
let people = 0

/** Makes a user who has enrolled these. */
export async function addPerson(scene: Scene, factors: readonly EnrolledFactor[]): Promise<Person> {
  people += 1
  const name = `user${people}`
  const userId = `faults-${name}`
  const phone = `+33612${String(people).padStart(6, '0')}`
  const setupKey = newTotpSecret(randomBytes)
  scene.service.users.set(name, { id: userId, label: `${name}@example.com` })
  const secrets = {
    totp: setupKey,
    phone: phoneSecret({ e164: phone, callingCode: '33', country: 'FR', methods: ['sms', 'voice'] }),
  }
  for (const [version, factor] of factors.entries()) await enrol(scene, userId, version, factor, secrets[factor])
  return { name, userId, phone, setupKey, agent: request.agent(scene.server) }
}

async function enrol(
  { authenticators, service }: Scene,
  userId: string,
  version: number,
  factor: EnrolledFactor,
  secret: string,
): Promise<void> {
  const id = newId(randomBytes)
  const sealed = keys.seal(secret, ['authenticator', userId, id])
  const preferredMethod = factor === 'totp' ? 'totp' : 'sms'
  const createdAt = service.clock.now()
  const add = { id, factor, label: '', sealed, preferredMethod, createdAt, lastStep: -1, failures: 0 } as const
  if (!(await authenticators.change(userId, version, { add }))) throw new Error('the user could not be enrolled')
}

/** Goes on in a browser without any cookie. */
export function useNewBrowser(scene: Scene, person: Person): void {
  person.agent = request.agent(scene.server)
}

export function logIn({ agent, name }: Person): request.Test {
  return signIn(agent, name)
}

/** Signs in where nothing is broken yet. */
export async function logInWell(person: Person): Promise<void> {
  const { status, text } = await logIn(person)
  if (status !== 200) throw new Error(`the sign-in before the fault was answered ${status}: ${text}`)
}

/** The last code that arrived on the user's phone. */
export function arrivedCode({ vonage }: Scene, { phone }: Person): string | undefined {
  return vonage.codesFor(phone).at(-1)
}

export function appCode({ service }: Scene, { setupKey }: Person): string {
  return codeFor(service, setupKey)
}

export function typeCode({ agent }: Person, code: string | undefined, remember?: true): request.Test {
  return agent.post('/two-factor/challenge/verify').send({ code, ...(remember ? { remember } : {}) })
}

/** A page below the gate, for this user: a session that has lost its user is nobody's, and the gate lets nobody pass. */
export async function isThrough({ agent, userId }: Person): Promise<boolean> {
  const { status, body } = await agent.get('/account')
  return status === 200 && body.user?.id === userId
}

export function isGood({ status }: Response): boolean {
  return status >= 200 && status < 300
}
