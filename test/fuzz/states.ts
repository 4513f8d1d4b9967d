import { MOUNT } from './service'
import {
  ask,
  begin,
  createVisitor,
  enrol,
  reauthenticate,
  returnHeld,
  type Scene,
  signIn,
  type Visitor,
  verify,
} from './visitor'

/** Brings a new visitor into a state, by the requests that lead there. */
type Arrival = (scene: Scene) => Promise<Visitor>

/** Every state a session can be in. */
export const STATES = {
  anonymous: async (scene) => {
    const visitor = await enrolled(scene, 'totp')
    visitor.cookies.clear()
    return { ...visitor, mayPass: false }
  },
  'held by an app': (scene) => held(scene, 'totp'),
  'held by a phone': (scene) => held(scene, 'phone'),
  locked: async (scene) => lock(scene, await held(scene, 'totp')),
  'asked to enrol': async (scene) => arrived(scene, createVisitor(scene, 'postponable')),
  'made to enrol': async (scene) => arrived(scene, createVisitor(scene, 'required')),
  'passed without a factor': async (scene) => arrived(scene, createVisitor(scene, 'optional')),
  'enrolling an app': async (scene) => enrolling(scene, 'totp'),
  'enrolling a phone': async (scene) => enrolling(scene, 'phone'),
  verified: async (scene) => verified(scene, 'forget'),
  remembered: async (scene) => {
    const visitor = await verified(scene, 'remember')
    visitor.cookies.delete('connect.sid')
    await signIn(scene, visitor)
    return visitor
  },
  fresh: async (scene) => {
    const visitor = await enrolled(scene, 'totp')
    await reauthenticate(scene, visitor)
    return visitor
  },
  'mid step-up': async (scene) => {
    const visitor = await verified(scene, 'forget')
    scene.service.clock.advance(61_000)
    await ask(scene, visitor, 'POST /payout', { amount: 10, to: 'bob' }, [401])
    await ask(scene, visitor, `POST ${MOUNT}/challenge`, {}, [201])
    return visitor
  },
  ended: async (scene) => {
    const visitor = await verified(scene, 'forget')
    await scene.service.twoFactor.invalidate(visitor.account.id)
    return { ...visitor, mayPass: false }
  },
  'signed out': async (scene) => {
    const visitor = await verified(scene, 'forget')
    const cookies = new Map(visitor.cookies)
    await ask(scene, visitor, `POST ${MOUNT}/sign-out`, {}, [204])
    return { ...visitor, cookies, mayPass: false }
  },
} as const satisfies Readonly<Record<string, Arrival>>

export type State = keyof typeof STATES

async function arrived(scene: Scene, visitor: Visitor): Promise<Visitor> {
  await signIn(scene, visitor)
  return visitor
}

async function enrolled(scene: Scene, factor: 'totp' | 'phone'): Promise<Visitor> {
  const visitor = createVisitor(scene, scene.chance.pick(['optional', 'required']))
  await enrol(scene, visitor, factor)
  // Where enrolling signs out, and where it goes on, the session is here the same.
  if (scene.service.afterEnrolment === 'sign-out') {
    await returnHeld(scene, visitor)
    await verify(scene, visitor, 'forget')
  }
  return visitor
}

async function held(scene: Scene, factor: 'totp' | 'phone'): Promise<Visitor> {
  const visitor = await enrolled(scene, factor)
  await returnHeld(scene, visitor)
  return { ...visitor, mayPass: false }
}

async function verified(scene: Scene, remember: 'remember' | 'forget'): Promise<Visitor> {
  const visitor = await held(scene, 'totp')
  scene.service.clock.advance(30_000)
  await verify(scene, visitor, remember)
  return visitor
}

async function enrolling(scene: Scene, factor: 'totp' | 'phone'): Promise<Visitor> {
  const visitor = await arrived(scene, createVisitor(scene, scene.chance.pick(['optional', 'postponable', 'required'])))
  await reauthenticate(scene, visitor)
  await begin(scene, visitor, factor)
  return visitor
}

/** Guesses until the authenticator locks: a new challenge goes on with the count. */
async function lock(scene: Scene, visitor: Visitor): Promise<Visitor> {
  for (let guess = 0; guess < 12; guess += 1) {
    const code = `00000${guess % 10}`
    const { text } = await ask(scene, visitor, `POST ${MOUNT}/challenge/verify`, { code }, [401, 404, 429])
    if (text.includes('ERR_TFA_LOCKED')) return visitor
    if (text.includes('NO_CHALLENGE') || text.includes('EXHAUSTED'))
      await ask(scene, visitor, `POST ${MOUNT}/challenge`, {}, [201])
  }
  throw new Error('twelve wrong codes have locked nothing')
}
