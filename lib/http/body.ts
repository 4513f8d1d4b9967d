import express, { type Request, type Response } from 'express'
import { TwoFactorError } from '../errors'

export const BODY_LIMIT = '16kb'
const PARSERS = [express.json({ limit: BODY_LIMIT }), express.urlencoded({ extended: false, limit: BODY_LIMIT })]
const RAW = express.raw({ type: () => true, limit: BODY_LIMIT })

export type Body = Readonly<Record<string, unknown>>

/**
 * Reads the body, unless the app has already.
 * @throws {@link TwoFactorError} `ERR_TFA_INPUT_INVALID`, `ERR_TFA_BODY_TOO_LARGE`
 */
export async function readBody(req: Request, res: Response): Promise<Body> {
  if (req.body === undefined) for (const parse of PARSERS) await run(parse, req, res)
  const body: unknown = req.body ?? {}
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
  if (!isObject || Object.hasOwn(body, '__proto__')) throw invalid('body', 'the body must be a form or a JSON object')
  return body as Body
}

/** Leaves a body of any kind on `req.body` as its bytes. @throws {@link TwoFactorError} as {@link readBody} */
export function readRaw(req: Request, res: Response): Promise<void> {
  return run(RAW, req, res)
}

function run(parse: (typeof PARSERS)[number], req: Request, res: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    parse(req, res, (error?: unknown) => (error ? reject(unreadable(error)) : resolve()))
  })
}

function unreadable(error: unknown): TwoFactorError {
  const { type } = error as { type?: unknown }
  if (type === 'entity.too.large')
    return new TwoFactorError('ERR_TFA_BODY_TOO_LARGE', { detail: `a body is at most ${BODY_LIMIT}` })
  return invalid('body', 'the body cannot be read')
}

/** Reads a text that must be there. @throws {@link TwoFactorError} `ERR_TFA_INPUT_INVALID` */
export function textOf(body: Body, field: string, longest = 200): string {
  const text = optionalTextOf(body, field, longest)
  if (text !== undefined && text !== '') return text
  throw invalid(field, `\`${field}\` is missing`)
}

/** Reads a text that may be absent; an array, a number or an object in its place is refused. */
export function optionalTextOf(body: Body, field: string, longest = 200): string | undefined {
  const value = Object.hasOwn(body, field) ? body[field] : undefined
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string' && value.length <= longest && !/\p{Cc}/u.test(value)) return value
  throw invalid(field, `\`${field}\` must be a text of at most ${longest} characters`)
}

/** Reads a tick: JSON true, or a form's `on`. */
export function isTicked(body: Body, field: string): boolean {
  const value = Object.hasOwn(body, field) ? body[field] : undefined
  if (value === undefined || value === null || value === false) return false
  if (value === true || value === 'on') return true
  throw invalid(field, `\`${field}\` must be true, or "on" in a form`)
}

function invalid(field: string, detail: string): TwoFactorError {
  return new TwoFactorError('ERR_TFA_INPUT_INVALID', { field, detail })
}
