import { createHash } from 'node:crypto'

const HASHED = 'sha256:'

/**
 * Makes any string safe as a key in a table: PostgreSQL text holds no NUL, half a surrogate pair turns into another
 * character on the way, and an index row ends at about 2,700 bytes.
 * @returns the id itself where it is 1 to 200 printable ASCII characters, as nearly all are, so that a person finds it
 *   in the table; else `sha256:` and the base64url hash of its UTF-16. An id that begins so itself is hashed too: no
 *   two ids share a key.
 */
export function storableId(id: string): string {
  if (/^[ -~]{1,200}$/.test(id) && !id.startsWith(HASHED)) return id
  return HASHED + createHash('sha256').update(id, 'utf16le').digest('base64url')
}
