// How to run it, what is left out and what survives: docs/mutation.md.

const { join } = require('node:path')

/** Each can be run in a quarter of an hour; without a name all are run. */
const GROUPS = {
  answer: ['verify', 'report-verified', 'check-code', 'throttle'],
  question: ['challenge', 'put-challenge', 'choose-method', 'describe-challenge', 'methods', 'asked'],
  sending: ['send', 'counts', 'conversion', 'sending', 'explain', 'receipt', 'network', 'check-texts'],
  enrolment: ['enrolment', 'confirm', 'draft', 'change', 'factor-changes', 'freshness'],
  session: ['sign-in', 'remembered-device', 'grant', 'admin', 'describe', 'policy'],
  secrets: ['secrets', 'sealed', 'ids'],
  codes: ['factors/*', 'base32', 'code'],
  gate: ['../http/gate', '../http/guard', '../http/hold'],
}

const { MUTATION_GROUP: group } = process.env
const files = group === undefined ? ['**/*', ...GROUPS.gate] : GROUPS[group]
if (!files) throw new Error(`MUTATION_GROUP is one of ${Object.keys(GROUPS).join(', ')}`)

module.exports = {
  testRunner: 'jest',
  jest: { configFile: '.stryker/jest.config.cjs', enableFindRelatedTests: false },
  coverageAnalysis: 'perTest',
  plugins: ['@stryker-mutator/jest-runner', join(__dirname, 'ignore-details.mjs')],
  ignorers: ['details'],
  mutate: files.map((file) => `lib/core/${file}.ts`.replace('core/../', '')),
  disableTypeChecks: false,
  concurrency: 2,
  // A machine that is busy must not look like a mutant that hangs.
  timeoutMS: 60_000,
  timeoutFactor: 4,
  maxTestRunnerReuse: 40,
  tempDirName: '.stryker/tmp',
  cleanTempDir: 'always',
  ignorePatterns: ['/.data', '/.screenshots', '/.stryker/reports', '/bench', '/dist', '/docs/images'],
  reporters: ['progress-append-only', 'clear-text', 'json', 'html'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, skipFull: true },
  jsonReporter: { fileName: '.stryker/reports/mutation.json' },
  htmlReporter: { fileName: '.stryker/reports/mutation.html' },
}
