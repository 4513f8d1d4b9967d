import { ERROR_CODES, TwoFactorError, type TwoFactorOptions } from 'express-two-factor'
import { memoryAuthenticators, memoryStore } from 'express-two-factor/memory'
import * as testing from 'express-two-factor/testing'
import { ROUTES } from '../../lib/http/routes/table'
import { BOUNDS } from '../../lib/settings/bounds'
import { resolveSettings } from '../../lib/settings/resolve'
import { engines, peerDependencies } from '../../package.json'
import { readInterface, readNested } from './compile'
import { blocksOf, codesIn, namesIn, PAGES, proseOf, readPage, type Table, tableOf, tablesOf } from './markdown'

const sorted = (names: readonly string[]) => [...names].sort()
const bare = (names: readonly string[]) => names.map((name) => name.replace('?', ''))
const rowOf = ({ rows }: Table, name: string) => rows.find(([first]) => first === `\`${name}\``) as readonly string[]

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, min: 60_000, h: 3_600_000, days: 86_400_000 }

const REQUIRED: TwoFactorOptions = {
  issuer: 'Acme',
  origin: 'https://acme.example',
  keys: [Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64')],
  store: memoryStore(),
  authenticators: memoryAuthenticators(),
  reauthenticate: () => null,
}

describe("the README's table of options", () => {
  const table = tableOf('README.md', 'Option', 'Default', 'Bounds')

  it('names every option, in the order of the type', () => {
    expect(namesIn(table)).toEqual(bare(readInterface('lib/options.ts', 'TwoFactorOptions')))
  })

  it.each(Object.entries(BOUNDS))('has the default and the bounds of %s', (name, bound) => {
    const [, given, bounds] = rowOf(table, name)
    expect(codesIn(given)).toEqual([String(bound.default)])
    expect(codesIn(bounds)).toEqual([String(bound.min), String(bound.max)])
    const [, amount, unit = ''] = /\((\d+) (\w+)\)/.exec(given ?? '') ?? []
    if (name.endsWith('Ms')) expect(Number(amount) * (UNITS_MS[unit] ?? 0)).toBe(bound.default)
  })

  it.each(namesIn(table).filter((name) => !(name in BOUNDS)))('has the default of %s', (name) => {
    const [, given = ''] = rowOf(table, name)
    const isCode = /^`[^`]+`$/.test(given) && given !== '`crypto.randomBytes`'
    const isRequired = given === 'required'
    expect(isRequired).toBe(name in REQUIRED)
    if (isRequired)
      expect(() => resolveSettings({ ...REQUIRED, [name]: undefined })).toThrow(`\`${name}\`: is required`)
    const settings = resolveSettings(REQUIRED) as unknown as Readonly<Record<string, unknown>>
    if (isCode) expect(new Function(`return (${codesIn(given)[0]})`)()).toEqual(settings[name])
    else if (!isRequired) expect(['function', 'object', 'undefined']).toContain(typeof settings[name])
  })
})

describe("the README's other tables", () => {
  it('name everything that createTwoFactor returns', () => {
    const members = [
      ...readInterface('lib/two-factor.ts', 'TwoFactor'),
      ...readInterface('lib/http/app-calls.ts', 'AppCalls'),
    ]
    const named = namesIn(tableOf('README.md', 'Name', 'What it does')).map((name) => name.split('(')[0] ?? '')
    expect(sorted(named)).toEqual(sorted(members))
  })

  it.each([
    ['redis', { 'options.ts': 'RedisOptions' }],
    ['sql', { 'authenticators.ts': 'SqlAuthenticatorsOptions' }],
    ['vonage', { 'options.ts': 'VonageVoiceOptions', 'templates.ts': 'TextOptions' }],
  ])('name every option of %s', (adapter, interfaces) => {
    const read = Object.entries(interfaces).map(([file, name]) =>
      readInterface(`lib/adapters/${adapter}/${file}`, name),
    )
    const members = sorted(bare(read.flat()))
    const tables = tablesOf('README.md').map((table) => sorted(namesIn(table)))
    expect(tables).toContainEqual(members)
  })

  it('have the versions of package.json', () => {
    const rows = tableOf('README.md', 'What', 'Versions').rows.map(([what, versions]) => [
      codesIn(what)[0] ?? what,
      codesIn(versions)[0],
    ])
    expect(Object.fromEntries(rows)).toEqual({ Node: engines.node, ...peerDependencies })
  })

  it('name every subpath with everything it exports', () => {
    for (const [subpath = '', , names = ''] of tableOf('README.md', 'Subpath', 'For').rows) {
      const exported = Object.keys(require(codesIn(subpath)[0] as string) as object)
      if (subpath.includes('/testing')) continue
      expect(sorted(codesIn(names).map((name) => name.split('(')[0] as string))).toEqual(sorted(exported))
    }
  })
})

describe('docs/errors.md', () => {
  const table = tableOf('docs/errors.md', 'Code', 'Status', 'Cause', 'Fix')

  it('has every code once', () => {
    expect(sorted(namesIn(table))).toEqual(sorted(ERROR_CODES))
  })

  it.each(ERROR_CODES.map((code) => [code]))('has the status of %s, a cause and a fix', (code) => {
    const [, status, cause, fix] = rowOf(table, code)
    expect(Number(status)).toBe(new TwoFactorError(code).status)
    expect([cause, fix].every(Boolean)).toBe(true)
  })
})

describe('docs/events.md', () => {
  const events = readNested('lib/events.ts', 'TwoFactorEvents')
  const table = tableOf('docs/events.md', 'Event', 'Payload', 'When')

  it('has every event once', () => {
    expect(namesIn(table)).toEqual([...events.keys()])
  })

  it.each([...events])('has the payload of %s', (name, members) => {
    expect(codesIn(rowOf(table, name)[1])).toEqual(members)
  })
})

describe('docs/http.md', () => {
  it('has every route once', () => {
    const routes = ROUTES.map(({ method, path }) => `${method} ${path}`)
    expect(sorted(namesIn(tableOf('docs/http.md', 'Route', 'Who')))).toEqual(sorted(routes))
  })

  const answers = [
    ...[
      'ChallengeAnswer',
      'VerifiedAnswer',
      'SettingsAnswer',
      'RequirementAnswer',
      'AuthenticatorAnswer',
      'DeviceAnswer',
    ],
    ...['SetupAnswer', 'TotpEnrolmentAnswer', 'PhoneEnrolmentAnswer', 'ConfirmedAnswer'],
  ]

  it.each(answers)('shows every field of %s', (name) => {
    const [before = ''] = readPage('docs/http.md').split(`### ${name}\n`)
    const line = before.split('\n').length
    const shown = blocksOf('docs/http.md').find((block) => block.line > line && block.language === 'json')
    const members = bare(readInterface('lib/answers.ts', name))
    expect(sorted(Object.keys(JSON.parse(shown?.code ?? '{}') as object))).toEqual(sorted(members))
  })
})

describe('docs/testing.md', () => {
  it('names everything that the testing kit exports', () => {
    const named = namesIn(tableOf('docs/testing.md', 'Export')).map((name) => name.split('(')[0] as string)
    expect(sorted(named)).toEqual(sorted(Object.keys(testing)))
  })
})

it.each(PAGES)('%s names no code that the package does not have', (page) => {
  const named = readPage(page).match(/ERR_TFA_[A-Z_]+\b/g) ?? []
  expect(named.filter((code) => !ERROR_CODES.some((known) => known === code))).toEqual([])
  expect(proseOf(page)).not.toMatch(/TODO|FIXME/)
})
