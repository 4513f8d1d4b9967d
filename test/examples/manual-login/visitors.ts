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

/** Registers somebody new with an authenticator app, signed in and verified. */
export async function registerWithApp(sample: SampleHere) {
  const user = await register(sample)
  const agent = await signIn(sample, user.email)
  await agent.post('/two-factor/reauthenticate').send({ username: user.email, password: PASSWORD }).expect(200)
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
