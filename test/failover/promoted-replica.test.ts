/**
 * I6. Replication is asynchronous: the replica that is promoted may lack the last writes, and what they consumed is there
 * again. The link is cut here, codes are accepted, the master ends, and every one of them is tried once more.
 * What must happen: what rests on the durable store is refused, and its count of failures is whole.
 */
import { MemoryStore, type Store as SessionStore } from 'express-session'
import { memoryAuthenticators } from 'express-two-factor/memory'
import Redis from 'ioredis'
import { enrolPerson } from '../support/crowd'
import { openHttpClient, sessionCookieIn } from '../support/http-client'
import { type RedisServer, startRedis } from '../support/redis-server'
import { followNobody } from './breakages'
import { createLedger, type Waiting } from './ledger'
import { answer, answerWaiting, type Drill } from './load'
import { type DrillService, openDrillService } from './service'

const http = openHttpClient(5000)
const running: RedisServer[] = []
const clients: Redis[] = []

afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect()
  await Promise.all(running.splice(0).map((server) => server.stop()))
})
afterAll(() => http.close())

it('a code of an app, a recovery code → refused, and the wrong codes stay counted', async () => {
  const { drill, waiting, promote } = await openScene()
  const guesser = await wait(drill, 'totp')
  const wrong = { kind: 'totp', person: guesser.person, cookie: guesser.cookie, code: '12345' } as const
  const codes = ['0', '1', '2'].map((digit) => wrong.code + digit)
  for (const code of codes) await answer(drill, drill.service.ports[0], { ...wrong, code })
  const after = await promote()
  expect(await replay(after, waiting.totp)).toBe(401)
  expect(await replay(after, waiting['recovery-code'])).toBe(401)
  expect(drill.service.hardFailures.get(guesser.person.id)).toBe(3)
})

it('a text message’s code → refused, though the session it answered is back as well', async () => {
  const { waiting, promote } = await openScene()
  expect(await replay(await promote(), waiting.sms)).toBe(401)
})

it('a text message’s code, sessions kept elsewhere → refused: the session it answered has ended', async () => {
  const { waiting, promote } = await openScene(new MemoryStore())
  expect(await replay(await promote(), waiting.sms)).toBe(401)
})

/** A service on a master whose replica hears nothing of the answers to three challenges it knows. */
async function openScene(sessions?: SessionStore) {
  const master = await start(['--repl-diskless-sync-delay', '0'])
  const replica = await start(['--replicaof', `127.0.0.1 ${master.port}`])
  const authenticators = memoryAuthenticators()
  const drill = drillOn(await openService(master, authenticators, sessions))
  const waiting = {
    sms: await wait(drill, 'sms'),
    totp: await wait(drill, 'totp'),
    'recovery-code': await wait(drill, 'recovery-code'),
  }
  expect(await connect(master).wait(1, 5000)).toBe(1)
  await followNobody(replica.port)
  for (const one of Object.values(waiting)) expect(await answerWaiting(drill, one)).toBe(true)
  const promote = async () => {
    await master.stop()
    await connect(replica).replicaof('NO', 'ONE')
    const promoted = await openService(replica, authenticators, sessions)
    return drillOn({ ...promoted, codeFor: drill.service.codeFor })
  }
  return { drill, waiting, promote }
}

function drillOn(service: DrillService): Drill {
  return { service, http, ledger: createLedger() }
}

function openService(
  server: RedisServer,
  authenticators: DrillService['authenticators'],
  sessions?: SessionStore,
): Promise<DrillService> {
  return openDrillService([connect(server), connect(server)], authenticators, sessions)
}

async function start(args: readonly string[]): Promise<RedisServer> {
  const server = await startRedis(args)
  running.push(server)
  return server
}

function connect({ port }: RedisServer): Redis {
  const client = new Redis({ port })
  client.on('error', () => {})
  clients.push(client)
  return client
}

async function wait({ service }: Drill, kind: Waiting['kind']): Promise<Waiting> {
  const person = await enrolPerson(service.authenticators, kind === 'sms' ? 'phone' : 'totp')
  const answered = await http.login(service.ports[0], person.email)
  return { kind, person, cookie: sessionCookieIn(answered), at: Date.now() }
}

/** Tries the same code in the same session, by the cookie from before it was accepted. */
async function replay(drill: Drill, { kind, person, cookie }: Waiting): Promise<number> {
  const codes = {
    sms: drill.service.codeFor(person.phone),
    totp: person.codeAt(Date.now()),
    'recovery-code': person.recoveryCodes[0] as string,
  }
  return (await answer(drill, drill.service.ports[1], { kind, person, cookie, code: codes[kind] })).status
}
