import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Every script: one file of `lua/` each. */
export const SCRIPT_NAMES = [
  'accept_code',
  'change_authenticators',
  'claim_recovery_code',
  'consume_challenge',
  'count_attempt',
  'count_failure',
  'count_sends',
  'describe_authenticator',
  'end_session',
  'issue_grant',
  'mark_prompted',
  'note_delivery',
  'put_challenge',
  'read_session',
  'recognise_device',
  'refund_attempt',
  'refund_budget',
  'replace_grant',
  'revoke_grants',
  'take_attempt',
] as const

export type ScriptName = (typeof SCRIPT_NAMES)[number]

/** A script's text, and the hash that Redis knows it by once it has run. */
export interface Script {
  source: string
  sha: string
}

/** The scripts by name, read once. */
export const SCRIPTS: ReadonlyMap<ScriptName, Script> = new Map(SCRIPT_NAMES.map((name) => [name, readScript(name)]))

function readScript(name: ScriptName): Script {
  const source = readFileSync(join(__dirname, 'lua', `${name}.lua`), 'utf8')
  return { source, sha: createHash('sha1').update(source).digest('hex') }
}
