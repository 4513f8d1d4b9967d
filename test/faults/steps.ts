import request, { type Response } from 'supertest'
import { reauthenticate } from '../support/journeys'
import {
  appCode,
  arrivedCode,
  isGood,
  isThrough,
  logIn,
  logInWell,
  type Person,
  typeCode,
  useNewBrowser,
} from './people'
import type { Scene } from './scene'

/** Something that a user does in a service. */
export type Step<Result> = (scene: Scene, person: Person) => Promise<Result>

/** What an action is made of: the request, and what must be so once it was answered well. */
export interface Deed {
  act: Step<Response>
  /** True when it is really done: the message came and its code works, the page opens. */
  finish: Step<boolean>
}

const COOLDOWN_MS = 31_000
const PAYOUT = { amount: 10, to: 'ada' }

const through: Step<boolean> = async (_scene, person) => isThrough(person)

/** Does it again, with the same code where there is one. */
export function repeat({ act, finish }: Deed): Step<boolean> {
  return async (scene, person) => isGood(await act(scene, person)) && finish(scene, person)
}

/** For a step before the fault, which must succeed. */
export function well(step: Step<boolean>): Step<void> {
  return async (scene, person) => {
    if (!(await step(scene, person))) throw new Error(`what leads up to the fault fails: ${step.name}`)
  }
}

export const enterAppCode: Step<boolean> = async (scene, person) =>
  isGood(await typeCode(person, appCode(scene, person))) && isThrough(person)

const enterArrivedCode: Step<boolean> = async (scene, person) =>
  isGood(await typeCode(person, arrivedCode(scene, person))) && isThrough(person)

export const signInByApp: Step<boolean> = async (scene, person) => {
  useNewBrowser(scene, person)
  return isGood(await logIn(person)) && enterAppCode(scene, person)
}

export const signInByPhone: Step<boolean> = async (scene, person) => {
  useNewBrowser(scene, person)
  const { length } = scene.vonage.codesFor(person.phone)
  if (!isGood(await logIn(person))) return false
  if (scene.vonage.codesFor(person.phone).length > length) return enterArrivedCode(scene, person)
  // A connection that was idle may be closed as it is used: then the message is asked for again, as users do.
  scene.service.clock.advance(COOLDOWN_MS)
  return sendAgain(scene, person)
}

export const sendAgain: Step<boolean> = async (scene, person) =>
  isGood(await person.agent.post('/two-factor/challenge/resend')) && enterArrivedCode(scene, person)

export const askAnew: Step<boolean> = async (scene, person) =>
  isGood(await person.agent.post('/two-factor/challenge').send({})) && enterAppCode(scene, person)

export const gate = { act: async (_scene: Scene, { agent }: Person) => agent.get('/account'), finish: through }

export const arrive = { act: async (_scene: Scene, person: Person) => logIn(person), finish: enterArrivedCode }

export const signInAgain: Step<boolean> = async (scene, person) =>
  (await sendAgain(scene, person)) || repeat(arrive)(scene, person)

export const knownDevice = {
  act: async (scene: Scene, person: Person) => {
    keepDeviceOnly(scene, person)
    return logIn(person)
  },
  finish: through,
}

/** The browser was closed: its session is gone, the device's cookie is not. */
function keepDeviceOnly(scene: Scene, person: Person): void {
  const cookies = person.agent.jar.getCookies({ domain: '127.0.0.1', path: '/', secure: false, script: false } as never)
  const device = [...cookies].find(({ name }) => name.startsWith('two-factor-device'))
  useNewBrowser(scene, person)
  if (device) person.agent.jar.setCookie(device)
}

export const sendBySms = {
  act: async (_scene: Scene, { agent }: Person) => agent.post('/two-factor/challenge').send({ method: 'sms' }),
  finish: enterArrivedCode,
}

export const resend = {
  act: async (_scene: Scene, { agent }: Person) => agent.post('/two-factor/challenge/resend'),
  finish: enterArrivedCode,
}

export const verifyApp = {
  act: async (scene: Scene, person: Person) => {
    person.code ??= appCode(scene, person)
    return typeCode(person, person.code)
  },
  finish: through,
}

export const verifyAndRemember = {
  act: async (scene: Scene, person: Person) => {
    person.code ??= arrivedCode(scene, person) ?? ''
    return typeCode(person, person.code, true)
  },
  finish: through,
}

export const payOut = {
  act: async (_scene: Scene, { agent }: Person) => agent.post('/payout').send(PAYOUT),
  finish: async () => true,
}

/** What a payout asks for: a code for this very one. */
export const stepUp: Step<boolean> = async (scene, person) => {
  await person.agent.post('/payout').send(PAYOUT)
  await person.agent.post('/two-factor/challenge').send({})
  return enterAppCode(scene, person)
}

export const beginEnrolment = {
  act: async (_scene: Scene, person: Person) => {
    const wanted = { factor: 'phone', country: 'FR', phone: person.phone, method: 'sms' }
    const begun = await person.agent.post('/two-factor/authenticators').send(wanted)
    if (isGood(begun)) person.enrolmentId = begun.body.enrolmentId
    return begun
  },
  finish: async (scene: Scene, person: Person) => isGood(await confirmWith(person, arrivedCode(scene, person))),
}

function confirmWith({ agent, enrolmentId }: Person, code: string | undefined): request.Test {
  return agent.post(`/two-factor/authenticators/${enrolmentId}/confirm`).send({ code })
}

export const confirmEnrolment = {
  act: async (scene: Scene, person: Person) => {
    person.code ??= arrivedCode(scene, person) ?? ''
    return confirmWith(person, person.code)
  },
  finish: through,
}

export const resendEnrolment: Step<boolean> = async (scene, person) =>
  person.enrolmentId !== undefined &&
  isGood(await person.agent.post(`/two-factor/authenticators/${person.enrolmentId}/resend`)) &&
  beginEnrolment.finish(scene, person)

export const prepareEnrolment: Step<void> = async (_scene, person) => {
  await logInWell(person)
  await reauthenticate(person.agent, person.name).expect(200)
}

/** From the password on; not for a user whose factor is on by now. */
export const enrolFromSignIn: Step<boolean> = async (scene, person) => {
  useNewBrowser(scene, person)
  const { body } = await logIn(person)
  if (body.next !== '/') return false
  await reauthenticate(person.agent, person.name)
  return repeat(beginEnrolment)(scene, person)
}

export const reset = {
  act: async (scene: Scene, { userId }: Person) => request(scene.server).post(`/support/reset/${userId}`),
  finish: async (scene: Scene, person: Person) => {
    if (await isThrough(person)) return false
    useNewBrowser(scene, person)
    return (await logIn(person)).body.next === '/'
  },
}

export const begun: Step<boolean> = async (scene, person) => isGood(await beginEnrolment.act(scene, person))
