import { join } from 'node:path'
import Redis from 'ioredis'
import request from 'supertest'
import { type RedisServer, startRedis } from '../../support/redis-server'
import { ownFolder, type SampleHere, startHere } from '../running'
import { PASSWORD, register } from './visitors'

const folder = ownFolder()
let redis: RedisServer
let sample: SampleHere
let account: { email: string; password: string }

const start = () =>
  startHere({
    REDIS_URL: redis.url,
    DATABASE_FILE: join(folder.path, 'db'),
    PUBLIC_ORIGIN: 'https://acme.example',
  })

beforeAll(async () => {
  redis = await startRedis()
  sample = await start()
  account = { email: (await register(sample)).email, password: PASSWORD }
}, 30_000)
afterAll(async () => {
  await sample.close()
  await redis.stop()
  folder.remove()
})

/** As a browser behind the proxy that ends TLS signs in. */
async function signInCookie(): Promise<string> {
  const post = request(sample.url)
    .post('/login')
    .set('X-Forwarded-Proto', 'https')
    .set('Origin', 'https://acme.example')
  const { headers } = await post.send(account).expect(200)
  return String(headers['set-cookie'])
}

describe('the sample with Redis behind an https origin', () => {
  it('sets cookies that are Secure, out of reach of scripts and of other sites', async () => {
    expect(await signInCookie()).toMatch(/^sid=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  })

  it('keeps sessions under `sess:` and its own keys apart from them', async () => {
    await signInCookie()
    const client = new Redis(redis.url)
    const prefixes = new Set((await client.keys('*')).map((key) => key.split(':')[0]))
    client.disconnect()
    expect([...prefixes].sort()).toEqual(['sess', 'tfa'])
  })

  it('is restarted, and who was signed in still is', async () => {
    const cookie = (await signInCookie()).split(';')[0] as string
    await sample.close()
    sample = await start()
    const { body } = await request(sample.url).get('/account').set('Cookie', cookie).expect(200)
    expect(body).toMatchObject({ email: account.email })
  }, 30_000)

  it('answers 503 within its deadlines while Redis stalls, as page and as problem, and goes on afterwards', async () => {
    const cookie = (await signInCookie()).split(';')[0] as string
    redis.process.kill('SIGSTOP')
    const began = Date.now()
    const get = () => request(sample.url).get('/account').set('Cookie', cookie)
    const [problem, page] = await Promise.all([get(), get().set('Accept', 'text/html')])
    const post = await request(sample.url).post('/login').send(account)
    const took = Date.now() - began
    redis.process.kill('SIGCONT')

    expect([problem.status, page.status, post.status]).toEqual([503, 503, 503])
    expect(problem.headers['content-type']).toContain('application/problem+json')
    expect(page.headers['content-type']).toContain('text/html')
    expect(took).toBeLessThan(6000)
    await get().expect(200)
  })
})

it('refuses to start, in one line, when Redis does not answer', async () => {
  await expect(startHere({ REDIS_URL: 'redis://127.0.0.1:1' })).rejects.toThrow(/^REDIS_URL: [^\n]+$/)
}, 30_000)
