import type { Server } from 'node:http'
import express from 'express'
import type { Channel, SendingMethod, TwoFactorOptions } from 'express-two-factor'
import { type StandInFault, startVonageStandIn, type VonageStandIn } from 'express-two-factor/testing'
import { vonageSms, vonageVoice } from 'express-two-factor/vonage'
import request from 'supertest'
import { makeKeys } from '../adapters/vonage/support'
import { reauthenticate, signIn, type TestAgent } from './journeys'
import { listen, openService, type Service } from './security'
import { SIGNATURE_SECRET, signWebhook } from './vonage-webhooks'

/** What Vonage does with the next request, or that there is no connection to it. */
export type VonageFault = StandInFault | 'refuses connections'

/** One try to send: by what, and the code it carried, whether or not it left. */
interface Try {
  method: SendingMethod
  code: string
}

/** The whole service on Redis, with Vonage's SDK and a stand-in at the other end of the wire. */
export interface VonageScene extends Service {
  vonage: Vonage
  site: Server
  /** A session; signed in as Ada where the scene says so. */
  ada: TestAgent
  /** Every try since the last {@link forget}. */
  tries: Try[]
  fail(fault: VonageFault): void
  /** Forgets what was sent so far. */
  forget(): void
  /** Tells what Vonage says of the last message or call. */
  tell(method: SendingMethod, words: object): request.Test
}

/** One stand-in for a file, and an address where nobody listens. */
interface Vonage {
  readonly standIn: VonageStandIn
  open(overrides?: Partial<TwoFactorOptions>): Promise<VonageScene>
}

export const COOLDOWN_MS = 30_000
export const CHALLENGE = '/two-factor/challenge'
export const RESEND = '/two-factor/challenge/resend'
export const OTHER: Readonly<Record<SendingMethod, SendingMethod>> = { sms: 'voice', voice: 'sms' }
const PATHS: Readonly<Record<SendingMethod, string>> = { sms: '/v1/messages', voice: '/v1/calls' }
/** The tests are about each single message: no budget is to end them. */
const AMPLE = [{ points: 1000, windowMs: 600_000 }]

/** Nobody listens here, and nobody is given it: a port that was free a moment ago may be somebody else's by now. */
export const CLOSED_PORT = 2

/** Starts the stand-in of a file, and stops it at its end. */
export function useVonage(): Vonage {
  const { privateKey, publicKey } = makeKeys()
  let standIn: VonageStandIn
  let channels: readonly Channel[]
  let unconnected: readonly Channel[]
  beforeAll(async () => {
    standIn = await startVonageStandIn({ publicKey })
    channels = channelsAt(standIn.apiHost)
    unconnected = channelsAt(`http://127.0.0.1:${CLOSED_PORT}`)
  })
  afterAll(() => standIn.stop())
  const channelsAt = (apiHost: string) => {
    const options = { applicationId: 'app-1', privateKey, from: 'Acme', apiHost, signatureSecret: SIGNATURE_SECRET }
    return [vonageSms(options), vonageVoice(options)]
  }
  const vonage: Vonage = {
    get standIn() {
      return standIn
    },
    open: (overrides) => openScene(vonage, channels, unconnected, overrides),
  }
  return vonage
}

async function openScene(
  vonage: Vonage,
  channels: readonly Channel[],
  unconnected: readonly Channel[],
  overrides: Partial<TwoFactorOptions> = {},
): Promise<VonageScene> {
  const { standIn } = vonage
  standIn.clear()
  const tries: Try[] = []
  let isRefusing = false
  const watched = channels.map((channel, at): Channel => {
    const send: Channel['send'] = (message) => {
      tries.push({ method: channel.method, code: message.code })
      const taker = isRefusing ? (unconnected[at] as Channel) : channel
      isRefusing = false
      return taker.send(message)
    }
    return { ...channel, send }
  })
  const service = openService('redis', { channels: watched, sendBudgets: AMPLE, ...overrides })
  const site = await listen(express().use(service.twoFactor.webhooks(), service.app))
  return {
    ...service,
    vonage,
    site,
    ada: request.agent(site),
    tries,
    fail(fault) {
      if (fault === 'refuses connections') isRefusing = true
      else standIn.fault(fault)
    },
    forget() {
      standIn.clear()
      tries.length = 0
    },
    tell: (method, words) => tell(site, standIn, service.clock.now(), method, words),
  }
}

function tell(site: Server, standIn: VonageStandIn, now: number, method: SendingMethod, words: object): request.Test {
  const { messageUuid } = standIn.messages.at(-1) ?? {}
  const { uuid, conversationUuid } = standIn.calls.at(-1) ?? {}
  const about = {
    sms: { channel: 'sms', message_uuid: messageUuid, to: '33612345678', from: 'Acme' },
    voice: { uuid, conversation_uuid: conversationUuid, to: '33612345678', direction: 'outbound' },
  }
  const text = JSON.stringify({ ...about[method], ...words })
  return request(site)
    .post(`/two-factor/webhooks/vonage/${method === 'sms' ? 'message' : 'voice'}`)
    .set('Content-Type', 'application/json')
    .set('Authorization', signWebhook(text, now))
    .send(text)
}

/** Ada has given her password again, and is about to enrol a phone. */
export async function openEnrolling(vonage: Vonage, overrides: Partial<TwoFactorOptions> = {}): Promise<VonageScene> {
  const scene = await vonage.open(overrides)
  await signIn(scene.ada, 'ada').expect(200)
  await reauthenticate(scene.ada, 'ada').expect(200)
  return scene
}

export function beginPhone({ ada }: VonageScene, method: SendingMethod): request.Test {
  const phone = { factor: 'phone', country: 'FR', phone: '06 12 34 56 78', method }
  return ada.post('/two-factor/authenticators').send(phone)
}

/** Ada has a phone, and is about to sign in anew. */
export async function openEnrolled(
  vonage: Vonage,
  method: SendingMethod,
  overrides: Partial<TwoFactorOptions> = {},
): Promise<VonageScene> {
  const scene = await openEnrolling(vonage, overrides)
  const { body } = await beginPhone(scene, method).expect(201)
  const { code } = scene.tries.at(-1) as Try
  await scene.ada.post(`/two-factor/authenticators/${body.enrolmentId}/confirm`).send({ code }).expect(201)
  scene.forget()
  return { ...scene, ada: request.agent(scene.site) }
}

/** Ada has a phone, has signed in, and was sent a code that arrived or not. */
export async function openHeld(
  vonage: Vonage,
  method: SendingMethod,
  overrides: Partial<TwoFactorOptions> = {},
): Promise<VonageScene> {
  const scene = await openEnrolled(vonage, method, overrides)
  await signIn(scene.ada, 'ada').expect(200, { next: '/two-factor/challenge' })
  return scene
}

/** The methods by which something was asked of Vonage, in order; what never reached it is not among them. */
function reached({ standIn }: Vonage): readonly (SendingMethod | undefined)[] {
  const methods = Object.keys(PATHS) as SendingMethod[]
  return standIn.requests.map(({ path }) => methods.find((method) => PATHS[method] === path))
}

/** One try was made, and where there was a connection one request. */
export function expectOne({ vonage, tries }: VonageScene, method: SendingMethod, fault?: VonageFault): void {
  expect(tries.map((each) => each.method)).toEqual([method])
  expect(reached(vonage)).toEqual(fault === 'refuses connections' ? [] : [method])
}

export function expectNone({ vonage, tries }: VonageScene): void {
  expect([...tries, ...reached(vonage)]).toEqual([])
}

/** The code that a send would have carried: the last try's. */
export function lastCode({ tries }: VonageScene): string {
  return tries.at(-1)?.code ?? ''
}
