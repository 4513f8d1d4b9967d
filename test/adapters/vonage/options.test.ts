import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vonageSms, vonageVoice } from '../../../lib/adapters/vonage'
import { errorOf, makeKeys } from './support'

const { privateKey, publicKey } = makeKeys()
const good = { applicationId: 'app-1', privateKey, from: 'Acme' }

describe('options of the Vonage channels', () => {
  it('takes one object for texts and calls alike', () => {
    expect(vonageSms(good).method).toBe('sms')
    expect(vonageVoice(good).method).toBe('voice')
  })

  it('needs no sender id for calls', () => {
    expect(vonageVoice({ applicationId: 'app-1', privateKey }).method).toBe('voice')
  })

  it.each([
    ['applicationId', ''],
    ['applicationId', undefined],
    ['applicationId', 'a b'],
    ['from', undefined],
    ['from', ''],
    ['from', 'TwelveLetter'],
    ['from', 'Ac me'],
    ['from', '+33612345678'],
    ['from', '1234567890123456'],
    ['voiceFrom', 'Acme'],
    ['voiceFrom', { '*': 'Acme' }],
    ['from', { FR: 'Acme' }],
    ['from', { '*': 'Acme', FR: '+33' }],
    ['from.France', { '*': 'Acme', France: 'Acme' }],
    ['signatureSecret', ['one', '']],
    ['voiceFrom', '+33612345678'],
    ['voiceFrom', '123456'],
    ['apiHost', 'api.nexmo.com'],
    ['apiHost', 'http://api.nexmo.com'],
    ['apiHost', 'http://127.0.0.1.evil.example'],
    ['apiHost', 'https://user:secret@api.nexmo.com'],
    ['apiHost', 'https://api.nexmo.com/?a=b'],
    ['timeoutMs', 0],
    ['timeoutMs', 1.5],
    ['timeoutMs', '5000'],
    ['timeoutMs', 60_001],
    ['timeoutMs', Number.NaN],
    ['privateKey', undefined],
    ['privateKey', ' '],
    ['privateKey', '/nowhere/vonage.key'],
    ['privateKey', publicKey],
    ['privateKey', '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----'],
    ['privateKey', 42],
  ])('refuses %s: %p at construction, naming the option', (option, value) => {
    const error = errorOf(() => vonageSms({ ...good, [option]: value } as unknown as typeof good))
    expect(error.code).toBe('ERR_TFA_CONFIG')
    expect(error.message).toContain(`'${option}'`)
  })

  it('refuses an unknown option and lists the known ones', () => {
    const error = errorOf(() => vonageSms({ ...good, apiKey: 'x' } as typeof good))
    expect(error.message).toMatch(/'apiKey'.*applicationId, privateKey, from, voiceFrom, apiHost, timeoutMs/)
  })

  it.each(['EC', 'short RSA'])('refuses an %s key, which Vonage would not take', (kind) => {
    const pair =
      kind === 'EC'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('rsa', { modulusLength: 1024 })
    const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' })
    expect(errorOf(() => vonageSms({ ...good, privateKey: pem })).message).toMatch(/'privateKey'.*RSA.*2048/)
  })

  it('shows nothing of a broken key in the error', () => {
    const broken = privateKey.replace(/.{64}\n/, '')
    const error = errorOf(() => vonageSms({ ...good, privateKey: broken }))
    const lines = broken.split('\n').filter((line) => line.length > 20 && !line.startsWith('-----'))
    for (const line of lines) expect(`${error.stack}${JSON.stringify(error)}`).not.toContain(line)
  })

  it('takes the key as bytes, as a path, and with line ends written as \\n', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vonage-'))
    const path = join(folder, 'private.key')
    writeFileSync(path, privateKey)
    for (const key of [
      Buffer.from(privateKey),
      path,
      privateKey.replaceAll('\n', '\\n'),
      privateKey.replaceAll('\n', '\r\n'),
    ])
      expect(vonageSms({ ...good, privateKey: key }).method).toBe('sms')
    rmSync(folder, { recursive: true })
  })

  describe('with DEBUG set', () => {
    const before = process.env.DEBUG
    afterEach(() => {
      if (before === undefined) delete process.env.DEBUG
      else process.env.DEBUG = before
    })

    it.each(['vonage:*', '*', 'express:*,vonage:jwt:tokenGenerate', 'vonage*'])(
      'refuses DEBUG=%s: the SDK would print the key and the codes',
      (debug) => {
        process.env.DEBUG = debug
        expect(errorOf(() => vonageSms(good)).message).toContain('-vonage:*')
      },
    )

    it.each(['express:*', '*,-vonage:*'])('is content with DEBUG=%s', (debug) => {
      process.env.DEBUG = debug
      expect(vonageSms(good).method).toBe('sms')
    })
  })

  it('says what to install when the SDK is missing, and needs none of it until a channel is made', () => {
    const script = `
      const { Module } = require('node:module')
      const load = Module._load
      Module._load = (name, ...rest) => { if (name.startsWith('@vonage/')) throw new Error('Cannot find module'); return load(name, ...rest) }
      require('esbuild-register/dist/node').register()
      const { vonageSms } = require('./lib/adapters/vonage')
      try { vonageSms({ applicationId: 'a', privateKey: process.env.KEY, from: 'Acme' }) }
      catch (error) { console.log(error.message) }`
    const printed = execFileSync(process.execPath, ['-e', script], {
      encoding: 'utf8',
      env: { ...process.env, KEY: privateKey },
    })
    expect(printed).toContain('npm install @vonage/auth@^1.17 @vonage/messages@^1.27 @vonage/voice@^1.24')
  })
})
