import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import request from 'supertest'
import type TestAgent from 'supertest/lib/agent'
import { decodeBase32 } from '../../lib/core/base32'
import { hotp, stepAt } from '../../lib/core/factors/totp'
import { freePort } from '../support/redis-server'
import { endAll, type Running, run } from './running'

const PASSWORD = 'correct horse battery staple'

afterAll(endAll)

/** The code of the present step, or of one of the steps after it. */
function codeOf(setupKey: string, stepsAhead = 0): string {
  return hotp(decodeBase32(setupKey), stepAt(Date.now()) + stepsAhead)
}

async function enrolApp(agent: TestAgent, username: string): Promise<string> {
  await agent.post('/two-factor/reauthenticate').send({ username, password: PASSWORD }).expect(200)
  const { body } = await agent.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
  const code = codeOf(body.setupKey)
  await agent.post(`/two-factor/authenticators/${body.enrolmentId}/confirm`).send({ code }).expect(201)
  return body.setupKey as string
}

describe('examples/minimal.ts', () => {
  it('is shorter than thirty lines, and holds a session until the code is given', async () => {
    expect(
      readFileSync(join(__dirname, '../../examples/minimal.ts'), 'utf8').trimEnd().split('\n').length,
    ).toBeLessThan(30)
    const url = await run('minimal.ts', { PORT: String(await freePort()) }).url
    const signIn = (agent: TestAgent) => agent.post('/login').type('form').send({ username: 'ada', password: PASSWORD })
    const first = request.agent(url)
    await signIn(first).expect(302).expect('Location', '/')
    const setupKey = await enrolApp(first, 'ada')

    const second = request.agent(url)
    await signIn(second).expect(200, { next: '/two-factor/challenge' })
    await second.get('/').expect(401)
    await second
      .post('/two-factor/challenge/verify')
      .send({ code: codeOf(setupKey, 1) })
      .expect(200)
    await second.get('/').expect(200, /Two-factor/)
  })

  it('answers a wrong password with 401', async () => {
    const url = await run('minimal.ts', { PORT: String(await freePort()) }).url
    await request(url).post('/login').type('form').send({ username: 'ada', password: 'wrong' }).expect(401)
  })
})

describe('examples/json-api.ts', () => {
  let api: Running
  let url: string
  let setupKey: string

  beforeAll(async () => {
    api = run('json-api.ts', { PORT: String(await freePort()) })
    url = await api.url
    setupKey = await enrolApp(await signIn('/'), 'ada@example.com')
  })

  async function signIn(next: string): Promise<TestAgent> {
    const agent = request.agent(url)
    await agent.post('/session').send({ email: 'ada@example.com', password: PASSWORD }).expect(200, { next })
    return agent
  }

  it('holds a session until its own route has verified the code; the session id changes with it', async () => {
    const agent = await signIn('/two-factor/challenge')
    await agent.get('/orders').expect(401)
    const { body } = await agent.post('/session/challenge').send({ method: 'totp' }).expect(201)
    expect(body).toMatchObject({ purpose: 'sign-in', method: 'totp', attemptsLeft: 5 })
    await agent.post('/session/code').send({ code: '00000a' }).expect(400)
    const verified = await agent
      .post('/session/code')
      .send({ code: codeOf(setupKey, 1) })
      .expect(200)
    expect(verified.body).toEqual({ user: { id: 'user-1', email: 'ada@example.com' } })
    expect(verified.headers['set-cookie']).toBeDefined()
    await agent.get('/orders').expect(200, { orders: [] })

    const ordered = await agent.post('/orders').send({ item: 'guitar' }).expect(401)
    expect(ordered.body).toMatchObject({ code: 'ERR_TFA_STEP_UP_REQUIRED' })
    const asked = await agent.post('/session/challenge').expect(201)
    expect(asked.body).toMatchObject({ purpose: 'step-up', action: 'Order a guitar' })
    const wrong = await agent.post('/confirmation').send({ code: '000000' }).expect(401)
    expect(wrong.body).toEqual({ code: 'ERR_TFA_CODE_INCORRECT', attemptsLeft: 4 })
  })

  it('refuses the code where nobody gave the password', async () => {
    await request(url)
      .post('/session/code')
      .send({ code: codeOf(setupKey, 1) })
      .expect(401)
    await request(url).post('/session/challenge').expect(401, { code: 'ERR_TFA_SIGN_IN_REQUIRED' })
    await request(url).get('/orders').expect(401)
  })
})
