import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020'
import addFormats from 'ajv-formats'
import type { Response } from 'supertest'
import { answerAt, DOCUMENT, follow, type HeaderObject, OPERATIONS, type ResponseObject, step } from './document'
import { fieldsShown, PROBLEM } from './marks'

const ajv = new Ajv2020({ strict: false, allErrors: true })
addFormats(ajv)
ajv.addSchema(DOCUMENT, 'openapi')

/** What an answer shows of the document, and where it differs from it. */
export interface Judgement {
  marks: readonly string[]
  mistakes: readonly string[]
}

function validatorAt(pointer: string): ValidateFunction {
  const fragment = pointer.split('/').map(encodeURIComponent).join('/')
  const validate = ajv.getSchema(`openapi#${fragment}`)
  if (!validate) throw new Error(`docs/openapi.json has no schema at ${pointer}`)
  return validate
}

/** Compares a value with the schema at a place. @returns what is wrong with it */
export function compare(pointer: string, value: unknown): readonly string[] {
  const validate = validatorAt(pointer)
  if (validate(value)) return []
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    [instancePath, message, JSON.stringify(params)].join(' '),
  )
}

/** As much of an answer as is judged. */
type Judged = Pick<Response, 'status' | 'text' | 'body' | 'type'> & {
  headers: Readonly<Record<string, string | undefined>>
}

/** Holds an answer to what the document says of its route and status. */
export function judge(place: string, response: Judged): Judgement {
  const { pointer, node } = answerAt(place, String(response.status))
  const at = OPERATIONS.has(place) ? `${place} ${response.status}` : place
  if (node['x-answered-by'] === 'app') return { marks: [at], mistakes: [] }
  const headers = judgeHeaders(at, response, pointer, node)
  const body = judgeBody(at, response, pointer, node)
  const mistakes = [...headers.mistakes, ...body.mistakes, ...judgeAgreement(response)]
  return { marks: [...headers.marks, ...body.marks], mistakes }
}

/** Headers that say something of this very answer: without a word in the document they are a mistake. */
const TELLING = ['Retry-After', 'WWW-Authenticate', 'Allow', 'Location']

function judgeHeaders(at: string, response: Judged, pointer: string, { headers = {} }: ResponseObject): Judgement {
  const own = Object.keys(headers).map((name) => ({ name, place: `${pointer}/headers${step(name)}` }))
  const isAsset = headers['Cache-Control'] !== undefined || response.status === 304
  const common = Object.keys(isAsset ? {} : DOCUMENT['x-every-answer'].headers)
  const every = common.map((name) => ({ name, place: `/x-every-answer/headers${step(name)}` }))
  const untold = TELLING.filter((name) => !(name in headers) && headerOf(response, name) !== undefined)
  const mistakes = [...own, ...every].flatMap(({ name, place }) => judgeHeader(response, name, place))
  return {
    marks: own.filter(({ name }) => headerOf(response, name) !== undefined).map(({ name }) => `${at} ${name}`),
    mistakes: [...mistakes, ...untold.map((name) => `header ${name} is not in the document`)],
  }
}

function judgeHeader(response: Judged, name: string, place: string): readonly string[] {
  const { pointer, node } = follow<HeaderObject & { schema: { type?: string } }>(place)
  const text = headerOf(response, name)
  if (text === undefined) return node.required ? [`header ${name} is missing`] : []
  const value = node.schema.type === 'integer' ? Number(text) : text
  return compare(`${pointer}/schema`, value).map((mistake) => `header ${name}: ${mistake}`)
}

/** Of the cookies the remembered device's: the session's is the app's own. */
function headerOf({ headers }: Judged, name: string): string | undefined {
  const value: unknown = headers[name.toLowerCase()]
  if (!Array.isArray(value)) return value as string | undefined
  return value.find((cookie) => String(cookie).includes('two-factor-device'))
}

/** Express 4 calls a script by its obsolete name. @see RFC 9239 §6 */
function typeOf({ headers }: Judged): string {
  const [type = ''] = String(headers['content-type'] ?? '').split(';')
  return type === 'application/javascript' ? 'text/javascript' : type
}

function judgeBody(at: string, response: Judged, pointer: string, { content }: ResponseObject): Judgement {
  const type = typeOf(response)
  // Of a 303 the body is Express's own note that it leads on.
  if (!content) {
    const isBare = response.status === 303 || response.text === ''
    return { marks: [at], mistakes: isBare ? [] : [`a body of ${type} where the document has none`] }
  }
  const described = content[type]
  if (!described) return { marks: [], mistakes: [`${type} is not in the document`] }
  const value: unknown = type.endsWith('json') ? JSON.parse(response.text) : response.text
  const mistakes = compare(`${pointer}/content${step(type)}/schema`, value)
  const kind = type === PROBLEM ? String((value as { code: unknown }).code) : type
  const isValid = ({ $ref = '' }) => compare($ref.slice(1), value).length === 0
  return { marks: [`${at} ${kind}`, ...fieldsShown(described.schema, value, isValid)], mistakes }
}

/** What no schema can say: that headers and body tell the same. */
function judgeAgreement({ status, headers, body, type }: Judged): readonly string[] {
  if (type !== PROBLEM) return []
  const mistakes: string[] = []
  if (body.status !== status) mistakes.push(`the problem says ${body.status}`)
  const wait = headers['retry-after']
  if ((wait === undefined ? undefined : Number(wait)) !== body.retryAfter) mistakes.push(`Retry-After: ${wait}`)
  const isHeld = ['ERR_TFA_REQUIRED', 'ERR_TFA_STEP_UP_REQUIRED'].includes(body.code)
  if ((headers['www-authenticate'] !== undefined) !== isHeld) mistakes.push('WWW-Authenticate does not fit the code')
  return mistakes
}
