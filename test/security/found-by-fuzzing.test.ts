import type { Server } from 'node:http'
import { createChance } from '../fuzz/chance'
import { memoryPorts } from '../fuzz/run'
import { createFuzzService } from '../fuzz/service'
import { openWire } from '../fuzz/wire'
import { createTestApp } from '../support/app'
import { cookiesOf, enrolTotp } from '../support/journeys'
import { holdSession, listen, passHeld, portOf } from '../support/security'

/**
 * What requests of any kind have broken once. An answer of 500 wakes somebody up, fills logs, and tells an attacker where
 * code was not written for what it got.
 */
describe('a body that no parser takes, at a route of the Passport strategy', () => {
  let server: Server
  beforeAll(async () => {
    server = await listen(createFuzzService(memoryPorts(), createChance(1)).app)
  })

  /** Puts bytes on the wire as they are, and hangs up where the case is odd. */
  async function statusOf(lines: readonly string[], isOdd: boolean): Promise<number> {
    const wire = openWire(portOf(server))
    const answer = await wire.send(Buffer.from(lines.join('\r\n')), { isHead: false, isOdd })
    wire.close()
    return typeof answer === 'string' ? 0 : answer.status
  }

  // Express 4 leaves an empty body where 5 leaves none; then it is that nobody is signed in.
  const SENDERS = [400, 401]

  it.each(['application/octet-stream', 'text/plain', 'multipart/form-data; boundary=x', '/'])(
    'of type %s → is refused as the sender’s mistake, not as the app’s',
    async (type) => {
      const head = ['POST /code HTTP/1.1', 'Host: x', `Content-Type: ${type}`, 'Content-Length: 4']
      expect(SENDERS).toContain(await statusOf([...head, '', 'code'], false))
    },
  )

  it('none at all → the same', async () => {
    expect(SENDERS).toContain(await statusOf(['POST /code HTTP/1.1', 'Host: x', '', ''], false))
  })

  it('sent by one who then hangs up → the same', async () => {
    const head = ['POST /code HTTP/1.1', 'Host: x', 'Content-Type: application/json', 'Transfer-Encoding: identity']
    expect(SENDERS).toContain(await statusOf([...head, '', '{}'], true))
  })
})

describe('a page whose address no URI may hold as it is', () => {
  it.each([
    ['/account?a={"b"}|[c]^`', '/account?a=%7B%22b%22%7D%7C%5Bc%5D%5E%60'],
    ['/account?<fz>#a#b', '/account?%3Cfz%3E%23a%23b'],
    ['/100%', '/100%25'],
    ['/a%2', '/a%252'],
    ['/account?a=%7b&b=~-._', '/account?a=%7b&b=~-._'],
  ])('%s is asked for while held → the way back to it is one that may be followed', async (asked, returnTo) => {
    const service = createTestApp()
    const { setupKey } = await enrolTotp(service, 'ada')
    const held = await holdSession(service)
    const wire = openWire(portOf(await listen(service.app)))
    const head = [`GET ${asked} HTTP/1.1`, 'Host: x', 'Accept: text/html', `Cookie: ${cookiesOf(held)}`, '', '']
    await wire.send(Buffer.from(head.join('\r\n')), { isHead: false, isOdd: false })
    wire.close()
    const { body } = await passHeld(service, held, setupKey)
    expect(body).toEqual({ assurance: 'second-factor', returnTo })
  })
})
