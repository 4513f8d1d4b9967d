import {
  answerAt,
  codesOf,
  DOCUMENT,
  follow,
  OPERATIONS,
  OTHER_ANSWERS,
  type ResponseObject,
  type SchemaObject,
} from './document'

/** @see RFC 9457 */
export const PROBLEM = 'application/problem+json'

/** Everything the document promises, one mark each: `POST /challenge 429 ERR_TFA_LOCKED`, `ChallengeAnswer.action`. */
export function allMarks(): readonly string[] {
  const answers = [...OPERATIONS].flatMap(([route, { node }]) =>
    Object.keys(node.responses).flatMap((status) => marksOf(`${route} ${status}`, answerAt(route, status).node)),
  )
  const others = OTHER_ANSWERS.flatMap((name) => marksOf(name, answerAt(name, '').node))
  return [...answers, ...others, ...new Set(allSchemas().flatMap(fieldsBelow))]
}

function marksOf(place: string, { headers = {}, content }: ResponseObject): readonly string[] {
  const named = Object.keys(headers).map((name) => `${place} ${name}`)
  if (!content) return [place, ...named]
  const kinds = Object.entries(content).flatMap(([type, { schema }]) => (type === PROBLEM ? codesOf(schema) : [type]))
  return [...kinds.map((kind) => `${place} ${kind}`), ...named]
}

function allSchemas(): readonly SchemaObject[] {
  const inline = Object.values(DOCUMENT.paths).flatMap((operations) =>
    Object.values(operations).flatMap(({ responses }) => Object.values(responses as Record<string, ResponseObject>)),
  )
  const answers = [...inline, ...Object.values(DOCUMENT.components.responses)]
  return answers.flatMap(({ content = {} }) => Object.values(content).map(({ schema }) => schema))
}

/** The fields of every named schema that a schema leads to. */
function fieldsBelow(schema: SchemaObject): readonly string[] {
  const { $ref, oneOf = [], items } = schema
  if ($ref) return fieldsOf($ref.split('/').at(-1) as string, follow<SchemaObject>($ref.slice(1)).node)
  return [...oneOf, ...(items ? [items] : [])].flatMap(fieldsBelow)
}

function fieldsOf(name: string, schema: SchemaObject): readonly string[] {
  const { properties = {} } = schema
  const own = Object.keys(properties).map((field) => `${name}.${field}`)
  return [...own, ...Object.values(properties).flatMap(fieldsBelow), ...(schema.items ? fieldsBelow(schema.items) : [])]
}

/** The fields that a valid answer shows, by the same names. */
export function fieldsShown(
  schema: SchemaObject,
  value: unknown,
  isValid: (schema: SchemaObject) => boolean,
): string[] {
  const { $ref, oneOf, items } = schema
  if (oneOf) return oneOf.filter(isValid).flatMap((branch) => fieldsShown(branch, value, isValid))
  if (Array.isArray(value)) {
    const each = items ?? (($ref && follow<SchemaObject>($ref.slice(1)).node.items) || {})
    return value.flatMap((item) => fieldsShown(each, item, isValid))
  }
  if (!$ref || typeof value !== 'object' || value === null) return []
  const { properties = {} } = follow<SchemaObject>($ref.slice(1)).node
  return Object.entries(value).flatMap(([field, shown]) => [
    `${$ref.split('/').at(-1)}.${field}`,
    ...fieldsShown(properties[field] ?? {}, shown, isValid),
  ])
}
