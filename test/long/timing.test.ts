/**
 * The attacker times answers, as often as he likes, within the machine itself: the best he could ever do. What he would
 * learn: how far a wrong code was right, which step an app's code was of, which recovery codes and devices there are.
 * What must happen: the times of two classes of the same outcome, measured alternately, do not differ.
 * The method is that of dudect (Reparaz, Balasch and Verbauwhede, 2017): the slowest tenth, in which other work of the
 * machine came in between, is dropped; Welch's t-test on the rest; |t| over 4.5 is a difference (by chance about once in
 * 150,000 runs). The last test shows that a comparison which ends early is found.
 */
import { randomBytes, randomInt } from 'node:crypto'
import { Agent, type RequestOptions, request } from 'node:http'
import { decodeBase32 } from '../../lib/core/base32'
import { newDigits } from '../../lib/core/factors/phone'
import { newRecoveryCodes } from '../../lib/core/factors/recovery-code'
import { hotp, matchStep, newTotpSecret, stepAt } from '../../lib/core/factors/totp'
import { newId } from '../../lib/core/ids'
import { createKeyRing } from '../../lib/core/secrets'
import { KEY } from '../support/app'
import { codeFor, enrolTotp } from '../support/journeys'
import { cookiesSetBy, holdSession, listen, openService, portOf, type Service } from '../support/security'

const SAMPLES = Number(process.env.TIMING_SAMPLES ?? 20_000)
const MOST_T = 4.5
const KEPT = 0.9
const NOW = Date.now()

/** A call of one class, with inputs of its own each time. */
type Class = () => unknown

interface Figures {
  meanNs: readonly [number, number]
  t: number
}

/** Measures two classes in random order, so that neither always comes first. */
async function measure(classes: readonly [Class, Class]): Promise<Figures> {
  const times: [number[], number[]] = [[], []]
  for (let at = -2000; at < 2 * SAMPLES; at += 1) {
    const which = randomInt(2) as 0 | 1
    const run = classes[which]
    const startedAt = process.hrtime.bigint()
    await run()
    const tookNs = Number(process.hrtime.bigint() - startedAt)
    if (at >= 0) times[which].push(tookNs)
  }
  return compare(...times)
}

function compare(one: readonly number[], other: readonly number[]): Figures {
  const limit = [...one, ...other].sort((a, b) => a - b)[Math.floor((one.length + other.length) * KEPT)] as number
  const [a, b] = [one, other].map((times) => summarise(times.filter((time) => time <= limit))) as [Summary, Summary]
  const t = (a.mean - b.mean) / Math.sqrt(a.variance / a.count + b.variance / b.count)
  return { meanNs: [a.mean, b.mean], t }
}

interface Summary {
  count: number
  mean: number
  variance: number
}

function summarise(times: readonly number[]): Summary {
  const count = times.length
  const mean = times.reduce((sum, time) => sum + time, 0) / count
  const variance = times.reduce((sum, time) => sum + (time - mean) ** 2, 0) / (count - 1)
  return { count, mean, variance }
}

function report(what: string, { meanNs, t }: Figures): void {
  const [one, other] = meanNs.map((mean) => mean.toFixed(0))
  process.stdout.write(`${what}: ${one} ns and ${other} ns, t = ${t.toFixed(2)}\n`)
}

/** One of many, made beforehand: making it is not what is timed. */
function pool<Input>(make: () => Input): () => Input {
  const made = Array.from({ length: 64 }, make)
  let next = 0
  return () => {
    next = (next + 1) % made.length
    return made[next] as Input
  }
}

/** As it comes off the network: V8 takes longer over a text that it keeps as parts of others. */
function flat(text: string): string {
  return Buffer.from(text).toString('latin1')
}

/** The right code with one digit changed. */
function wrongAt(code: string, at: number): string {
  const digit = (Number(code[at]) + randomInt(1, 10)) % 10
  return flat(code.slice(0, at) + digit + code.slice(at + 1))
}

const ring = createKeyRing([randomBytes(32)], randomBytes)
const secret = newTotpSecret(randomBytes)
const codeAt = (steps: number) => hotp(decodeBase32(secret), stepAt(NOW) + steps)

async function expectAlike(what: string, classes: readonly [Class, Class]): Promise<void> {
  const figures = await measure(classes)
  report(what, figures)
  expect(Math.abs(figures.t)).toBeLessThan(MOST_T)
}

describe('the time it takes tells nothing', () => {
  it('of how far a wrong code that was sent was right', async () => {
    const code = newDigits(6, randomBytes)
    const hash = ring.hash(['code', 'id', code])
    const [first, last] = [0, 5].map((at) => pool(() => wrongAt(code, at))) as [() => string, () => string]
    await expectAlike('sent code, first and last digit wrong', [
      () => ring.isHashOf(hash, ['code', 'id', first()]),
      () => ring.isHashOf(hash, ['code', 'id', last()]),
    ])
  }, 600_000)

  it('of how far a wrong code of an app was right', async () => {
    const [first, last] = [0, 5].map((at) => pool(() => wrongAt(codeAt(0), at))) as [() => string, () => string]
    await expectAlike('app’s code, first and last digit wrong', [
      () => matchStep(secret, first(), NOW, 1),
      () => matchStep(secret, last(), NOW, 1),
    ])
  }, 600_000)

  it('of which step a right code of an app was', async () => {
    const [before, after] = [codeAt(-1), codeAt(1)]
    await expectAlike('app’s code, of the step before and the step after', [
      () => matchStep(secret, before, NOW, 1),
      () => matchStep(secret, after, NOW, 1),
    ])
  }, 600_000)

  it('of whether a recovery code that is refused was ever one', async () => {
    // In Redis, where codes are kept in earnest: a Map in the process tells a key it has from one it has not by some 20 ns.
    const { authenticators: store } = openService('redis')
    const bare = bareCodes()
    const hashOf = (code: string) => ring.hash(['recovery-code', 'ada', code])
    await store.change('ada', 0, { recoveryCodes: bare.map(hashOf) })
    for (const code of bare) await store.claimRecoveryCode('ada', [hashOf(code)], NOW)
    const pick = (codes: readonly string[]) => codes[randomInt(codes.length)] as string
    const others = bareCodes()
    const claim = (code: string) => store.claimRecoveryCode('ada', ring.hashes(['recovery-code', 'ada', code]), NOW)
    await expectAlike('recovery code, used and unknown', [() => claim(pick(bare)), () => claim(pick(others))])
  }, 600_000)

  it('of whether a device’s token is another user’s', async () => {
    const service = openService('redis')
    const [adas, bobs] = [await rememberDevice(service, 'ada'), await rememberDevice(service, 'bob')]
    const keys = createKeyRing([Buffer.from(KEY, 'base64')], randomBytes)
    const recognise = (token: string) => {
      const [id = '', own = ''] = token.split('.').map(flat)
      const hashes = keys.hashes(['device', 'user-ada', id, own])
      const nextHash = keys.hash(['device', 'user-ada', id, 'next'])
      return service.store.recogniseDevice('user-ada', { id, hashes, nextHash, overlapMs: 60_000 })
    }
    const nobodys = flat(`${newId(randomBytes)}.${newId(randomBytes)}`)
    await expectAlike('device token, another’s and nobody’s', [() => recognise(bobs), () => recognise(nobodys)])
    expect(await recognise(adas)).toMatchObject({ outcome: 'recognised' })
  }, 600_000)

  it('a stranger of what exists, over HTTP', async () => {
    const service = openService()
    const { authenticatorId } = await enrolTotp(service, 'ada')
    const device = await rememberDevice(service, 'bob')
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const port = portOf(await listen(service.app))
    const visit = (id: string, token: string) => {
      const headers = { Cookie: `two-factor-device=${token}` }
      return post({ agent, port, path: `/two-factor/authenticators/${id}/remove`, headers })
    }
    const [nobodys, none] = [newId(randomBytes), `${newId(randomBytes)}.${newId(randomBytes)}`]
    await expectAlike('a stranger’s request, of ids that exist and ids that do not', [
      () => visit(authenticatorId, device),
      () => visit(nobodys, none),
    ])
    agent.destroy()
  }, 600_000)
})

function bareCodes(): readonly string[] {
  return newRecoveryCodes(randomBytes).map((code) => code.replaceAll('-', ''))
}

/** The token of a browser that is remembered. */
async function rememberDevice(service: Service, name: string): Promise<string> {
  const { setupKey } = await enrolTotp(service, name)
  const held = await holdSession(service, name)
  service.clock.advance(30_000)
  const answer = await held
    .post('/two-factor/challenge/verify')
    .send({ code: codeFor(service, setupKey), remember: true })
    .expect(200)
  const cookie = cookiesSetBy(answer).find((pair) => pair.startsWith('two-factor-device'))
  return flat(cookie?.split('=')[1] as string)
}

function post(options: RequestOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, host: '127.0.0.1', method: 'POST' }, (answer) => {
      answer.resume().once('end', resolve)
    })
    sent.once('error', reject).end()
  })
}

it('a comparison that ends at the first difference is found', async () => {
  const code = codeAt(0)
  const [first, last] = [0, 5].map((at) => pool(() => wrongAt(code, at))) as [() => string, () => string]
  const endsEarly = (typed: string) => {
    for (let at = 0; at < code.length; at += 1) {
      if (ring.hash([typed[at] as string]) !== ring.hash([code[at] as string])) return false
    }
    return true
  }
  const figures = await measure([() => endsEarly(first()), () => endsEarly(last())])
  report('a comparison digit by digit', figures)
  expect(Math.abs(figures.t)).toBeGreaterThan(MOST_T)
}, 600_000)
