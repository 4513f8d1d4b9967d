import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { TwoFactorError } from '../errors'
import type { RandomBytes } from '../ports'

const KEY_ID_LENGTH = 6
const IV_BYTES = 12
const TAG_BYTES = 16
/** 128 bits of an HMAC-SHA-256: RFC 2104 §5 allows truncation to half. */
const HASH_BYTES = 16

interface RingKey {
  id: string
  sealing: Buffer
  hashing: Buffer
}

/** Seals, opens and hashes with the first key, and still understands what the others made. */
export interface KeyRing {
  /** Encrypts for one place: `place` (the user's and the authenticator's id) must be the same to open. */
  seal(plaintext: string, place: readonly string[]): string
  /** @throws {@link TwoFactorError} `ERR_TFA_CONFIG` when the key is not in the ring, or the text was altered or moved */
  open(sealed: string, place: readonly string[]): string
  /** True when the key that sealed or hashed this is in the ring. */
  isKnown(made: string): boolean
  /** True when a text was sealed with another key than the first. */
  isOutdated(sealed: string): boolean
  /** Hashes a value under the first key; `parts` name its use and its owner. */
  hash(parts: readonly string[]): string
  /** The hash under every key of the ring, newest first, to look an old one up. */
  hashes(parts: readonly string[]): readonly string[]
  /** Compares in constant time. */
  isHashOf(hash: string, parts: readonly string[]): boolean
}

/**
 * The id that everything made with a key starts with; it tells nothing about the key. What cannot be an id is `none`:
 * it goes into logs, and whoever altered the store should not write lines there.
 */
export function keyIdOf(made: string): string {
  const id = made.slice(0, KEY_ID_LENGTH)
  return /^[\w-]{6}$/.test(id) ? id : 'none'
}

/**
 * Makes the key ring: AES-256-GCM to seal, HMAC-SHA-256 to hash, each under a key derived with HKDF.
 * @param keys - 32 bytes each; the first seals, all open
 * @see ASVS 5.0 11.3.3, NIST SP 800-38D
 */
export function createKeyRing(keys: readonly Buffer[], randomBytes: RandomBytes): KeyRing {
  const ring = keys.map(deriveKey)
  const newest = ring[0] as RingKey
  return {
    seal: (plaintext, place) => seal(newest, plaintext, place, randomBytes(IV_BYTES)),
    open: (sealed, place) => open(find(ring, sealed), sealed, place),
    isKnown: (made) => ring.some((key) => key.id === keyIdOf(made)),
    isOutdated: (sealed) => keyIdOf(sealed) !== newest.id,
    hash: (parts) => hash(newest, parts),
    hashes: (parts) => ring.map((key) => hash(key, parts)),
    isHashOf(expected, parts) {
      const key = ring.find((candidate) => candidate.id === keyIdOf(expected))
      return key !== undefined && isSame(expected, hash(key, parts))
    },
  }
}

function deriveKey(secret: Buffer): RingKey {
  const derive = (use: string) => Buffer.from(hkdfSync('sha256', secret, '', `express-two-factor ${use}`, 32))
  const id = createHash('sha256').update(derive('id')).digest('base64url').slice(0, KEY_ID_LENGTH)
  return { id, sealing: derive('seal'), hashing: derive('hash') }
}

function find(ring: readonly RingKey[], made: string): RingKey {
  const key = ring.find((candidate) => candidate.id === keyIdOf(made))
  if (key) return key
  const detail = `data was sealed with key "${keyIdOf(made)}", which is not in \`keys\`: add it back, after the newest`
  throw new TwoFactorError('ERR_TFA_CONFIG', { detail })
}

function seal(key: RingKey, plaintext: string, place: readonly string[], iv: Buffer): string {
  const cipher = createCipheriv('aes-256-gcm', key.sealing, iv, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(JSON.stringify(place)))
  const body = Buffer.concat([iv, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return key.id + body.toString('base64url')
}

function open(key: RingKey, sealed: string, place: readonly string[]): string {
  const body = Buffer.from(sealed.slice(KEY_ID_LENGTH), 'base64url')
  try {
    const iv = body.subarray(0, IV_BYTES)
    const decipher = createDecipheriv('aes-256-gcm', key.sealing, iv, { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(JSON.stringify(place)))
    decipher.setAuthTag(body.subarray(-TAG_BYTES))
    return decipher.update(body.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    const detail = 'sealed data does not open: it was altered, or belongs to another user or authenticator'
    throw new TwoFactorError('ERR_TFA_CONFIG', { detail })
  }
}

function hash(key: RingKey, parts: readonly string[]): string {
  // JSON keeps the parts apart whatever they hold: ['a', 'b'] is not ['a","b'].
  const digest = createHmac('sha256', key.hashing).update(JSON.stringify(parts)).digest()
  return key.id + digest.subarray(0, HASH_BYTES).toString('base64url')
}

function isSame(expected: string, actual: string): boolean {
  const [left, right] = [Buffer.from(expected), Buffer.from(actual)]
  return left.length === right.length && timingSafeEqual(left, right)
}
