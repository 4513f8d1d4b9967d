import { ERROR_CODES, TwoFactorError } from 'express-two-factor'
import ts from 'typescript'
import { ROUTES } from '../../lib/http/routes/table'
import { version } from '../../package.json'
import { readInterface } from '../docs/compile'
import { codesIn, namesIn, tableOf } from '../docs/markdown'
import { findNodes, readSources } from '../support/sources'
import {
  answerAt,
  codesOf,
  DOCUMENT,
  follow,
  OPERATIONS,
  OTHER_ANSWERS,
  type SchemaObject,
  step,
  WEBHOOKS,
} from './document'
import { PROBLEM } from './marks'
import { vonageChannels } from './states'

const sorted = (names: readonly string[]) => [...names].sort()
const SCHEMAS = DOCUMENT.components.schemas
const ASSETS = ['GET /style.css', 'GET /script.js']
/** A mistake in the set-up goes to the app's own error handler. */
const ANSWERED_CODES = ERROR_CODES.filter((code) => code !== 'ERR_TFA_CONFIG')
const POSTS = [...OPERATIONS].filter(([route]) => route.startsWith('POST') && !WEBHOOKS.includes(route))
const SOURCES = readSources('lib')

function namesOfInterfaces(path: string): readonly string[] {
  const source = SOURCES.filter((each) => each.path === path)
  return source.flatMap((each) => findNodes(each, ts.isInterfaceDeclaration).map(({ name }) => name.text))
}

/** The words of a type that is a union of them. */
function wordsOf(typeName: string): readonly string[] {
  const found = SOURCES.flatMap((source) => findNodes(source, ts.isTypeAliasDeclaration))
  const union = found.find(({ name }) => name.text === typeName)?.type
  if (!union || !ts.isUnionTypeNode(union)) throw new Error(`${typeName} is no union`)
  return union.types.map((member) => member.getText().replaceAll("'", ''))
}

/** The members of a schema as an interface would write them, an optional one with `?`. */
function membersOf({ properties = {}, required = [] }: SchemaObject): readonly string[] {
  return Object.keys(properties).map((name) => (required.includes(name) ? name : `${name}?`))
}

/** The fields of a body as docs/http.md writes them, an object's own within braces. */
function fieldsOf({ properties = {} }: SchemaObject): readonly string[] {
  return Object.entries(properties).map(([name, field]) =>
    field.properties ? `${name}?: { ${fieldsOf(field).join(', ')} }` : `${name}?`,
  )
}

/** Every object of the document, with its pointer. */
function everyNode(node: unknown = DOCUMENT, pointer = ''): readonly (readonly [string, Record<string, unknown>])[] {
  if (typeof node !== 'object' || node === null) return []
  const below = Object.entries(node).flatMap(([name, child]) => everyNode(child, `${pointer}${step(name)}`))
  return Array.isArray(node) ? below : [[pointer, node as Record<string, unknown>], ...below]
}

describe('docs/openapi.json', () => {
  it('is of this version, in OpenAPI 3.1, under the path that is the default', () => {
    expect(DOCUMENT).toMatchObject({ openapi: '3.1.0', info: { version } })
    expect(DOCUMENT.servers[0]).toMatchObject({ url: '{path}', variables: { path: { default: '/two-factor' } } })
  })

  it('has every route of the router, its assets and the webhooks, and no other', () => {
    const routes = ROUTES.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
    const webhooks = vonageChannels().map(({ receipts }) => `POST /webhooks/${receipts?.path}`)
    expect(sorted(WEBHOOKS)).toEqual(sorted(webhooks))
    expect(sorted([...OPERATIONS.keys()])).toEqual(sorted([...routes, ...ASSETS, ...webhooks]))
  })

  it('says by what each request shows whose it is', () => {
    const schemes = [DOCUMENT, ...[...OPERATIONS.values()].map(({ node }) => node)].flatMap(({ security = [] }) =>
      security.flatMap(Object.keys),
    )
    expect(sorted([...new Set(schemes)])).toEqual(sorted(Object.keys(DOCUMENT.components.securitySchemes ?? {})))
    const signed = [...OPERATIONS].filter(([, { node }]) => node.security?.some((each) => 'vonageSignature' in each))
    expect(signed.map(([route]) => route)).toEqual(WEBHOOKS)
  })

  it('refers only to what it has, and has nothing that is not referred to', () => {
    const refs = everyNode().flatMap(([, node]) => (typeof node.$ref === 'string' ? [node.$ref.slice(1)] : []))
    for (const ref of refs) expect(follow(ref).node).toBeInstanceOf(Object)
    const { securitySchemes: _named, ...components } = DOCUMENT.components
    const known = Object.entries(components).flatMap(([kind, named]) =>
      Object.keys(named).map((name) => `/components/${kind}/${name}`),
    )
    const others = OTHER_ANSWERS.map((name) => `/components/responses/${name}`)
    expect(known.filter((pointer) => !refs.includes(pointer))).toEqual(others)
  })

  it('says of each answer that no route gives whose it is', () => {
    for (const name of OTHER_ANSWERS) expect(DOCUMENT.info.description).toContain(`\`${name}\``)
  })

  it('names every operation once, and every parameter of a path', () => {
    const ids = [...OPERATIONS.values()].map(({ node }) => node.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [route, { pointer, node }] of OPERATIONS) {
      const parameters = (node.parameters ?? []).map((_each, at) =>
        follow<{ in: string }>(`${pointer}/parameters/${at}`),
      )
      expect(parameters.filter((each) => each.node.in === 'path')).toHaveLength(route.includes('{id}') ? 1 : 0)
    }
  })

  it.each(POSTS)(
    'has for %s both kinds of bodies, and what the cross-site check reads',
    (_route, { pointer, node }) => {
      const { content } = node.requestBody ?? {}
      if (content) {
        expect(Object.keys(content)).toEqual(['application/json', 'application/x-www-form-urlencoded'])
        expect(Object.values(content)[0]).toEqual(Object.values(content)[1])
      }
      const names = (node.parameters ?? []).map(
        (_each, at) => follow<{ name: string }>(`${pointer}/parameters/${at}`).node.name,
      )
      expect(names).toEqual(expect.arrayContaining(['Sec-Fetch-Site', 'Origin']))
    },
  )
})

describe('docs/http.md', () => {
  it('has every webhook once, with the fields that are read', () => {
    const table = tableOf('docs/http.md', 'Webhook', 'Body')
    expect(namesIn(table)).toEqual(WEBHOOKS)
    for (const [at, [, body]] of table.rows.entries()) {
      const place = OPERATIONS.get(WEBHOOKS[at] as string)
      const { node } = follow<SchemaObject>(`${place?.pointer}/requestBody/content/application~1json/schema`)
      expect(codesIn(body)[0]).toBe(`{ ${fieldsOf(node).join(', ')} }`)
    }
  })
})

describe('its schemas', () => {
  it.each(namesOfInterfaces('lib/answers.ts'))('have the fields of %s, and no others', (name) => {
    const schema = SCHEMAS[name] as SchemaObject
    expect(sorted(membersOf(schema))).toEqual(sorted(readInterface('lib/answers.ts', name)))
  })

  it('take no answer that has a field more', () => {
    const open = everyNode(SCHEMAS, '/components/schemas').filter(
      ([pointer, { properties, additionalProperties }]) =>
        properties && additionalProperties !== false && !/^\/components\/schemas\/\w+Request(?:\/|$)/.test(pointer),
    )
    expect(open.map(([pointer]) => pointer).filter((pointer) => !pointer.endsWith('/properties'))).toEqual([])
  })

  it.each([
    ['Method', '', []],
    ['SendingMethod', '', []],
    ['Assurance', '', []],
    ['Factor', '', ['recovery-code']],
    ['Missing', '/items', []],
    ['Purpose', '/components/schemas/ChallengeAnswer/properties/purpose', ['enrolment']],
    ['DeliveryStatus', '/components/schemas/Delivery/properties/status', []],
    ['DeliveryFailure', '/components/schemas/Delivery/properties/reason', []],
  ])('have the words of %s', (typeName, at, without) => {
    const pointer = at.startsWith('/components') ? at : `/components/schemas/${typeName}${at}`
    const words = wordsOf(typeName).filter((word) => !without.some((each) => each === word))
    expect(follow<SchemaObject>(pointer).node.enum).toEqual(words)
  })
})

describe('its problems', () => {
  it('are of every code that can be answered', () => {
    const codes = Object.keys(SCHEMAS).filter((name) => name.startsWith('ERR_TFA_'))
    expect(sorted(codes)).toEqual(sorted(ANSWERED_CODES))
  })

  it.each(ANSWERED_CODES)('tell the code, type and status of %s', (code) => {
    expect(SCHEMAS[code]?.properties).toMatchObject({
      type: { const: `urn:express-two-factor:${code}` },
      status: { const: new TwoFactorError(code).status },
      code: { const: code },
    })
    expect(SCHEMAS[code]?.required).toEqual(expect.arrayContaining(['type', 'title', 'status', 'code', 'detail']))
  })

  it.each([...OPERATIONS])('stand under their own status at %s', (route, { node }) => {
    for (const status of Object.keys(node.responses)) {
      const { schema = {} } = answerAt(route, status).node.content?.[PROBLEM] ?? {}
      const statuses = codesOf(schema).map((code) => SCHEMAS[code]?.properties?.status?.const)
      expect(statuses.filter((each) => String(each) !== status)).toEqual([])
    }
  })
})
