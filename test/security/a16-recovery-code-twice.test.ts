/**
 * A16, A17. A recovery code was used, or its paper was found after a new set was made; the thief tries it again, twenty
 * times at once, in as many sessions; or tries any other string.
 * Hurt by it: Parse Server (CVE-2026-31875) and Filament (CVE-2025-67507) accepted a code twice; vDesk (CVE-2022-45174)
 * accepted any string.
 * What must happen: one code, one session; a code of an old set and a string that is none are refused.
 */
import type { Server } from 'node:http'
import { enrolTotp, reauthenticate } from '../support/journeys'
import {
  anotherInstance,
  answerWith,
  BACKENDS,
  burst,
  describeShared,
  holdCookie,
  holdSession,
  listen,
  openBareApp,
  openService,
  redisSessions,
  startTogether,
  verify,
} from '../support/security'

describe.each(BACKENDS)('one recovery code, on %s', (backend) => {
  it('twenty times at once in four sessions lets one in', async () => {
    const service = openService(backend)
    const { recoveryCodes } = await enrolTotp(service, 'ada')
    const server = await listen(service.app)
    const cookies = await Promise.all(Array.from({ length: 4 }, () => holdCookie(server)))
    startTogether([service.authenticators], 20)
    const answers = await burst(20, (at) => answerWith(server, cookies[at % 4] as string, recoveryCodes[0] as string))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect((await service.authenticators.load('user-ada')).recoveryCodes).toEqual({ remaining: 9, total: 10 })
  })

  it('is refused after its use, however it is typed, and the others go on working', async () => {
    const service = openService(backend)
    const { recoveryCodes } = await enrolTotp(service, 'ada')
    const [used, other] = recoveryCodes as [string, string]
    await verify(await holdSession(service), used).expect(200)
    for (const typed of [used, used.toLowerCase(), used.replaceAll('-', ''), used.replaceAll('-', ' ')]) {
      expect((await verify(await holdSession(service), typed).expect(401)).body.code).toBe('ERR_TFA_CODE_INCORRECT')
    }
    await verify(await holdSession(service), other.toLowerCase().replaceAll('-', ' ')).expect(200)
  })

  it('is refused at a step-up after its use at sign-in, and at sign-in after its use at a step-up', async () => {
    const service = openService(backend)
    const { recoveryCodes } = await enrolTotp(service, 'ada')
    const [first, second] = recoveryCodes as [string, string]
    const ada = await holdSession(service)
    await verify(ada, first).expect(200)
    await ada.post('/two-factor/challenge').send({ method: 'recovery-code' }).expect(201)
    await verify(ada, first).expect(401)
    await verify(ada, second).expect(200)
    for (const used of [first, second]) await verify(await holdSession(service), used).expect(401)
    expect((await service.authenticators.load('user-ada')).recoveryCodes.remaining).toBe(8)
  })

  it('of an old set is refused once there is a new one', async () => {
    const service = openService(backend)
    const { agent, recoveryCodes } = await enrolTotp(service, 'ada')
    await reauthenticate(agent, 'ada').expect(200)
    const { body } = await agent.post('/two-factor/recovery-codes').expect(201)
    await verify(await holdSession(service), recoveryCodes[3]).expect(401)
    await verify(await holdSession(service), body.recoveryCodes[3]).expect(200)
  })

  it("of another user's is refused", async () => {
    const service = openService(backend)
    const { recoveryCodes } = await enrolTotp(service, 'ada')
    await enrolTotp(service, 'bob')
    await verify(await holdSession(service, 'bob'), recoveryCodes[0]).expect(401)
    expect((await service.authenticators.load('user-ada')).recoveryCodes.remaining).toBe(10)
  })
})

describeShared('one recovery code, by two instances on one %s', (backend) => {
  it('lets one in', async () => {
    const service = openService(backend)
    const { recoveryCodes } = await enrolTotp(service, 'ada')
    const [one, two] = (await Promise.all(
      [service, anotherInstance(service)].map((ports) =>
        listen(openBareApp(ports, { sessions: redisSessions(service.prefix, backend) }).app),
      ),
    )) as [Server, Server]
    const cookies = [await holdCookie(one), await holdCookie(two)]
    const answers = await burst(10, (at) =>
      answerWith(at % 2 ? one : two, cookies[at % 2] as string, recoveryCodes[0] as string),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })
})

describe.each(BACKENDS)('a string with the form of a recovery code, on %s', (backend) => {
  it("is refused where it is nobody's: made up, cut from the setup key, one letter off", async () => {
    const service = openService(backend)
    const { setupKey, recoveryCodes } = await enrolTotp(service, 'ada')
    const [real = ''] = recoveryCodes
    const off = `${real.slice(0, -1)}${real.endsWith('A') ? 'B' : 'A'}`
    const thief = await holdSession(service)
    for (const typed of ['AAAA-AAAA-AAAA-AAAA', '2222222222222222', setupKey.slice(0, 16), off]) {
      expect((await verify(thief, typed).expect(401)).body.code).toBe('ERR_TFA_CODE_INCORRECT')
    }
    await thief.get('/account').expect(401)
    await verify(thief, real).expect(200)
  })
})

describe('a string that is no recovery code', () => {
  it.each([
    ['-', 400],
    ['----', 400],
    ['AAAA', 400],
    ['AAAA-AAAA-AAAA-AAA', 400],
    ['AAAA-AAAA-AAAA-AAAAA', 400],
    ['AAAA-AAAA-AAAA-AAA1', 400],
    ['AAAA-AAAA-AAAA-AAA8', 400],
    ['ßAAA-AAAA-AAAA-AAA', 400],
    ['%', 400],
    ['*', 400],
    ["' OR 1=1 --", 400],
    ['ıAAA-AAAA-AAAA-AAAA', 400],
    ['undefined', 400],
    ['null', 400],
  ])('%s is refused with %i', async (typed, status) => {
    const service = openService()
    await enrolTotp(service, 'ada')
    const thief = await holdSession(service)
    await verify(thief, typed).expect(status)
    await thief.get('/account').expect(401)
  })
})
