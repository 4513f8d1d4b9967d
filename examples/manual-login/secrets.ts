import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Config } from './config'
import { createWhole } from './folder-lock'

/** What signs sessions and seals factors. */
export interface Secrets {
  session: string
  keys: readonly string[]
}

/**
 * Takes the secrets from the settings. In development one that is not set is made once, and kept beside the database:
 * without it, what the database has sealed could not be opened after a restart.
 */
export function readSecrets({ sessionSecret, keys, databaseFolder }: Config): Secrets {
  return {
    session: sessionSecret ?? keepSecret(`${databaseFolder}.session-secret`),
    keys: keys ?? [keepSecret(`${databaseFolder}.two-factor-key`)],
  }
}

/** Of processes that start together, one makes it and all read it. */
function keepSecret(file: string): string {
  mkdirSync(dirname(file), { recursive: true })
  createWhole(file, randomBytes(32).toString('base64'))
  return readFileSync(file, 'utf8').trim()
}
