import express from 'express'
import { memoryStore } from 'express-two-factor/memory'
import request from 'supertest'
import type TestAgent from 'supertest/lib/agent'
import { signWebhook } from '../../support/vonage-webhooks'
import { WEBHOOKS } from '../document'
import { breakable, openService, type Service, vonageChannels } from '../states'
import { HTML, MOUNT, type Sent, type Walker } from '../walker'

/** Words that both of Vonage's APIs might say: as of a text, and as of a call. */
const WORDS = { message_uuid: 'm-1', uuid: 'm-1', status: 'rejected', error: { title: '1260' } }
const REFUSED = '401 ERR_TFA_WEBHOOK_SIGNATURE'

interface Scene {
  service: Service
  vonage: TestAgent
  /** A body with its signature, which is over the bytes: it is sent as it stands. */
  signed(body: object): Sent
}

function openScene(store = memoryStore()): Scene {
  const service = openService({ store, channels: vonageChannels() })
  const app = express().use(service.twoFactor.webhooks(), service.app)
  const signed = (body: object) => ({ body, ...sign(JSON.stringify(body), service.clock.now()) })
  return { service, vonage: request.agent(app), signed }
}

function sign(text: string, now: number): Sent {
  return { raw: { type: 'json', text }, headers: { Authorization: signWebhook(text, now) } }
}

/** What Vonage is answered, and whoever poses as Vonage. */
export function walkWebhooks(walker: Walker): void {
  describe.each(WEBHOOKS)('%s', (route) => {
    it.each([WORDS, { status: 'submitted' }, {}])('takes %j, signed', async (words) => {
      const { vonage, signed } = openScene()
      await walker.json(vonage, route, '204', signed(words))
    })

    it.each(['[]', 'null', '7', 'no JSON', ''])(
      'takes «%s» too, signed: it says nothing of a message',
      async (text) => {
        const { service, vonage } = openScene()
        await walker.json(vonage, route, '204', sign(text, service.clock.now()))
      },
    )

    it('refuses what is not signed, or is for another body', async () => {
      const { vonage, signed } = openScene()
      await walker.refused(vonage, route, REFUSED, { body: WORDS })
      await walker.refused(vonage, route, REFUSED, { ...signed(WORDS), raw: { type: 'json', text: '{}' } })
      walker.take(route, await vonage.post(`${MOUNT}${route.split(' ')[1]}`).expect(401))
    })

    it('refuses a body that is not encoded as its header says', async () => {
      const { vonage, signed } = openScene()
      const sent = signed(WORDS)
      for (const encoding of ['gzip', 'none-such']) {
        const headers = { ...sent.headers, 'Content-Encoding': encoding }
        await walker.refused(vonage, route, '400 ERR_TFA_INPUT_INVALID', { ...sent, headers })
      }
    })

    it('refuses a body over 16 kB', async () => {
      const { vonage, signed } = openScene()
      await walker.refused(vonage, route, '413 ERR_TFA_BODY_TOO_LARGE', signed({ detail: 'x'.repeat(17_000) }))
    })

    it('is asked by no other method', async () => {
      const { vonage } = openScene()
      for (const method of ['get', 'put', 'delete', 'options'] as const) {
        for (const accept of ['*/*', HTML]) {
          const answer = await vonage[method](`${MOUNT}${route.split(' ')[1]}`).set('Accept', accept)
          expect([answer.status, answer.headers.allow]).toEqual([405, 'POST'])
          walker.take(route, answer)
        }
      }
    })

    it('is unavailable with its store down', async () => {
      const { store, breakDown } = breakable(memoryStore())
      const { vonage, signed } = openScene(store)
      breakDown()
      await walker.refused(vonage, route, '503 ERR_TFA_STORE_UNAVAILABLE', signed(WORDS))
    })

    it('behind a body parser is the app’s to answer', async () => {
      const { twoFactor, clock } = openService({ channels: vonageChannels() })
      const app = express().use(express.json(), twoFactor.webhooks())
      await walker.json(request.agent(app), route, '500', sign(JSON.stringify(WORDS), clock.now()))
    })
  })
}
