import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { Express } from 'express'
import { Redis } from 'ioredis'
import request from 'supertest'
import { decodeBase32 } from '../../lib/core/base32'
import { hotp, stepAt } from '../../lib/core/factors/totp'
import { startPglite } from '../support/pglite'
import { checkTypes, declareTests, runSample } from './compile'
import { type Block, blocksOf, PAGES } from './markdown'

const SAMPLES = PAGES.flatMap(blocksOf).filter(({ language }) => /^ts\b/.test(language))
const RUNNABLE = SAMPLES.filter(({ language }) => language === 'ts run')

const isTest = ({ code }: Block) => /^it\(/m.test(code)
const isMounting = ({ code }: Block) => code.includes('export const app')

const UNKNOWN_NAME: Block = {
  ...{ page: 'NOWHERE.md', line: 7, language: 'ts', context: '' },
  code: "import { createOneFactor } from 'express-two-factor'\n",
}

describe('the compiler', () => {
  let mistakes: readonly string[]

  beforeAll(() => {
    mistakes = checkTypes([...SAMPLES, UNKNOWN_NAME])
  }, 60_000)

  it('finds no mistake in any sample of the documentation', () => {
    expect(SAMPLES.length).toBeGreaterThan(8)
    expect(SAMPLES.filter(({ language }) => !/^ts( run)?$/.test(language))).toEqual([])
    expect(mistakes.filter((mistake) => !mistake.startsWith('NOWHERE.md'))).toEqual([])
  })

  it('finds the sample that asks for what the package does not have, and says where', () => {
    expect(mistakes).toContainEqual(expect.stringMatching(/^NOWHERE\.md:8 .*createOneFactor/))
  })
})

it('the README mounts it before line 40', () => {
  const [mounting] = blocksOf('README.md').filter(isMounting)
  expect(mounting?.code).toContain('createTwoFactor(')
  expect(mounting?.line).toBeLessThan(40)
})

describe.each(RUNNABLE.filter(isTest).map((block) => [`${block.page}:${block.line}`, block] as const))(
  '%s',
  (_name, block) => {
    declareTests(block, require)
  },
)

it.each(
  RUNNABLE.filter((block) => !isTest(block) && !isMounting(block)).map(
    (block) => [`${block.page}:${block.line}`, block] as const,
  ),
)('%s runs', async (_name, block) => {
  expect(Object.keys(await runSample(block, require))).not.toEqual([])
})

describe("the README's mounting sample", () => {
  const { query, stop } = startPglite()
  const clients: Redis[] = []
  let app: Express

  /** As the sample's app would have it: a real Redis, and under `pg`'s name a real PostgreSQL, embedded. */
  function load(name: string): unknown {
    if (name === './your-app.js') return require('./app/your-app')
    if (name === 'pg')
      return {
        Pool: class Pool extends EventEmitter {
          query = query
        },
      }
    if (name === 'ioredis')
      return {
        Redis: function connect(url: string, options: object) {
          return opened(new Redis(url, options))
        },
      }
    return require(name)
  }

  function opened(client: Redis): Redis {
    clients.push(client)
    return client
  }

  beforeAll(async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    Object.assign(process.env, {
      REDIS_URL: `${process.env.TEST_REDIS_URL}/1`,
      DATABASE_URL: 'postgres://embedded',
      VONAGE_APPLICATION_ID: 'app-1',
      VONAGE_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      TWO_FACTOR_KEY: randomBytes(32).toString('base64'),
      SESSION_SECRET: 'secret',
    })
    const mounting = RUNNABLE.find(isMounting) as Block
    app = (await runSample(mounting, load)).app as Express
  }, 60_000)

  afterAll(async () => {
    for (const client of clients) client.disconnect()
    await stop()
  })

  it('signs in, enrols, is held at the next sign-in, and pays out once the code is verified', async () => {
    const credentials = { email: 'ada@acme.example', password: 'correct horse battery staple' }
    const settings = request.agent(app)
    await settings.post('/login').send(credentials).expect(302).expect('Location', '/')
    const again = { username: credentials.email, password: credentials.password }
    await settings.post('/two-factor/reauthenticate').send(again).expect(200)
    const begun = await settings.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
    const { enrolmentId, setupKey } = begun.body as { enrolmentId: string; setupKey: string }
    const codeAt = (steps: number) => hotp(decodeBase32(setupKey), stepAt(Date.now()) + steps)
    await settings
      .post(`/two-factor/authenticators/${enrolmentId}/confirm`)
      .send({ code: codeAt(0) })
      .expect(201)

    const ada = request.agent(app)
    await ada.post('/login').send(credentials).expect(200, { next: '/two-factor/challenge' })
    await ada.post('/payout').expect(401)
    await ada
      .post('/two-factor/challenge/verify')
      .send({ code: codeAt(1) })
      .expect(200)
    await ada.post('/payout').expect(200, { paid: true })
  })
})
