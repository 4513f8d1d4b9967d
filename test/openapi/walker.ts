import type { Response } from 'supertest'
import type TestAgent from 'supertest/lib/agent'
import { OPERATIONS } from './document'
import { compare, judge } from './judge'
import { allMarks } from './marks'

/** What a browser accepts. */
export const HTML = 'text/html,application/xhtml+xml;q=0.9'
/** Where the router is. */
export const MOUNT = '/two-factor'

/** What a request brings along. */
export interface Sent {
  /** Takes the place of `{id}` in the path. */
  id?: string
  query?: string
  body?: object
  /** A body as it stands, with its type. */
  raw?: { type: string; text: string }
  headers?: Readonly<Record<string, string>>
}

type Form = 'json' | 'page'

/** These send a page somewhere else instead of being shown in place. */
const ELSEWHERE = ['ERR_TFA_SIGN_IN_REQUIRED', 'ERR_TFA_REQUIRED', 'ERR_TFA_ENROLMENT_REQUIRED']

/** Sends requests, holds every answer to the document, and keeps what of the document was seen. */
export class Walker {
  private readonly seen = new Set<string>()

  /** Asks for JSON. @param outcome - `200`, or `429 ERR_TFA_LOCKED` */
  async json(agent: TestAgent, route: string, outcome: string, sent: Sent = {}): Promise<Response> {
    const response = await this.send(agent, route, sent, 'json')
    const code = response.type === 'application/problem+json' ? ` ${response.body.code}` : ''
    expect(`${route} ${response.status}${code}`).toBe(`${route} ${outcome}`)
    return response
  }

  /** Asks for a page. @param outcome - `200`, or `303 /two-factor/challenge` */
  async page(agent: TestAgent, route: string, outcome: string | RegExp, sent: Sent = {}): Promise<Response> {
    const response = await this.send(agent, route, sent, 'page')
    const to = response.headers.location
    const came = `${response.status}${to === undefined ? '' : ` ${to}`}`
    if (typeof outcome === 'string') expect(`${route} ${came}`).toBe(`${route} ${outcome}`)
    else expect(came).toMatch(outcome)
    return response
  }

  /** Asks for JSON and then for the page of the same refusal: in place, or elsewhere where one must go first. */
  async refused(agent: TestAgent, route: string, outcome: string, sent: Sent = {}): Promise<Response> {
    const response = await this.json(agent, route, outcome, sent)
    const { code, location = '/login' } = response.body as { code: string; location?: string }
    await this.page(agent, route, ELSEWHERE.includes(code) ? `303 ${location}` : String(response.status), sent)
    return response
  }

  /** Holds an answer that was asked for otherwise to a place of the document. */
  take(place: string, response: Response): Response {
    const { marks, mistakes } = judge(place, response)
    expect({ place, status: response.status, mistakes }).toEqual({ place, status: response.status, mistakes: [] })
    for (const mark of marks) this.seen.add(mark)
    return response
  }

  /** What the document promises and no answer has shown. */
  unseen(): readonly string[] {
    return allMarks().filter((mark) => !this.seen.has(mark))
  }

  private async send(agent: TestAgent, route: string, sent: Sent, form: Form): Promise<Response> {
    const { id = '', query = '', body = {}, raw, headers = {} } = sent
    const [method = '', path = ''] = route.split(' ')
    const url = `${MOUNT}${path.replace('{id}', id)}${query}`
    const asked = method === 'GET' ? agent.get(url) : agent.post(url)
    asked.set(form === 'page' ? { Accept: HTML, ...headers } : headers)
    if (raw) asked.type(raw.type).send(raw.text)
    else if (method === 'POST') asked.type(form === 'page' ? 'form' : 'json').send(body)
    const response = this.take(route, await asked)
    const isAccepted = response.status < 300 || (response.status === 303 && response.headers.location !== '/login')
    if (isAccepted && method === 'POST') expect(mistakesIn(route, form, body)).toEqual([])
    return response
  }
}

/** What the document has against a body that the code has accepted. */
function mistakesIn(route: string, form: Form, body: object): readonly string[] {
  const { pointer, node } = OPERATIONS.get(route) ?? {}
  if (!node?.requestBody) return []
  const type = form === 'page' ? 'application~1x-www-form-urlencoded' : 'application~1json'
  return compare(`${pointer}/requestBody/content/${type}/schema`, body)
}
