import { PASSWORD } from '../support/app'
import { codeFor } from '../support/journeys'
import type { Chance } from './chance'
import { type Account, type Duty, type FuzzService, MOUNT } from './service'
import type { Answer, Wire } from './wire'

/** A browser of somebody's, and what it may do by now. */
export interface Visitor {
  account: Account
  cookies: Map<string, string>
  /** Of the app that is enrolled, and of one that is pending. */
  setupKey?: string
  pendingKey?: string
  authenticatorId?: string
  enrolmentId?: string
  recoveryCodes: readonly string[]
  /** A right code was given, or none is asked of this user: what is below the gate may be shown. */
  mayPass: boolean
  /** The password was given again: what is enrolled may be changed, by one that may pass or is asked to enrol. */
  mayChange: boolean
  /** A device of this browser's is remembered. */
  isRemembered: boolean
}

/** Where visitors are made: a service, the way to it, and the choices. */
export interface Scene {
  service: FuzzService
  wire: Wire
  chance: Chance
}

/** Opens an account of its own for each visitor: nothing that one does ends another's state. */
export function createVisitor({ service, chance }: Scene, duty: Duty): Visitor {
  const { accounts } = service
  const id = `user-${accounts.size}`
  const label = chance.pick([id, `${id} "><fz onfz=1>`, `${id}' onfz='1 \u202e&amp;{{7*7}}`])
  const mobile = `+33612${100_000 + accounts.size * 7919}`
  const account = { id, email: `${id}@example.com`, label, mobile, duty }
  accounts.set(id, account)
  const mayPass = duty === 'optional'
  return { account, cookies: new Map(), recoveryCodes: [], mayPass, mayChange: false, isRemembered: false }
}

/** Puts what an answer sets into the browser's jar. */
export function keepCookies({ cookies }: Visitor, { setCookie }: Answer): void {
  for (const line of setCookie) {
    const pair = line.split(';')[0] as string
    const equals = pair.indexOf('=')
    cookies.set(pair.slice(0, equals), pair.slice(equals + 1))
  }
}

export function cookieHeader({ cookies }: Visitor): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}

/** Asks as a well-behaved client does. @throws Error when it is answered otherwise than expected */
export async function ask(
  { wire }: Scene,
  visitor: Visitor,
  line: string,
  body: object,
  expected: readonly number[],
): Promise<Answer> {
  const text = JSON.stringify(body)
  const cookie = cookieHeader(visitor)
  const head = [`${line} HTTP/1.1`, 'Host: fuzz.example', 'Content-Type: application/json']
  if (cookie !== '') head.push(`Cookie: ${cookie}`)
  const bytes = `${head.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
  const answer = await wire.send(Buffer.from(bytes), { isHead: false, isOdd: false })
  if (typeof answer === 'string' || !expected.includes(answer.status)) {
    throw new Error(`${line} was answered ${JSON.stringify(answer)}`)
  }
  keepCookies(visitor, answer)
  return answer
}

export function signIn(scene: Scene, visitor: Visitor): Promise<Answer> {
  return ask(scene, visitor, 'POST /login', { email: visitor.account.email, password: PASSWORD }, [200])
}

export async function reauthenticate(scene: Scene, visitor: Visitor): Promise<void> {
  const credentials = { username: visitor.account.email, password: PASSWORD }
  await ask(scene, visitor, `POST ${MOUNT}/reauthenticate`, credentials, [200])
  visitor.mayChange = true
}

/** Begins an enrolment and leaves it pending. */
export async function begin(scene: Scene, visitor: Visitor, factor: 'totp' | 'phone'): Promise<void> {
  const phone = { factor, country: 'FR', phone: visitor.account.mobile, method: 'sms' }
  const { text } = await ask(scene, visitor, `POST ${MOUNT}/authenticators`, phone, [201])
  const { enrolmentId, setupKey } = JSON.parse(text) as { enrolmentId: string; setupKey?: string }
  Object.assign(visitor, { enrolmentId, pendingKey: setupKey })
}

/** Enrols from a session of its own; the visitor's is then signed out, and its codes are of the next time step. */
export async function enrol(scene: Scene, visitor: Visitor, factor: 'totp' | 'phone'): Promise<void> {
  await signIn(scene, visitor)
  await reauthenticate(scene, visitor)
  await begin(scene, visitor, factor)
  if (visitor.pendingKey !== undefined) visitor.setupKey = visitor.pendingKey
  const code = rightCode(scene, visitor)
  const { text } = await ask(
    scene,
    visitor,
    `POST ${MOUNT}/authenticators/${visitor.enrolmentId}/confirm`,
    { code },
    [201],
  )
  const { authenticator, recoveryCodes } = JSON.parse(text) as {
    authenticator: { id: string }
    recoveryCodes: string[]
  }
  Object.assign(visitor, {
    authenticatorId: authenticator.id,
    recoveryCodes,
    enrolmentId: undefined,
    pendingKey: undefined,
  })
  Object.assign(visitor, { mayPass: true, mayChange: false })
  scene.service.clock.advance(30_000)
}

/** Another browser of the same user's, signed in with the password. */
export async function returnHeld(scene: Scene, visitor: Visitor): Promise<void> {
  visitor.cookies.clear()
  await signIn(scene, visitor)
  Object.assign(visitor, { mayPass: visitor.account.duty === 'optional' && !visitor.authenticatorId, mayChange: false })
}

/** Answers the challenge rightly. */
export async function verify(scene: Scene, visitor: Visitor, remember: 'remember' | 'forget'): Promise<void> {
  const answer = { code: rightCode(scene, visitor), remember: remember === 'remember' }
  await ask(scene, visitor, `POST ${MOUNT}/challenge/verify`, answer, [200])
  Object.assign(visitor, { mayPass: true, isRemembered: remember === 'remember' })
}

/** The code that is right now, of the app or the phone. */
export function rightCode({ service }: Pick<Scene, 'service'>, { setupKey, account }: Visitor): string {
  return setupKey === undefined ? (service.phone.codeFor(account.mobile) ?? '') : codeFor(service, setupKey)
}

/** All that would be accepted of this visitor: the time steps beside this one too. */
export function liveCodes({ service }: Pick<Scene, 'service'>, visitor: Visitor): readonly string[] {
  const { setupKey, pendingKey, account, recoveryCodes } = visitor
  const sent = service.phone.messages.filter(({ to }) => to === account.mobile).map(({ code }) => code)
  const at = (shiftMs: number) => ({ clock: { ...service.clock, now: () => service.clock.now() + shiftMs } })
  const shown = [setupKey, pendingKey].flatMap((key) =>
    key === undefined ? [] : [-30_000, 0, 30_000].map((ms) => codeFor(at(ms), key)),
  )
  return [...sent, ...shown, ...recoveryCodes.map((code) => code.replaceAll('-', ''))]
}
