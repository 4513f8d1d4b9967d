import { existsSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { endAll, ownFolder, run } from '../running'

const SAMPLE = 'manual-login/main.ts'
const KEPT = { email: 'kept@example.com', password: 'a password kept' }
const KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7 + 3)).toString('base64')

describe('the sample as a process', () => {
  const folder = ownFolder()
  const database = join(folder.path, 'db')
  const development = { PORT: '0', DATABASE_FILE: database }
  afterEach(endAll)
  afterAll(folder.remove)

  it('refuses to start in production with the in-process store, in one line', async () => {
    const secrets = { SESSION_SECRET: 'a secret of this test', TWO_FACTOR_KEY: KEY }
    const sample = run(SAMPLE, { ...development, NODE_ENV: 'production', ...secrets })
    expect(await sample.ended).toBe(1)
    expect(sample.errors()).toMatch(/^REDIS_URL: [^\n]+\n$/)
    expect(sample.output()).toBe('')
  })

  it('serves in production with neither demo accounts nor a phone', async () => {
    const redis = { REDIS_URL: process.env.TEST_REDIS_URL as string }
    const secrets = { SESSION_SECRET: 'a secret of this test', TWO_FACTOR_KEY: KEY }
    const sample = run(SAMPLE, { ...development, NODE_ENV: 'production', ...redis, ...secrets })
    const url = await sample.url
    expect((await fetch(`${url}/phone`)).status).toBe(404)
    expect(await post(url, '/login', { email: 'ada@example.com', password: 'correct horse battery staple' })).toBe(401)
    sample.child.kill('SIGTERM')
    expect(await sample.ended).toBe(0)
    expect(sample.output()).toBe(`listening ${url}\n`)
    expect(existsSync(`${database}.two-factor-key`)).toBe(false)
  }, 30_000)

  it('starts without services, says where it listens and whom one can sign in as; its folder is its own', async () => {
    const sample = run(SAMPLE, development)
    const url = await sample.url
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(sample.output()).toMatch(/^account \S+@\S+ "[^"]+" \(user\)$/m)
    expect(sample.output()).toMatch(/^account \S+@\S+ "[^"]+" \(admin\)$/m)
    expect(statSync(`${database}.two-factor-key`).mode & 0o777).toBe(0o600)
    expect(await post(url, '/register', KEPT)).toBe(201)

    const second = run(SAMPLE, development)
    expect(await second.ended).toBe(1)
    expect(second.errors()).toMatch(/^\S+ is in use by process \d+: [^\n]+\n$/)
    expect((await fetch(url)).status).toBe(200)
    sample.child.kill('SIGKILL')
    await sample.ended
  }, 30_000)

  it('starts again after a crash, and when told to stop twice while it is asked, answers and exits with 0', async () => {
    const sample = run(SAMPLE, development)
    const url = await sample.url
    expect(await post(url, '/login', KEPT)).toBe(200)
    const port = Number(new URL(url).port)
    const idle = connect(port, '127.0.0.1')
    const asking = await askHalf(url, '/login', KEPT)
    sample.child.kill('SIGTERM')
    await untilRefused(port)
    sample.child.kill('SIGTERM')
    expect(await asking.finish()).toMatch(/^HTTP\/1\.1 200 /)
    const answeredAt = Date.now()
    expect(await sample.ended).toBe(0)
    // Without waiting for the idle connection, which is given 10 s at most.
    expect(Date.now() - answeredAt).toBeLessThan(5000)
    expect(sample.errors()).toBe('')
    expect(existsSync(`${database}.lock`)).toBe(false)
    idle.destroy()
  }, 30_000)
})

/** Sends a request but for its body; the server has begun with it. */
async function askHalf(url: string, path: string, body: unknown): Promise<{ finish(): Promise<string> }> {
  const text = JSON.stringify(body)
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const answered = new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))))
  const head = ['Host: localhost', 'Content-Type: application/json', `Content-Length: ${text.length}`]
  socket.write([`POST ${path} HTTP/1.1`, ...head, '', ''].join('\r\n'))
  // Whatever is answered by now came after the half request.
  await fetch(`${url}/phone`)
  const finish = () => {
    socket.write(text)
    return answered
  }
  return { finish }
}

async function post(url: string, path: string, body: unknown): Promise<number> {
  const headers = { 'content-type': 'application/json' }
  return (await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })).status
}

/** Until nobody accepts connections there any more: the signal has arrived. */
async function untilRefused(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (!(await isOpen(port))) return
    await pause(20)
  }
  throw new Error('it still accepts connections after 4 s')
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1', () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', () => resolve(false))
  })
}
