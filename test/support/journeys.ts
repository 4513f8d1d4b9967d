import request from 'supertest'
import type TestAgent from 'supertest/lib/agent'
import { decodeBase32 } from '../../lib/core/base32'
import { hotp, stepAt } from '../../lib/core/factors/totp'
import { PASSWORD, type TestApp } from './app'

export type { TestAgent }

/** The code an authenticator app shows now. */
export function codeFor({ clock }: Pick<TestApp, 'clock'>, setupKey: string): string {
  return hotp(decodeBase32(setupKey), stepAt(clock.now()))
}

/** A code that no step near now has. */
export function wrongCodeFor(service: Pick<TestApp, 'clock'>, setupKey: string): string {
  const near = [-2, -1, 0, 1, 2].map((steps) => hotp(decodeBase32(setupKey), stepAt(service.clock.now()) + steps))
  return ['111111', '222222', '333333', '444444', '555555', '666666'].find((code) => !near.includes(code)) as string
}

export function signIn(agent: TestAgent, name: string): request.Test {
  return agent.post('/login').send({ email: `${name}@example.com`, password: PASSWORD })
}

export function reauthenticate(agent: TestAgent, name: string): request.Test {
  return agent.post('/two-factor/reauthenticate').send({ username: `${name}@example.com`, password: PASSWORD })
}

/** Enrols an authenticator app in a session of its own, and returns that session with the key and the codes. */
export async function enrolTotp(service: TestApp, name: string) {
  const agent = request.agent(service.app)
  await signIn(agent, name)
  await reauthenticate(agent, name).expect(200)
  const begun = await agent.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
  const { enrolmentId, setupKey } = begun.body as { enrolmentId: string; setupKey: string }
  const code = codeFor(service, setupKey)
  const confirmed = await agent.post(`/two-factor/authenticators/${enrolmentId}/confirm`).send({ code }).expect(201)
  const { recoveryCodes, authenticator } = confirmed.body
  return { agent, setupKey, recoveryCodes: recoveryCodes as string[], authenticatorId: authenticator.id as string }
}

/** Enrols a phone, as a French user types it. */
export async function enrolPhone(service: TestApp, name: string, method: 'sms' | 'voice' = 'sms') {
  const agent = request.agent(service.app)
  await signIn(agent, name)
  await reauthenticate(agent, name).expect(200)
  const phone = { factor: 'phone', country: 'FR', phone: '06 12 34 56 78', method }
  const begun = await agent.post('/two-factor/authenticators').send(phone).expect(201)
  const code = service.phone.codeFor()
  const confirmed = await agent
    .post(`/two-factor/authenticators/${begun.body.enrolmentId}/confirm`)
    .send({ code })
    .expect(201)
  return {
    agent,
    recoveryCodes: confirmed.body.recoveryCodes as string[],
    authenticatorId: confirmed.body.authenticator.id as string,
  }
}

/** Signs in and verifies with the authenticator app, in the next time step. */
export async function passWithTotp(service: TestApp, name: string, setupKey: string): Promise<TestAgent> {
  const agent = request.agent(service.app)
  await signIn(agent, name).expect(200)
  service.clock.advance(30_000)
  await agent
    .post('/two-factor/challenge/verify')
    .send({ code: codeFor(service, setupKey) })
    .expect(200)
  return agent
}

/** The Cookie header a session's browser would send. */
export function cookiesOf(agent: TestAgent): string {
  const everything = { domain: '127.0.0.1', path: '/', secure: false, script: false }
  return agent.jar.getCookies(everything as never).toValueString()
}
