/**
 * Every test that kills mutants of the rules, as one file: the modules are loaded once per mutant, not once per file.
 * The quickest come first, for the first that fails ends the run.
 */
const { readdirSync } = require('node:fs')
const path = require('node:path')

const TESTS = path.join(__dirname, '..', 'test')
const ROOMS = (process.env.MUTATION_ROOMS ?? 'core/factors,core,http').split(',')

/** They need a Redis or a PostgreSQL, or load a compiler to read what is documented. */
const LEFT_OUT = [
  'http/events.test.ts',
  'http/one-message.test.ts',
  'http/one-message-after-a-webhook.test.ts',
  'security/secrets.test.ts',
  'security/secrets-debug.test.ts',
]

for (const room of ROOMS) {
  const files = readdirSync(path.join(TESTS, room)).filter((name) => name.endsWith('.test.ts'))
  for (const file of files) if (!LEFT_OUT.includes(`${room}/${file}`)) require(path.join(TESTS, room, file))
}
