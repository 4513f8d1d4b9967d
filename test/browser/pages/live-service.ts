import { randomUUID } from 'node:crypto'
import { Agent, request as httpRequest } from 'node:http'
import express, { type Express } from 'express'
import type { Channel } from 'express-two-factor'
import { startVonageStandIn, type VonageStandIn } from 'express-two-factor/testing'
import { vonageSms, vonageVoice } from 'express-two-factor/vonage'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import request from 'supertest'
import { makeKeys } from '../../adapters/vonage/support'
import { PASSWORD } from '../../support/app'
import type { Backend } from '../../support/backends'
import { reauthenticate, signIn } from '../../support/journeys'
import { listen, openService, portOf, type Service } from '../../support/security'
import { SIGNATURE_SECRET, signWebhook } from '../../support/vonage-webhooks'

const { privateKey } = makeKeys()

/** A service that sends by the stand-in, and is told by signed webhooks what became of each message. */
export interface LiveService extends Service {
  /** The app with `webhooks()` before everything else. */
  whole: Express
  url: string
  standIn: VonageStandIn
  /** Posts a signed webhook of a text; the answer's status. */
  tellText(messageId: string, status: string, errorTitle?: string): Promise<number>
  /** Posts a signed webhook of a call. */
  tellCall(callId: string, status: string): Promise<number>
  close(): Promise<void>
}

interface LiveOptions {
  /** Absent: webhooks cannot be checked, so none are taken. */
  signatureSecret?: string
  /** Through how many connections webhooks come. */
  connections?: number
  /** What the channels are wrapped in. */
  wrap?: (channel: Channel) => Channel
}

export async function openLiveService(
  backend: Backend,
  options: LiveOptions = { signatureSecret: SIGNATURE_SECRET },
): Promise<LiveService> {
  const { connections = 1, wrap = (channel) => channel, ...own } = options
  const standIn = await startVonageStandIn()
  const vonage = { applicationId: 'app-1', privateKey, from: 'Acme', apiHost: standIn.apiHost, ...own }
  const service = openService(backend, { channels: [vonageSms(vonage), vonageVoice(vonage)].map(wrap) })
  const whole = express()
  if (own.signatureSecret) whole.use(service.twoFactor.webhooks())
  whole.use(service.app)
  const port = portOf(await listen(whole))
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const tell = (path: string, words: object) => {
    const body = JSON.stringify(words)
    return post(agent, port, `/two-factor/webhooks/vonage/${path}`, body, signWebhook(body, service.clock.now()))
  }
  return {
    ...service,
    whole,
    standIn,
    url: `http://127.0.0.1:${port}`,
    tellText: (messageId, status, title) =>
      tell('message', { channel: 'sms', message_uuid: messageId, status, ...(title ? { error: { title } } : {}) }),
    tellCall: (callId, status) => tell('voice', { uuid: callId, conversation_uuid: `CON-${randomUUID()}`, status }),
    async close() {
      agent.destroy()
      await standIn.stop()
    },
  }
}

function post(agent: Agent, port: number, path: string, body: string, authorization: string): Promise<number> {
  const headers = { authorization, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ agent, port, host: '127.0.0.1', method: 'POST', path, headers }, (res) => {
      res.resume().once('end', () => resolve(res.statusCode as number))
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

let lastNumber = 0

/** Somebody with a phone of their own that takes texts and calls, enrolled the way people do. */
export async function addPerson({ users, whole, standIn }: LiveService): Promise<{ email: string }> {
  lastNumber += 1
  const name = `p${lastNumber}`
  const email = `${name}@example.com`
  users.set(`user-${name}`, { id: `user-${name}`, label: email })
  const agent = request.agent(whole)
  await signIn(agent, name).expect(200)
  await reauthenticate(agent, name).expect(200)
  const phone = { factor: 'phone', country: 'FR', phone: `06 12 34 00 ${10 + lastNumber}`, method: 'sms' }
  const { body } = await agent.post('/two-factor/authenticators').send(phone).expect(201)
  const code = /\d{6}/.exec(standIn.messages.at(-1)?.text ?? '')?.[0]
  await agent.post(`/two-factor/authenticators/${body.enrolmentId}/confirm`).send({ code }).expect(201)
  return { email }
}

/** A tab of the person's own, signed in with the password: a text was sent. */
export async function openTab(
  browser: Browser,
  { url }: LiveService,
  { email }: { email: string },
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 480, height: 800 }, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(5000)
  await context.request.post(`${url}/login`, { data: { email, password: PASSWORD } })
  return page
}
