import fc from 'fast-check'
import * as pack from '../../../lib/adapters/redis/pack'
import type { Challenge, Device, Grant } from '../../../lib/ports'
import { challengeOf, DAY_MS, deviceOf, grantOf } from './sign-in'

const instant = fc.integer({ min: 1_600_000_000_000, max: 4_000_000_000_000 })
const text = fc.string({ unit: 'binary', maxLength: 40 })
const method = fc.constantFrom('totp', 'sms', 'voice', 'recovery-code' as const)

const grants = fc.record(
  {
    assurance: fc.constantFrom('password', 'remembered-device', 'second-factor' as const),
    methods: fc.array(method, { maxLength: 4 }),
    verifiedAt: instant,
    passwordAt: instant,
    issuedAt: instant,
    expiresAt: instant,
    hasFactor: fc.boolean(),
    firstPromptAt: instant,
    postponed: fc.constant(true as const),
    actionKey: text,
  },
  { requiredKeys: ['assurance', 'methods', 'issuedAt', 'expiresAt', 'hasFactor'] },
)

const challenges = fc.record(
  {
    id: text,
    purpose: fc.constantFrom('sign-in', 'step-up', 'enrolment' as const),
    epoch: text,
    method,
    authenticatorId: text,
    codeHash: text,
    action: fc.record({ key: text, text }),
    draft: text,
  },
  { requiredKeys: ['id', 'purpose', 'epoch', 'method', 'authenticatorId'] },
)

describe('packing', () => {
  it('gives any grant back, with the fields it had and no others', () => {
    fc.assert(
      fc.property(grants, (grant) => {
        expect(pack.unpackGrant(pack.packGrant(grant as Grant))).toStrictEqual({ ...grant })
      }),
    )
  })

  it('gives any challenge back, whatever its words hold', () => {
    fc.assert(
      fc.property(challenges, (challenge) => {
        const packed = `4,1790000000000,53,1789999999000,0,5,${pack.packChallenge(challenge as Challenge)}`
        const stored = pack.unpackChallenge(packed)
        expect(JSON.stringify(stored.challenge, Object.keys(stored.challenge).sort())).toBe(
          JSON.stringify(challenge, Object.keys(challenge).sort()),
        )
        expect(stored).toMatchObject({
          attemptsLeft: 4,
          expiresAt: 1_790_000_000_000,
          sentAt: { sms: 1_789_999_999_000 },
        })
        expect(stored.delivery).toEqual({ status: 'failed', reason: 'budget' })
      }),
    )
  })

  it.each([
    {},
    { name: '', lastUsedAt: 5 },
    { name: 'a,b,,c\n🎵', previousHash: 'before', rotatedAt: Date.now() + DAY_MS },
  ])('gives a device back: %j', (words: Partial<Device>) => {
    const device = deviceOf(words)
    expect(pack.unpackDevice(device.id, pack.packDevice(device))).toStrictEqual(device)
  })

  it('writes the same text for the same record, in whatever order its fields came', () => {
    for (const record of [challengeOf({ action: { key: 'k', text: 't' } }), challengeOf()]) {
      const reversed = Object.fromEntries(Object.entries(record).reverse()) as unknown as Challenge
      expect(pack.packChallenge(reversed)).toBe(pack.packChallenge(record))
    }
    const grant = grantOf({ firstPromptAt: 5 })
    const reversed = Object.fromEntries(Object.entries(grant).reverse()) as unknown as Grant
    expect(pack.packGrant(reversed)).toBe(pack.packGrant(grant))
  })

  it('starts a grant with its end, which the scripts judge it by', () => {
    expect(pack.packGrant(grantOf({ expiresAt: 1_790_000_000_000 }))).toMatch(/^\[1790000000000,/)
  })

  it('keeps a grant within the 64 bytes up to which Redis stores a small hash as one block', () => {
    const now = 1_790_000_000_000
    const times = { issuedAt: now, verifiedAt: now, passwordAt: now, firstPromptAt: now - 28 * DAY_MS }
    expect(pack.packGrant(grantOf({ ...times, expiresAt: now + DAY_MS / 2 })).length).toBeLessThanOrEqual(64)
  })

  it('takes the epoch for no grant, and refuses a record of another version', () => {
    expect(pack.unpackGrant('kQ2r9bW5mB7xT1dV0nJ3Zg')).toBeNull()
    expect(() => pack.unpackGrant('[1790000000000,"x:t",5]')).toThrow(
      expect.objectContaining({ code: 'ERR_TFA_STORE_UNAVAILABLE' }),
    )
  })
})
