import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { dependencies, exports as subpaths } from '../../package.json'
import { checkTypes, createProject, type Project, runScript, runSuite, runTool } from './project'

const MOST_BYTES = 150_000
const MOST_DEPENDENCIES = 6
const NAMES = Object.entries(subpaths).flatMap(([path, target]) =>
  typeof target === 'object' ? [path.replace('.', 'express-two-factor')] : [],
)

let project: Project

// Compiles, packs and installs: the network may be slow.
beforeAll(async () => {
  project = await createProject()
}, 240_000)
afterAll(() => project?.stop())

describe('what is packed', () => {
  it(`has at most ${MOST_BYTES / 1000} kB`, () => {
    expect(statSync(project.tarball).size).toBeLessThanOrEqual(MOST_BYTES)
  })

  it(`brings at most ${MOST_DEPENDENCIES} packages of others`, () => {
    expect(Object.keys(dependencies).length).toBeLessThanOrEqual(MOST_DEPENDENCIES)
  })

  it('is the build, the licence and what one reads first', () => {
    const paths = execFileSync('tar', ['tzf', project.tarball], { encoding: 'utf8' }).trim().split('\n')
    const others = paths.filter((path) => !/^package\/dist\/lib\/.+\.(?:js|mjs|d\.ts|d\.mts|lua)$/.test(path))
    expect(others.sort()).toEqual(
      ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'].map((name) => `package/${name}`),
    )
  })

  it('has nothing that publint would change', async () => {
    expect(await runTool(project, 'publint/src/cli.js', 'run', project.tarball, '--strict')).toBe('')
  })

  it('has types that are right for every way of resolving them', async () => {
    expect(await runTool(project, '@arethetypeswrong/cli/dist/index.js', project.tarball)).toBe('')
  }, 120_000)
})

describe('an app that installed it', () => {
  it.each(NAMES)('imports and requires %s, and gets the same things by the same names', async (name) => {
    const script = `
      import { createRequire } from 'node:module'
      import * as imported from '${name}'
      const required = createRequire(import.meta.url)('${name}')
      const names = Object.keys(imported).sort()
      const same = names.filter((name) => imported[name] === required[name])
      console.log(JSON.stringify({ names, same, required: Object.keys(required).sort() }))`
    const { names, same, required } = (await runScript(project, 'module', script)) as Record<string, string[]>
    expect(names).not.toEqual([])
    expect({ names, same }).toEqual({ names: required, same: required })
  })

  it('catches in a module an error that CommonJS threw, by its class', async () => {
    const script = `
      import { TwoFactorError } from 'express-two-factor'
      import { redisStore } from 'express-two-factor/redis'
      try { redisStore(null) } catch (error) { console.log(error instanceof TwoFactorError) }`
    expect(await runScript(project, 'module', script)).toBe(true)
  })

  it('keeps a grant in a real Redis: the scripts are packed', async () => {
    const script = `
      const { Redis } = require('ioredis')
      const { redisStore } = require('express-two-factor/redis')
      const redis = new Redis(process.env.TEST_REDIS_URL)
      const store = redisStore(redis, { prefix: 'packed:' })
      const now = Date.now()
      const grant = { assurance: 'second-factor', methods: ['totp'], issuedAt: now, expiresAt: now + 60000, hasFactor: true }
      store.issueGrant('ada', { handle: 'h', grant, epoch: '' })
        .then(async (outcome) => ({ outcome, isKept: (await store.readGrant('ada', 'h'))?.expiresAt === grant.expiresAt }))
        .then((result) => console.log(JSON.stringify(result)))
        .finally(() => redis.disconnect())`
    expect(await runScript(project, 'commonjs', script)).toEqual({ outcome: 'issued', isKept: true })
  })

  it('asks for Vonage without its SDK, and is told what to install', async () => {
    const script = `
      const { generateKeyPairSync } = require('node:crypto')
      const { vonageSms } = require('express-two-factor/vonage')
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
      try { vonageSms({ applicationId: 'id', privateKey: pem, from: 'Acme' }) }
      catch ({ code, message }) { console.log(JSON.stringify({ code, message })) }`
    expect(await runScript(project, 'commonjs', script)).toEqual({
      code: 'ERR_TFA_CONFIG',
      message: expect.stringContaining('npm install @vonage/auth@^1.17 @vonage/messages@^1.27 @vonage/voice@^1.24'),
    })
  })

  it('compiles as strict TypeScript, as a module and as CommonJS, with node16', async () => {
    expect(await checkTypes(project, ['.mts', '.cts'], { module: 'node16', moduleResolution: 'node16' })).toBe('')
  }, 120_000)

  it('compiles as strict TypeScript, as a module and as CommonJS, for a bundler', async () => {
    expect(await checkTypes(project, ['.mts', '.cts'], { module: 'preserve', moduleResolution: 'bundler' })).toBe('')
  }, 120_000)

  it('compiles as strict TypeScript under the resolution of old', async () => {
    const old = { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' }
    expect(await checkTypes(project, ['.ts'], old)).toBe('')
  }, 120_000)

  it('drives a sign-in through the second factor in a suite of under 25 lines', async () => {
    const name = 'passport-app.test.js'
    const lines = readFileSync(join(__dirname, 'fixtures', name), 'utf8')
      .trimEnd()
      .split('\n')
    expect(lines.length).toBeLessThan(25)
    const key = randomBytes(32).toString('base64')
    expect(await runSuite(project, name, { TWO_FACTOR_KEY: key })).toContain('1 passed, 1 total')
  }, 120_000)
})
