import type { SendingMethod } from 'express-two-factor'
import { PASSWORD } from '../support/app'
import { type Answer, type HttpCall, type HttpClient, sessionCookieIn } from '../support/http-client'

/** One browser. Where its requests come from, and which process of the service takes them, may change with each. */
export interface Visitor {
  port: number
  address: string
  post(path: string, body?: object): Promise<Answer>
  get(path: string): Promise<Answer>
  login(email: string): Promise<Answer>
  reauthenticate(email: string): Promise<Answer>
}

export function openVisitor(http: HttpClient, port: number, address: string): Visitor {
  let cookie: string | undefined
  const send = async (call: HttpCall) => {
    const { port, address } = visitor
    const answer = await http.send(port, { ...call, address, ...(cookie === undefined ? {} : { cookie }) })
    cookie = sessionCookieIn(answer) || cookie
    return answer
  }
  const post = (path: string, body: object = {}) => send({ method: 'POST', path, body })
  const visitor: Visitor = {
    port,
    address,
    post,
    get: (path) => send({ method: 'GET', path }),
    login: (email) => post('/login', { email, password: PASSWORD }),
    reauthenticate: (email) => post('/two-factor/reauthenticate', { username: email, password: PASSWORD }),
  }
  return visitor
}

export const AUTHENTICATORS = '/two-factor/authenticators'
export const CHALLENGE = '/two-factor/challenge'

/** What an answer says, in two words. */
export function wordOf({ status, body }: Answer): string {
  return body.code === undefined ? String(status) : `${status} ${body.code}`
}

/** Fields that only some answers have. */
interface Fields {
  enrolmentId?: string
  delivery?: { status: string }
  retryAfter?: number
}

export function fieldsOf({ body }: Answer): Fields {
  return body as Fields
}

/** What is asked where a number is to be enrolled. */
export function enrolmentOf({ country, e164 }: { country: string; e164: string }, method: SendingMethod): object {
  return { factor: 'phone', country, phone: e164, method }
}
