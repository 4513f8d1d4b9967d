import { randomBytes } from 'node:crypto'
import session from 'express-session'
import request from 'supertest'
import { createTestApp, type TestApp } from '../../support/app'
import type { TestAgent } from '../../support/journeys'
import { anotherInstance, type Backend, openService, type Service } from '../../support/security'

export function newKey(): string {
  return randomBytes(32).toString('base64')
}

/** A service on records that outlive it: each process has keys of its own, and shares all else. */
export function openKeyed(backend: Backend = 'memory') {
  const service = openService(backend)
  const { phone, clock } = service
  const sessions = new session.MemoryStore()
  const start = (...keys: string[]): Service => {
    const { store, authenticators } = backend === 'memory' ? service : anotherInstance(service)
    const ports = { store, authenticators, clock }
    const { clock: _own, ...app } = createTestApp({ ...ports, keys, channels: phone.channels }, sessions)
    return { ...service, ...app, ...ports, phone }
  }
  return { start, phone, clock }
}

/** What is stored of a user's authenticators, sealed. */
export async function sealedOf({ authenticators }: Service, name = 'ada'): Promise<string[]> {
  return (await authenticators.load(`user-${name}`)).authenticators.map(({ sealed }) => sealed)
}

/** The same browser at another process. */
export function moveTo({ app }: TestApp, { jar }: TestAgent): TestAgent {
  return Object.assign(request.agent(app), { jar })
}

/** What a process tells of keys and of what does not open. */
export function hear({ twoFactor }: TestApp): string[] {
  const heard: string[] = []
  twoFactor.on('key.missing', ({ userId, keyId }) => heard.push(`key.missing ${userId} ${keyId}`))
  twoFactor.on('authenticator.altered', ({ userId }) => heard.push(`authenticator.altered ${userId}`))
  return heard
}
