import { randomBytes } from 'node:crypto'
import { decodeBase32, encodeBase32 } from '../../../lib/core/base32'
import { type Algorithm, hotp, matchStep, newTotpSecret, otpauthUri, stepAt } from '../../../lib/core/factors/totp'

const ASCII = '1234567890123456789012345678901234567890123456789012345678901234'
const KEYS: Record<Algorithm, Buffer> = {
  sha1: Buffer.from(ASCII.slice(0, 20)),
  sha256: Buffer.from(ASCII.slice(0, 32)),
  sha512: Buffer.from(ASCII.slice(0, 64)),
}

describe('RFC 4226, appendix D', () => {
  it.each(
    ['755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489'].map(
      (code, counter) => [counter, code] as const,
    ),
  )('counter %i gives %s', (counter, code) => {
    expect(hotp(KEYS.sha1, counter)).toBe(code)
  })
})

describe('RFC 6238, appendix B', () => {
  it.each([
    [59, 'sha1', '94287082'],
    [59, 'sha256', '46119246'],
    [59, 'sha512', '90693936'],
    [1111111109, 'sha1', '07081804'],
    [1111111109, 'sha256', '68084774'],
    [1111111109, 'sha512', '25091201'],
    [1111111111, 'sha1', '14050471'],
    [1111111111, 'sha256', '67062674'],
    [1111111111, 'sha512', '99943326'],
    [1234567890, 'sha1', '89005924'],
    [1234567890, 'sha256', '91819424'],
    [1234567890, 'sha512', '93441116'],
    [2000000000, 'sha1', '69279037'],
    [2000000000, 'sha256', '90698825'],
    [2000000000, 'sha512', '38618901'],
    [20000000000, 'sha1', '65353130'],
    [20000000000, 'sha256', '77737706'],
    [20000000000, 'sha512', '47863826'],
  ] as const)('at %i s with %s gives %s', (seconds, algorithm, code) => {
    expect(hotp(KEYS[algorithm], stepAt(seconds * 1000), 8, algorithm)).toBe(code)
  })
})

describe('matching a code', () => {
  const secret = encodeBase32(KEYS.sha1)
  const now = 1_234_567_890_000
  const codeOf = (steps: number) => hotp(KEYS.sha1, stepAt(now) + steps)

  it('finds the step within the window, and none outside it', () => {
    expect(matchStep(secret, codeOf(0), now, 1)).toBe(stepAt(now))
    expect(matchStep(secret, codeOf(-1), now, 1)).toBe(stepAt(now) - 1)
    expect(matchStep(secret, codeOf(1), now, 1)).toBe(stepAt(now) + 1)
    expect(matchStep(secret, codeOf(2), now, 1)).toBeNull()
    expect(matchStep(secret, codeOf(-1), now, 0)).toBeNull()
  })

  it('keeps leading zeros', () => {
    const counter = Array.from({ length: 200_000 }, (_, index) => index).find((index) =>
      hotp(KEYS.sha1, index).startsWith('000'),
    )
    expect(counter).toBeDefined()
    const code = hotp(KEYS.sha1, counter as number)
    expect(code).toMatch(/^000\d{3}$/)
    expect(matchStep(secret, code, (counter as number) * 30_000, 0)).toBe(counter)
    expect(matchStep(secret, String(Number(code)), (counter as number) * 30_000, 0)).toBeNull()
  })

  it('is not swayed by a polluted Object.prototype', () => {
    const right = codeOf(0)
    Object.assign(Object.prototype, { window: 50, digest: Buffer.alloc(20), digits: 1, key: 'x' })
    try {
      expect(hotp(KEYS.sha1, stepAt(now))).toBe(right)
      expect(matchStep(secret, codeOf(40), now, 1)).toBeNull()
    } finally {
      for (const name of ['window', 'digest', 'digits', 'key'])
        delete (Object.prototype as Record<string, unknown>)[name]
    }
  })
})

describe('a new secret', () => {
  it('is 160 bits of upper-case base32 that uses the whole alphabet', () => {
    const secrets = Array.from({ length: 200 }, () => newTotpSecret(randomBytes))
    for (const secret of secrets) expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    expect(new Set(secrets.join('')).size).toBe(32)
    expect(decodeBase32(secrets[0] as string)).toHaveLength(20)
  })

  it.each([
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('writes %j as %j, as RFC 4648 §10 has it', (bytes, text) => {
    expect(encodeBase32(Buffer.from(bytes))).toBe(text)
    expect(decodeBase32(text).toString()).toBe(bytes)
  })
})

describe('the URI of a QR code', () => {
  it('carries issuer, label and secret, each encoded', () => {
    expect(otpauthUri('Acme & Co', 'a:b?c#d@example.com', 'ABC234')).toBe(
      'otpauth://totp/Acme%20%26%20Co:a%3Ab%3Fc%23d%40example.com?secret=ABC234&issuer=Acme%20%26%20Co&algorithm=SHA1&digits=6&period=30',
    )
  })
})
