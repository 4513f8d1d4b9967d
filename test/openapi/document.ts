import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../docs/markdown'

/** Where something stands in the document: a JSON pointer, and what is there. */
export interface Placed<Node> {
  pointer: string
  node: Node
}

/** A header of an answer. */
export interface HeaderObject {
  required?: boolean
  schema: object
}

/** As much of a JSON Schema as the tests read themselves; ajv reads the rest. */
export interface SchemaObject {
  $ref?: string
  const?: unknown
  enum?: readonly string[]
  examples?: readonly string[]
  type?: string | readonly string[]
  properties?: Readonly<Record<string, SchemaObject>>
  required?: readonly string[]
  additionalProperties?: boolean
  items?: SchemaObject
  oneOf?: readonly SchemaObject[]
}

/** What a route may answer with one status. */
export interface ResponseObject {
  description: string
  /** The app's own error handler writes it: the document says only when. */
  'x-answered-by'?: 'app'
  headers?: Readonly<Record<string, unknown>>
  content?: Readonly<Record<string, { schema: SchemaObject }>>
}

/** One route: a method of a path. */
export interface Operation {
  operationId: string
  security?: readonly Readonly<Record<string, readonly string[]>>[]
  parameters?: readonly unknown[]
  requestBody?: { required: boolean; content: Readonly<Record<string, { schema: SchemaObject }>> }
  responses: Readonly<Record<string, unknown>>
}

/** As much of the document as the tests read. @see OpenAPI 3.1.0 */
export interface OpenApi {
  openapi: string
  info: { version: string; description: string }
  servers: readonly { url: string; variables: Readonly<Record<string, { default: string }>> }[]
  security: readonly Readonly<Record<string, readonly string[]>>[]
  'x-every-answer': { headers: Readonly<Record<string, unknown>> }
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  components: {
    responses: Readonly<Record<string, ResponseObject>>
    schemas: Readonly<Record<string, SchemaObject>>
    [kind: string]: Readonly<Record<string, unknown>>
  }
}

/** docs/openapi.json, as it is written. */
export const DOCUMENT = JSON.parse(readFileSync(join(ROOT, 'docs', 'openapi.json'), 'utf8')) as OpenApi

/** One step of a JSON pointer. @see RFC 6901 §3 */
export function step(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

function nodeAt(pointer: string): unknown {
  const names = pointer.split('/').slice(1)
  const unescaped = names.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
  return unescaped.reduce<unknown>((node, name) => (node as Record<string, unknown> | undefined)?.[name], DOCUMENT)
}

/** Reads what a pointer leads to, references followed. @throws Error when there is nothing */
export function follow<Node>(pointer: string): Placed<Node> {
  const node = nodeAt(pointer) as (Node & { $ref?: string }) | undefined
  if (node === undefined) throw new Error(`docs/openapi.json has nothing at ${pointer}`)
  return node.$ref === undefined ? { pointer, node } : follow<Node>(node.$ref.slice(1))
}

/** Every operation by its route, `POST /challenge`. */
export const OPERATIONS: ReadonlyMap<string, Placed<Operation>> = new Map(
  Object.entries(DOCUMENT.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, node]) => {
      const pointer = `/paths${step(path)}${step(method)}`
      return [`${method.toUpperCase()} ${path}`, { pointer, node }] as const
    }),
  ),
)

/** What `webhooks()` answers, and not the router. */
export const WEBHOOKS: readonly string[] = [...OPERATIONS.keys()].filter((route) => route.includes(' /webhooks/'))

/** The answers that no operation gives: of unknown paths, and of the middleware on the app's own routes. */
export const OTHER_ANSWERS: readonly string[] = Object.keys(DOCUMENT.components.responses).filter(
  (name) => !JSON.stringify(DOCUMENT.paths).includes(`"#/components/responses/${name}"`),
)

/** What a place of the walk may answer: a route with a status, or one of the other answers. */
export function answerAt(place: string, status: string): Placed<ResponseObject> {
  const operation = OPERATIONS.get(place)
  if (!operation) return follow(`/components/responses/${place}`)
  return follow(`${operation.pointer}/responses/${status}`)
}

/** The codes a schema of problems names, its own or one of several. */
export function codesOf({ $ref, oneOf }: SchemaObject): readonly string[] {
  if (oneOf) return oneOf.flatMap(codesOf)
  return $ref ? [$ref.split('/').at(-1) as string] : []
}
