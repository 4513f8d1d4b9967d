const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Writes bytes in upper-case base32 without padding. @see RFC 4648 §6 */
export function encodeBase32(bytes: Buffer): string {
  let text = ''
  let pending = 0
  let bits = 0
  for (const byte of bytes) {
    pending = (pending << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += ALPHABET[(pending >>> bits) & 31]
    }
    pending &= (1 << bits) - 1
  }
  return bits > 0 ? text + ALPHABET[(pending << (5 - bits)) & 31] : text
}

/** Reads upper-case base32 without padding; other characters are not expected and give other bytes. */
export function decodeBase32(text: string): Buffer {
  const bytes: number[] = []
  let pending = 0
  let bits = 0
  for (const character of text) {
    pending = (pending << 5) | ALPHABET.indexOf(character)
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((pending >>> bits) & 255)
    pending &= (1 << bits) - 1
  }
  return Buffer.from(bytes)
}
