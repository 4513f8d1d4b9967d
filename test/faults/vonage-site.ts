import { type StandInFault, startVonageStandIn } from 'express-two-factor/testing'
import { vonageSms, vonageVoice } from 'express-two-factor/vonage'
import type { Channel } from '../../lib/ports'
import { makeKeys } from '../adapters/vonage/support'
import { startProxy } from './proxy'

/** One request that reached Vonage's stand-in; `text` only where it took the message. */
export interface Sent {
  to: string
  code?: string
}

/** Vonage's real SDK, and the stand-in it talks to by way of a proxy. */
export interface VonageSite {
  channels: readonly Channel[]
  /** Every request so far, in its order. */
  readonly requests: readonly string[]
  /** The code of the last message that was taken for a number. */
  codesFor(number: string): readonly string[]
  /** What is in a code's place in the texts: everything that must be nowhere else. */
  secrets(): readonly string[]
  inject(fault: StandInFault | 'refused'): Promise<void>
  lift(): Promise<void>
  stop(): Promise<void>
}

/** More than the actions of one row send. */
const ENOUGH = 100

export async function startVonageSite(): Promise<VonageSite> {
  const { privateKey, publicKey } = makeKeys()
  const standIn = await startVonageStandIn({ publicKey })
  const proxy = await startProxy(Number(new URL(standIn.apiHost).port))
  const options = { applicationId: 'app-1', privateKey, from: 'Acme', apiHost: `http://127.0.0.1:${proxy.port}` }
  const requests: string[] = []
  const taken: Required<Sent>[] = []
  const collect = () => {
    requests.push(...standIn.requests.map(({ body }) => `+${(body as { to?: unknown }).to}`))
    taken.push(...standIn.messages.map(({ to, text }) => ({ to: `+${to}`, code: codeIn(text) })))
  }
  const drain = () => {
    collect()
    standIn.clear()
  }
  return {
    channels: [vonageSms(options), vonageVoice(options)],
    get requests() {
      return [...requests, ...standIn.requests.map(({ body }) => `+${(body as { to?: unknown }).to}`)]
    },
    codesFor(number) {
      const fresh = standIn.messages.map(({ to, text }) => ({ to: `+${to}`, code: codeIn(text) }))
      return [...taken, ...fresh].filter(({ to }) => to === number).map(({ code }) => code)
    },
    secrets: () => [...taken.map(({ code }) => code), ...standIn.messages.map(({ text }) => codeIn(text)), privateKey],
    async inject(fault) {
      if (fault === 'refused') return proxy.refuse()
      for (let left = ENOUGH; left > 0; left -= 1) standIn.fault(fault)
    },
    async lift() {
      await proxy.pass()
      drain()
    },
    async stop() {
      await proxy.stop()
      await standIn.stop()
    },
  }
}

function codeIn(text: string): string {
  return /\b\d{6}\b/.exec(text)?.[0] ?? ''
}
