import { misconfigured } from './check'

const KEY_BYTES = 32
/** Random bytes repeat some; 32 with fewer distinct values than this are a pattern, not a key. */
const FEWEST_DISTINCT = 16

const HOW_TO = 'make one with: node -p "crypto.randomBytes(32).toString(\'base64\')"'

/** Reads the keys: base64 of 32 random bytes each, none twice. */
export function checkKeys(value: unknown, name: string): readonly Buffer[] {
  if (!Array.isArray(value) || value.length === 0) throw misconfigured(name, `must hold at least one key; ${HOW_TO}`)
  const keys = value.map((key, index) => readKey(key, `${name}[${index}]`))
  if (new Set(keys.map(String)).size !== keys.length) throw misconfigured(name, 'holds the same key twice')
  return keys
}

function readKey(text: unknown, name: string): Buffer {
  const key = typeof text === 'string' ? Buffer.from(text.trim(), 'base64') : Buffer.alloc(0)
  if (key.length !== KEY_BYTES) throw misconfigured(name, `must be base64 of ${KEY_BYTES} bytes; ${HOW_TO}`)
  if (new Set(key).size < FEWEST_DISTINCT) throw misconfigured(name, `is not random; ${HOW_TO}`)
  return key
}
