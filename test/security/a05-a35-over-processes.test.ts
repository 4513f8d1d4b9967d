/**
 * A5, A6, A7, A16, A31, A35 over processes. The service runs in two processes on one Redis, or on one cluster, and the
 * thief sends each of his requests to the other one than before: what a process keeps in its own memory (a lock, a count,
 * a used mark, a session that ended) the other one does not know.
 * Hurt by it: MISP (CVE-2026-107276) and Keycloak (CVE-2024-4629), where parallel requests were each compared before any
 * was counted; express-session (#632), where a request in flight brings a destroyed session back.
 * What must happen: the same as in one process. One right code makes one session, the budget is one budget, and signed out
 * is signed out everywhere. Each process has its own event loop, its own connections, and nothing else in common.
 */
import request, { type Response } from 'supertest'
import { type AppProcess, startAppProcess } from '../support/app-process'
import { codeFor, enrolPhone, enrolTotp } from '../support/journeys'
import {
  answerWith,
  burst,
  countPassed,
  describeShared,
  holdCookie,
  openService,
  type Service,
  statusesOf,
  wrongCodes,
} from '../support/security'

describeShared('two processes on one %s', (backend) => {
  let service: Service
  let processes: readonly [AppProcess, AppProcess]

  beforeAll(async () => {
    service = openService(backend)
    processes = await Promise.all([startAppProcess(service), startAppProcess(service)])
  })

  afterAll(() => Promise.all((processes ?? []).map((one) => one.stop())))

  /** A user of this test alone, so that one pair of processes serves all tests. */
  function addUser(name: string): string {
    service.users.set(name, { id: `user-${name}`, label: `${name}@example.com` })
    return name
  }

  /** Every clock of the service moves at once. */
  async function advance(advanceMs: number): Promise<void> {
    service.clock.advance(advanceMs)
    await Promise.all(processes.map((one) => one.tell({ advanceMs })))
  }

  const urlOf = (at: number) => processes[at % 2]?.url as string

  /** Sends all at once; each has read what is enrolled, in whichever process, before any goes on. */
  async function race(count: number, send: (at: number) => request.Test): Promise<Response[]> {
    let arrived = 0
    const release = () => Promise.all(processes.map((one) => one.tell({ release: true })))
    for (const one of processes) {
      one.on('reader', () => {
        arrived += 1
        if (arrived === count) void release()
      })
    }
    await Promise.all(processes.map((one) => one.tell({ wait: 'for-release' })))
    // A rule that reads less often must not hang the test.
    const late = setTimeout(release, 1000)
    return burst(count, send).finally(() => clearTimeout(late))
  }

  it('(A5) let fifty right codes of an app, fired at both, make one session', async () => {
    const ada = addUser('ada')
    const { setupKey } = await enrolTotp(service, ada)
    await advance(30_000)
    const cookies = [await holdCookie(urlOf(0), ada), await holdCookie(urlOf(1), ada)]
    const code = codeFor(service, setupKey)
    const answers = await race(50, (at) => answerWith(urlOf(at), cookies[(at >> 1) % 2] as string, code))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await countPassed(urlOf(0), cookies, answers)).toBe(1)
    expect(await countPassed(urlOf(1), cookies, answers)).toBe(1)
  })

  it('(A5) let fifty right codes of a text, fired at both, make one session', async () => {
    const name = addUser('texted')
    await enrolPhone(service, name)
    const cookie = await holdCookie(urlOf(0), name)
    const { code } = await (processes[0] as AppProcess).tell({ tell: 'last-code' })
    const answers = await race(50, (at) => answerWith(urlOf(at), cookie, code))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await countPassed(urlOf(1), [cookie], answers)).toBe(1)
  })

  it('(A6) evaluate ten of two hundred wrong codes between them, and then not the right one', async () => {
    const name = addUser('burst')
    const { setupKey } = await enrolTotp(service, name)
    await advance(30_000)
    const cookies = await Promise.all(Array.from({ length: 40 }, (_, at) => holdCookie(urlOf(at), name)))
    const codes = [...wrongCodes(service, setupKey, 200), codeFor(service, setupKey)]
    const answers = await race(codes.length, (at) => answerWith(urlOf(at), cookies[at % 40] as string, codes[at]))
    expect(statusesOf(answers)).toEqual({ 401: 10, 429: 191 })
    expect((await service.authenticators.load(`user-${name}`)).authenticators[0]?.failures).toBe(10)
    for (const at of [0, 1]) await answerWith(urlOf(at), cookies[0] as string, codes[200]).expect(429)
  })

  it('(A7) go on with one count, whichever of them a new session and a new challenge are opened at', async () => {
    const name = addUser('patient')
    const { setupKey } = await enrolTotp(service, name)
    await advance(30_000)
    const early = [await holdCookie(urlOf(0), name), await holdCookie(urlOf(1), name)]
    for (const [at, code] of wrongCodes(service, setupKey, 10).entries()) {
      const cookie = await holdCookie(urlOf(at), name)
      await request(urlOf(at + 1))
        .post('/two-factor/challenge')
        .set('Cookie', cookie)
        .send({ method: 'totp' })
        .expect(201)
      await answerWith(urlOf(at + 1), cookie, code).expect(401)
    }
    const right = codeFor(service, setupKey)
    for (const at of [0, 1, 2, 3]) {
      const { body } = await answerWith(urlOf(at), early[at >> 1] as string, right).expect(429)
      expect(body.code).toBe('ERR_TFA_LOCKED')
    }
  })

  it('(A16) let one recovery code in once, fired twenty times at both in four sessions, and not again', async () => {
    const name = addUser('paper')
    const { recoveryCodes } = await enrolTotp(service, name)
    const cookies = await Promise.all(Array.from({ length: 4 }, (_, at) => holdCookie(urlOf(at), name)))
    const code = recoveryCodes[0]
    const answers = await race(20, (at) => answerWith(urlOf(at), cookies[(at >> 1) % 4] as string, code))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await countPassed(urlOf(0), cookies, answers)).toBe(1)
    expect((await service.authenticators.load(`user-${name}`)).recoveryCodes.remaining).toBe(9)
    for (const at of [0, 1]) await answerWith(urlOf(at), await holdCookie(urlOf(at), name), code).expect(401)
  })

  it('(A31) are locked for nobody by who has no first factor, and the code that is waited for stays good', async () => {
    const name = addUser('owner')
    await enrolPhone(service, name)
    const cookie = await holdCookie(urlOf(0), name)
    const { code } = await (processes[0] as AppProcess).tell({ tell: 'last-code' })
    const wrong = { email: `${name}@example.com`, password: 'wrong', userId: `user-${name}` }
    const planted = { code: '123456', userId: `user-${name}` }
    const logins = await burst(30, (at) => request(urlOf(at)).post('/login').send(wrong))
    const guesses = await burst(30, (at) => request(urlOf(at)).post('/two-factor/challenge/verify').send(planted))
    expect(statusesOf([...logins, ...guesses])).toEqual({ 401: 60 })
    await answerWith(urlOf(1), cookie, code).expect(200)
  })

  it('(A35) keep a session signed out that a slow request in the other one brings back', async () => {
    const name = addUser('leaving')
    const { setupKey } = await enrolTotp(service, name)
    await advance(30_000)
    const pending = await holdCookie(urlOf(0), name)
    const verified = await answerWith(urlOf(0), pending, codeFor(service, setupKey)).expect(200)
    const [cookie = ''] = verified.headers['set-cookie'] as unknown as string[]
    const [slow, quick] = processes
    await slow.tell({ wait: 'for-release' })
    const arrived = new Promise<void>((resolve) => slow.on('slow', resolve))
    const answer = request(slow.url)
      .get('/slow')
      .set('Cookie', cookie)
      .then(({ status }) => status)
    await arrived
    await request(quick.url).post('/two-factor/sign-out').set('Cookie', cookie).expect(204)
    await slow.tell({ release: true })
    expect(await answer).toBe(200)
    for (const { url } of processes) {
      // It did come back, or there would be nothing to see: the same id, with what the slow request had left in it.
      const visited = await request(url).get('/visit').set('Cookie', cookie)
      expect(decodeURIComponent(cookie)).toContain(`s:${visited.body.id}.`)
      const refused = await request(url).get('/account').set('Cookie', cookie).expect(401)
      expect(refused.body.code).toBe('ERR_TFA_SIGN_IN_REQUIRED')
    }
  })
})
