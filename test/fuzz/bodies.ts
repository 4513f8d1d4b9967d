import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { follow, OPERATIONS, type SchemaObject } from '../openapi/document'
import { PASSWORD } from '../support/app'
import type { Values } from './values'
import { liveCodes, type Scene, type Visitor } from './visitor'

/** A body on its way: the bytes, the headers that go with them, and the words before they were packed. */
export interface Posted {
  bytes: Buffer
  headers: readonly (readonly [string, string])[]
  typed: string
}

/** What bodies are made with. */
export interface BodyScene extends Scene {
  values: Values
}

type Fields = Record<string, unknown>

/** The shapes of a route's body, from the document: a route that is new there is filled in by itself. */
export function shapesOf(place: string): readonly SchemaObject[] {
  const { requestBody } = OPERATIONS.get(place)?.node ?? {}
  const schema = requestBody?.content['application/json']?.schema
  return schema ? branchesOf(schema) : []
}

function branchesOf({ $ref, oneOf, ...schema }: SchemaObject): readonly SchemaObject[] {
  if (oneOf) return oneOf.flatMap(branchesOf)
  return $ref ? branchesOf(follow<SchemaObject>($ref.slice(1)).node) : [schema]
}

const APP_SHAPES: Readonly<Record<string, readonly string[]>> = {
  'POST /login': ['email', 'password'],
  'POST /code': ['code', 'remember'],
  'POST /payout': ['amount', 'to'],
}

/** Words for the fields by their names; a name that is not here gets any text. */
const WORDS: Readonly<Record<string, (scene: BodyScene, visitor: Visitor) => unknown>> = {
  code: (scene, visitor) =>
    scene.chance.isOneIn(20) ? scene.chance.pick(['000000', ...liveCodes(scene, visitor)]) : scene.chance.pick(GUESSES),
  remember: ({ chance }) => chance.pick([true, 'on', false]),
  email: (_scene, { account }) => account.email,
  username: (_scene, { account }) => account.email,
  password: ({ chance }) => (chance.isOneIn(4) ? 'wrong' : PASSWORD),
  authenticatorId: (_scene, { authenticatorId }) => authenticatorId ?? 'recovery-codes',
  replaces: (_scene, { authenticatorId }) => authenticatorId,
  country: ({ chance }) => chance.pick(['FR', 'FR', 'FR', 'DE', 'US', 'fr', '']),
  phone: ({ chance }) =>
    chance.isOneIn(3) ? chance.pick(NUMBERS) : `06 ${12 + chance.below(80)} 34 ${10 + chance.below(90)} 78`,
  next: () => '/two-factor/setup?step=methods',
  amount: () => 10,
  to: () => 'bob',
}

const NUMBERS = [
  '06 12',
  '+44 7400 123456',
  '01 42 68 53 00',
  '+49 1512 3456789',
  '0899 123 456',
  '+33 6 12 34 56 78 x1',
  '112',
]

const GUESSES = ['123456', '000000', '654321', '12345678', '12-34 56', 'ABCD-EFGH-IJKL-MNOP', 'aaaa aaaa aaaa aaaa']

/** A body as the route asks for it. */
function wellFormed(scene: BodyScene, visitor: Visitor, place: string): Fields {
  const shapes = shapesOf(place)
  const shape = shapes.length > 0 ? scene.chance.pick(shapes) : undefined
  const names = Object.keys(shape?.properties ?? {})
  const fields: Fields = {}
  for (const name of [...names, ...(APP_SHAPES[place] ?? [])]) {
    const isNeeded = shape?.required?.includes(name) ?? true
    if (isNeeded || !scene.chance.isOneIn(3)) fields[name] = wordFor(scene, visitor, name, shape?.properties?.[name])
  }
  return fields
}

function wordFor(scene: BodyScene, visitor: Visitor, name: string, schema: SchemaObject | undefined): unknown {
  if (schema?.const !== undefined) return schema.const
  if (schema?.enum) return scene.chance.pick(schema.enum)
  return WORDS[name]?.(scene, visitor) ?? scene.values.text()
}

const STRAY = [
  'code',
  'remember',
  'factor',
  'method',
  'next',
  'isAdmin',
  'mfaRequired',
  'toString',
  'constructor',
  '_method',
]

/** Changes one thing of it, now and then more; often nothing. The password is only ever typed where it belongs. */
function mutate({ chance, values }: BodyScene, fields: Fields): Fields {
  const mutated = { ...fields }
  for (let change = chance.pick([0, 1, 1, 1, 2]); change > 0; change -= 1) {
    const name = chance.isOneIn(3) ? chance.pick(STRAY) : chance.pick([...Object.keys(fields), 'label'])
    if (chance.isOneIn(6)) delete mutated[name]
    else mutated[name] = values.value()
  }
  return mutated
}

export function makeBody(scene: BodyScene, visitor: Visitor, place: string): Posted {
  const fields = mutate(scene, wellFormed(scene, visitor, place))
  const { chance } = scene
  if (chance.below(5) < 3) return pack(scene, 'application/json', toJson(scene, fields))
  if (chance.below(3) < 2) return pack(scene, 'application/x-www-form-urlencoded', toForm(scene, fields))
  return pack(scene, chance.pick(TYPES), chance.pick([toJson, toForm, toParts])(scene, fields))
}

const TYPES = [
  ...['text/plain', 'application/xml', 'multipart/form-data; boundary=fz', 'application/octet-stream', '', ';', '/'],
  ...['application/json; charset=utf-16le', 'application/json; charset=utf-7', 'application/json; charset=fz'],
  ...['application/json; charset="', 'application/json;charset=latin1', 'application/vnd.api+json', 'APPLICATION/JSON'],
  ...['application/x-www-form-urlencoded; charset=iso-8859-1', 'application/x-www-form-urlencoded; charset=utf-16'],
]

function toJson({ chance, values }: BodyScene, fields: Fields): string {
  const text = JSON.stringify(fields)
  if (!chance.isOneIn(6)) return text
  return chance.pick([
    () => text.slice(0, chance.below(text.length)),
    () => `\ufeff${text}`,
    () => JSON.stringify(values.value()),
    () => `[${text}]`,
    () => text.replace('{', `{"__proto__":${JSON.stringify({ ...fields, isAdmin: true })},`),
    () => text.replace(/}$/, ',"code":"111111","code":"222222"}'),
    () => `${'['.repeat(7000)}`,
    () => `${text}\0`,
    () => text.replaceAll('"', "'"),
  ])()
}

function toForm({ chance, values }: BodyScene, fields: Fields): string {
  const pairs = Object.entries(fields).map(([name, value]) => `${percent(name)}=${percent(wordOf(value))}`)
  if (!chance.isOneIn(3)) return pairs.join('&')
  const stray = chance.pick([
    'code[]=1',
    'code[a]=1&code=2',
    'code=1&code=2',
    '__proto__[x]=1',
    '%=%',
    '&&&==',
    'a[b][c][d]=1',
  ])
  return [...pairs, ...pairs.slice(0, 1), stray, `code=${values.text()}`].join('&')
}

function wordOf(value: unknown): string {
  return value === true ? 'on' : typeof value === 'string' ? value : JSON.stringify(value)
}

function toParts(_scene: BodyScene, fields: Fields): string {
  const part = ([name, value]: [string, unknown]) =>
    `--fz\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${wordOf(value)}\r\n`
  return `${Object.entries(fields).map(part).join('')}--fz--\r\n`
}

/** Percent-encodes every byte that is no letter or digit; lone surrogates too, which `encodeURIComponent` refuses. */
export function percent(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replace(/[^A-Za-z0-9_-]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** A megabyte that is a kilobyte on the wire: the limit must be on what comes out. */
const BOMB = gzipSync(Buffer.alloc(1_000_000, '[1],'))

function pack({ chance }: BodyScene, type: string, typed: string): Posted {
  const bytes = Buffer.from(typed)
  const plain = { bytes, typed, headers: type === '' ? [] : [['Content-Type', type] as const] }
  if (!chance.isOneIn(8)) return plain
  const coded = (name: string, packed: Buffer): Posted => ({
    ...plain,
    bytes: packed,
    headers: [...plain.headers, ['Content-Encoding', name]],
  })
  return chance.pick([
    () => coded('gzip', gzipSync(bytes)),
    () => coded('deflate', deflateSync(bytes)),
    () => coded('br', brotliCompressSync(bytes)),
    () => coded(chance.pick(['gzip', 'br', 'compress', 'gzip, gzip', 'identity', 'fz', '__proto__']), bytes),
    () => coded('gzip', BOMB),
    () => ({ ...plain, bytes: spoil(chance.bytes(4), bytes) }),
    () => ({ ...plain, bytes: chance.bytes(chance.below(300)), typed: '' }),
  ])()
}

/** Puts bytes that are no UTF-8 into the middle. */
function spoil(with4: Buffer, bytes: Buffer): Buffer {
  const middle = bytes.length >> 1
  return Buffer.concat([bytes.subarray(0, middle), Buffer.from([0xc3, 0x28, 0xff]), with4, bytes.subarray(middle)])
}
