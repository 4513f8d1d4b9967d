import type { Response as ExpressResponse, NextFunction, Request } from 'express'
import type { AuthenticatorStore, Store, TwoFactorOptions } from 'express-two-factor'
import { memoryStore } from 'express-two-factor/memory'
import { redisAuthenticators, redisStore } from 'express-two-factor/redis'
import { sqlAuthenticators } from 'express-two-factor/sql'
import { movableClock, startVonageStandIn, type VonageStandIn } from 'express-two-factor/testing'
import { vonageSms, vonageVoice } from 'express-two-factor/vonage'
import type { Redis } from 'ioredis'
import type { Response } from 'supertest'
import type TestAgent from 'supertest/lib/agent'
import { makeKeys } from '../../adapters/vonage/support'
import { readNested } from '../../docs/compile'
import { createTestApp, KEY, PASSWORD, type TestApp } from '../../support/app'
import { dumpError } from './dumps'
import { startEcho } from './echo'
import type { breakableQuery } from './misfortune'
import { Plants } from './plants'

const EVENTS = [...readNested('lib/events.ts', 'TwoFactorEvents').keys()]

/** Where a service keeps its records. */
export interface Backing {
  redis?: Redis
  prefix: string
  database?: ReturnType<typeof breakableQuery>
}

/** One answer: by which route, and what of it anybody on the way could read. */
export interface Told {
  place: string
  /** The body, and the headers but for the cookies. */
  rest: string
  cookies: string
}

/** A service in which everything that is told is heard. */
export interface House extends TestApp {
  backing: Backing
  plants: Plants
  /** The application's at Vonage, PEM. */
  privateKey: string
  vonage: VonageStandIn
  echo: Awaited<ReturnType<typeof startEcho>>
  answers: Told[]
  events: string[]
  errors: string[]
  /** What the package asks of Vonage but for the bodies, which are for Vonage. */
  addresses(): string
  send(agent: TestAgent, route: string, body?: object, form?: 'json' | 'page'): Promise<Response>
  stop(): Promise<void>
}

export async function openHouse(backing: Backing): Promise<House> {
  const { privateKey, publicKey } = makeKeys()
  const vonage = await startVonageStandIn({ publicKey })
  const echo = await startEcho(vonage)
  const errors: string[] = []
  const { clock, ...ports } = portsOf(backing, errors)
  const service = createTestApp({ ...ports, clock, codeDigits: 10, ...channelsOf(echo.apiHost, privateKey) })
  const plants = plantKeys(privateKey)
  const [answers, events] = [[] as Told[], [] as string[]]
  hearEvents(service, events)
  service.app.use((error: unknown, _req: Request, res: ExpressResponse, _next: NextFunction) => {
    errors.push(dumpError(error))
    res.status(500).json({ message: 'something is wrong' })
  })
  const house = { ...service, clock, backing, plants, privateKey, vonage, echo, answers, events, errors }
  return {
    ...house,
    addresses: () => vonage.requests.map(({ method, path }) => `${method} ${path}`).join('\n'),
    send: (agent, route, body, form = 'json') => send(house, agent, route, { form, ...(body ? { body } : {}) }),
    stop: async () => {
      echo.stop()
      await vonage.stop()
    },
  }
}

type Heard = Pick<House, 'plants' | 'answers' | 'sessions'>

function channelsOf(apiHost: string, privateKey: string): Pick<TwoFactorOptions, 'channels' | 'sendBudgets'> {
  const options = { applicationId: 'app-1', privateKey, from: 'Acme', apiHost, timeoutMs: 2000 }
  const sendBudgets = [{ points: 100, windowMs: 600_000 }]
  return { channels: [vonageSms(options), vonageVoice(options)], sendBudgets }
}

function portsOf({ redis, prefix, database }: Backing, errors: string[]) {
  const clock = movableClock()
  const options = { clock, prefix }
  const store = redis ? redisStore(redis, options) : memoryStore({ clock })
  const authenticators = database ? sqlAuthenticators(database.query) : redisAuthenticators(redis as Redis, options)
  return {
    clock,
    store: hearing<Store>(store, errors),
    authenticators: hearing<AuthenticatorStore>(authenticators, errors),
  }
}

/** The same port, heard when it fails. */
function hearing<Port extends object>(port: Port, errors: string[]): Port {
  const get = (target: Port, name: string | symbol) => {
    const member: unknown = Reflect.get(target, name)
    if (typeof member !== 'function') return member
    return (...given: unknown[]) =>
      Promise.resolve(member.apply(target, given)).catch((error) => {
        errors.push(dumpError(error))
        throw error
      })
  }
  return new Proxy(port, { get })
}

function plantKeys(privateKey: string): Plants {
  const plants = new Plants()
  plants.add('password', PASSWORD)
  plants.add('key', KEY)
  for (const line of privateKey.split('\n').filter((each) => /^[\w+/=]{64}$/.test(each))) plants.add('vonage', line)
  return plants
}

function hearEvents({ twoFactor }: TestApp, events: string[]): void {
  for (const name of EVENTS) {
    twoFactor.on(name as 'store.unsafe', (payload) => {
      events.push(`${name} ${dumpError(payload)}`)
      throw new Error(`a listener that says too much: ${JSON.stringify(payload)}`)
    })
  }
}

async function send(
  house: Heard,
  agent: TestAgent,
  route: string,
  { body, form }: { body?: object; form: 'json' | 'page' },
): Promise<Response> {
  const [method = '', path = ''] = route.split(' ')
  const asked = method === 'GET' ? agent.get(path) : agent.post(path).type(form === 'page' ? 'form' : 'json')
  if (form === 'page') asked.set('Accept', 'text/html')
  const answer = await (body ? asked.send(body) : asked)
  keep(house, `${method} ${path.split('?')[0]?.replace(/[\w-]{22}/, ':id')} ${answer.status}`, answer)
  return answer
}

/** Keeps what was told, and plants the ids of the session that it brought. */
function keep({ answers, plants, sessions }: Heard, place: string, { headers, text }: Response): void {
  const { 'set-cookie': cookies = [], ...others } = headers as Record<string, unknown>
  answers.push({ place, rest: `${JSON.stringify(others)}\n${text ?? ''}`, cookies: String(cookies) })
  const device = /two-factor-device-[\w-]+=[\w-]+\.([\w-]+)/.exec(String(cookies))?.[1]
  if (device) plants.add('device-token', device)
  const kept = (sessions as unknown as { sessions: Record<string, string> }).sessions
  for (const [id, data] of Object.entries(kept)) {
    plants.add('session', id)
    plants.add('session', String(JSON.parse(data).twoFactor?.handle ?? ''))
  }
}
