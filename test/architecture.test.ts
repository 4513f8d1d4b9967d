import ts from 'typescript'
import { countLines, findNodes, importsOf, placeOf, readSources, type Source } from './support/sources'

/** What a room may import: other rooms and packages, and those of which it may name types only. */
interface Door {
  rooms: readonly Room[]
  packages: readonly string[]
  types?: readonly string[]
}

type Room =
  | 'wiring'
  | 'http'
  | 'core'
  | 'settings'
  | 'shared'
  | 'pages'
  | 'memory'
  | 'redis'
  | 'sql'
  | 'vonage'
  | 'testing'

const WIRING = ['lib/index.ts', 'lib/two-factor.ts']
const SHARED = ['lib/answers.ts', 'lib/errors.ts', 'lib/events.ts', 'lib/options.ts', 'lib/ports.ts']

/** Imports run one way: a room names the rooms below it only. */
const DOORS: Readonly<Record<Room, Door>> = {
  wiring: { rooms: ['http', 'core', 'settings', 'shared', 'pages'], packages: [], types: ['express'] },
  http: {
    rooms: ['core', 'settings', 'shared', 'pages'],
    packages: ['express', 'passport', 'qrcode', 'node:crypto'],
    types: ['express-session'],
  },
  core: { rooms: ['settings', 'shared'], packages: ['libphonenumber-js', 'speakeasy', 'node:crypto'] },
  settings: { rooms: ['shared'], packages: ['node:crypto'], types: ['express', 'pages'] },
  shared: { rooms: [], packages: ['node:events'], types: ['express', 'pages'] },
  pages: { rooms: [], packages: [], types: ['shared'] },
  memory: { rooms: ['shared'], packages: ['rate-limiter-flexible', 'node:crypto', 'node:util'] },
  redis: {
    rooms: ['shared'],
    packages: ['rate-limiter-flexible', 'node:crypto', 'node:fs', 'node:path'],
    types: ['ioredis'],
  },
  sql: { rooms: ['shared'], packages: ['node:crypto'] },
  vonage: { rooms: ['shared'], packages: ['node:crypto', 'node:fs'] },
  testing: {
    rooms: ['shared', 'vonage', 'core'],
    packages: ['node:assert', 'node:crypto', 'node:events', 'node:http'],
    types: ['node:net'],
  },
}

const MOST_LINES_OF_FILE = 250
const MOST_LINES_OF_FUNCTION = 50

const lib = readSources('lib')
const shown = [...lib, ...readSources('examples')]

it('lib is read, every room of it', () => {
  expect(new Set(lib.map(({ path }) => roomOf(path)))).toEqual(new Set(Object.keys(DOORS)))
})

describe('imports run one way', () => {
  it.each(Object.keys(DOORS) as Room[])('%s imports only what is below it', (room) => {
    const { rooms, packages, types = [] } = DOORS[room]
    const values: readonly string[] = [room, ...rooms, ...packages]
    const wrong = importsIn(room).filter(
      ({ to, kind }) => !(values.includes(to) || (kind === 'type' && types.includes(to))),
    )
    expect(wrong.map(({ from, target }) => `${from} → ${target}`)).toEqual([])
  })

  it('no file imports itself by way of others', () => {
    expect(findCircles()).toEqual([])
  })

  it('a virtual phone reads of other rooms only what a message says and how a code is made', () => {
    const known = ['adapters/vonage/speech', 'adapters/vonage/text', 'core/base32', 'core/factors/totp']
    const others = importsIn('testing').filter(({ to }) => to === 'vonage' || to === 'core')
    const unknown = others.filter(({ target }) => !known.includes(target.replace(/^lib\/|\.ts$/g, '')))
    expect(unknown.map(({ from, target }) => `${from} → ${target}`)).toEqual([])
  })

  it('a package of Vonage is never imported, so that its absence breaks nothing', () => {
    expect(lib.flatMap(importsOf).filter(({ target }) => target.startsWith('@vonage/'))).toEqual([])
  })
})

describe('each danger has one place', () => {
  it('only core/factors/totp.ts names speakeasy', () => {
    const naming = shown.filter(({ text }) => /speakeasy/i.test(text)).map(({ path }) => path)
    expect(naming).toEqual(['lib/core/factors/totp.ts'])
  })

  it('only http/session.ts touches the session of a request', () => {
    const touching = lib.filter(({ path }) => path !== 'lib/http/session.ts')
    expect(
      touching.flatMap((source) => findNodes(source, isRequestSession).map((node) => placeOf(source, node))),
    ).toEqual([])
  })

  it('core reads no clock, environment or chance but those it is given', () => {
    const core = lib.filter(({ path }) => roomOf(path) === 'core')
    expect(core.flatMap((source) => findNodes(source, isAmbient).map((node) => placeOf(source, node)))).toEqual([])
  })
})

describe('code stays small enough to read', () => {
  it(`no file is longer than ${MOST_LINES_OF_FILE} lines`, () => {
    const lengths = shown.map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    expect(lengths.filter(({ lines }) => lines > MOST_LINES_OF_FILE)).toEqual([])
  })

  it(`no function is longer than ${MOST_LINES_OF_FUNCTION} lines`, () => {
    // A contract suite is a list of cases, each a function of its own.
    const read = shown.filter(({ path }) => !path.startsWith('lib/testing/contracts/'))
    const long = read.flatMap((source) =>
      findNodes(source, ts.isFunctionLike)
        .filter((node) => countLines(source, node) > MOST_LINES_OF_FUNCTION)
        .map((node) => `${placeOf(source, node)} has ${countLines(source, node)} lines`),
    )
    expect(long).toEqual([])
  })

  it('nothing is of type any', () => {
    const isAny = (node: ts.Node): node is ts.Node => node.kind === ts.SyntaxKind.AnyKeyword
    expect(shown.flatMap((source) => findNodes(source, isAny).map((node) => placeOf(source, node)))).toEqual([])
  })
})

function roomOf(path: string): Room | undefined {
  if (WIRING.includes(path)) return 'wiring'
  if (SHARED.includes(path) || path.startsWith('lib/ports/')) return 'shared'
  const [, folder, adapter] = path.split('/')
  return (folder === 'adapters' ? adapter : folder) as Room
}

function importsIn(room: Room) {
  const sources = lib.filter(({ path }) => roomOf(path) === room)
  return sources.flatMap((source) =>
    importsOf(source).map(({ target, kind }) => ({
      from: source.path,
      to: target.startsWith('lib/') ? String(roomOf(target)) : target,
      target,
      kind,
    })),
  )
}

/** Every chain of run-time imports that comes back to where it began, once. */
function findCircles(): string[] {
  const imports = new Map(lib.map((source) => [source.path, valueImportsOf(source)]))
  const done = new Set<string>()
  const circles: string[] = []
  const follow = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    if (done.has(path) || trail.includes(path)) return
    for (const target of imports.get(path) ?? []) follow(target, [...trail, path])
    done.add(path)
  }
  for (const path of imports.keys()) follow(path, [])
  return circles
}

function valueImportsOf(source: Source): string[] {
  return importsOf(source).flatMap(({ target, kind }) => (kind === 'value' ? [target] : []))
}

/** `req.session`, `request.session`, `exchange.req.session`, and `{ session } = req`. */
function isRequestSession(node: ts.Node): node is ts.Node {
  const isRequest = (text: string | undefined) => /(?:^|\.)(?:req|request)[?!]?$/.test(text ?? '')
  if (ts.isPropertyAccessExpression(node)) return node.name.text === 'session' && isRequest(node.expression.getText())
  if (ts.isElementAccessExpression(node))
    return /^['"`]session/.test(node.argumentExpression.getText()) && isRequest(node.expression.getText())
  if (!ts.isVariableDeclaration(node) || !ts.isObjectBindingPattern(node.name)) return false
  return isRequest(node.initializer?.getText()) && node.name.elements.some((element) => nameOf(element) === 'session')
}

function nameOf({ name, propertyName }: ts.BindingElement): string {
  return (propertyName ?? name).getText()
}

function isAmbient(node: ts.Node): node is ts.Node {
  if (ts.isNewExpression(node)) return node.expression.getText() === 'Date' && !node.arguments?.length
  return (
    ts.isPropertyAccessExpression(node) &&
    /^(?:Date\.now|Math\.random|process\.env|performance\.now)$/.test(node.getText())
  )
}
