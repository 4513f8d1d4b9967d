import request from 'supertest'
import type TestAgent from 'supertest/lib/agent'
import { decodeBase32 } from '../../../lib/core/base32'
import { hotp, stepAt } from '../../../lib/core/factors/totp'
import type { SampleHere } from '../running'

export const PASSWORD = 'a password of this test'

let lastVisitor = 0

/** Registers somebody new. */
export async function register(sample: Pick<SampleHere, 'url'>): Promise<{ id: string; email: string }> {
  lastVisitor += 1
  const email = `visitor-${lastVisitor}@example.com`
  const { body } = await request(sample.url).post('/register').send({ email, password: PASSWORD }).expect(201)
  return body as { id: string; email: string }
}

export async function signIn(sample: Pick<SampleHere, 'url'>, email: string): Promise<TestAgent> {
  const agent = request.agent(sample.url)
  await agent.post('/login').send({ email, password: PASSWORD }).expect(200)
  return agent
}

/** The administrator of the demo accounts. */
export function adminOf({ accounts }: Pick<SampleHere, 'accounts'>): { email: string; password: string } {
  const [, email = '', password = ''] = /^account (\S+) "(.+)" \(admin\)$/m.exec(accounts.join('\n')) ?? []
  return { email, password }
}

/** The administrator, signed in with the password. */
export async function signInAdmin(sample: Pick<SampleHere, 'url' | 'accounts'>): Promise<TestAgent> {
  const agent = request.agent(sample.url)
  await agent.post('/login').send(adminOf(sample)).expect(200)
  return agent
}

/** Somebody new, about to enrol: signed in, with the password given again. */
export async function registerToEnrol(sample: Pick<SampleHere, 'url'>) {
  const user = await register(sample)
  const agent = await signIn(sample, user.email)
  await agent.post('/two-factor/reauthenticate').send({ username: user.email, password: PASSWORD }).expect(200)
  return { ...user, agent }
}

/** Has a code sent to a phone that is to be enrolled. */
export function beginPhone(agent: TestAgent, phone: string, method: 'sms' | 'voice' = 'sms'): request.Test {
  return agent.post('/two-factor/authenticators').send({ factor: 'phone', country: 'FR', phone, method })
}

/** Registers somebody new with a phone, signed in and verified. */
export async function registerWithPhone(sample: SampleHere, phone: string, method: 'sms' | 'voice' = 'sms') {
  const { agent, ...user } = await registerToEnrol(sample)
  const { body } = await beginPhone(agent, phone, method).expect(201)
  const confirm = agent.post(`/two-factor/authenticators/${body.enrolmentId}/confirm`)
  await confirm.send({ code: sentCode(sample) }).expect(201)
  return { ...user, agent }
}

/** The newest code on the terminal. */
export function sentCode({ lines }: Pick<SampleHere, 'lines'>): string | undefined {
  return lines.map((line) => /^code (\d+) for /.exec(line)?.[1]).findLast(Boolean)
}

/** As many texts as the conversion brake needs to judge go to numbers that never answer; then there was time to. */
export async function pumpTexts(sample: SampleHere): Promise<void> {
  for (let user = 0; user < 25; user += 1) {
    const { agent } = await registerToEnrol(sample)
    for (let at = 0; at < 2; at += 1) await beginPhone(agent, `06 98 00 00 ${10 + user * 2 + at}`).expect(201)
  }
  sample.clock.advance(8 * 60_000)
}

/** Registers somebody new with an authenticator app, signed in and verified. */
export async function registerWithApp(sample: SampleHere) {
  const { agent, ...user } = await registerToEnrol(sample)
  const begun = await agent.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
  const { enrolmentId, setupKey } = begun.body as { enrolmentId: string; setupKey: string }
  await agent
    .post(`/two-factor/authenticators/${enrolmentId}/confirm`)
    .send({ code: nextCode(sample, setupKey) })
    .expect(201)
  return { ...user, agent, setupKey }
}

/** The code of a step that was not used yet: the clock goes on to it. */
export function nextCode({ clock }: Pick<SampleHere, 'clock'>, setupKey: string): string {
  clock.advance(30_000)
  return hotp(decodeBase32(setupKey), stepAt(clock.now()))
}
