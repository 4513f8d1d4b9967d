import { ERROR_CODES } from '../../lib/errors'
import { judge } from '../openapi/judge'
import { KEY, PASSWORD } from '../support/app'
import type { FuzzRequest } from './requests'
import { MOUNT, SESSION_SECRET, secretOf } from './service'
import { liveCodes, type Scene, type Visitor } from './visitor'
import type { Answer, Outcome } from './wire'

/** Markup of a fuzzed text that a page shows as markup, or an address that a page would run. */
const FORGED = /<\/?fz|["']\s+onfz=|(?:href|src|action)\s*=\s*["']?\s*javascript:/i

const PROBLEM = 'application/problem+json'
const CODES: ReadonlySet<string> = new Set(ERROR_CODES)

/** Node refuses by itself what is no HTTP; whatever comes to the app is answered with Express's mark. */
export function isByParser({ status, headers }: Answer): boolean {
  return headers['x-powered-by'] === undefined && [400, 408, 413, 417, 431].includes(status)
}

/** Holds what became of a request to all that must be so whatever is sent. @returns what is wrong */
export function findFaults(
  scene: Scene,
  visitors: readonly Visitor[],
  request: FuzzRequest,
  outcome: Outcome,
): string[] {
  if (outcome === 'silent') return ['was not answered']
  if (outcome === 'closed') return request.isOdd ? [] : ['closed the connection without an answer']
  if (isByParser(outcome)) return []
  return [
    ...(outcome.status >= 500 ? [`answered ${outcome.status}`] : []),
    ...findLeaks(scene, visitors, request, outcome),
    ...findPassages(request, outcome),
    ...findForgeries(outcome),
    ...findUnfit(request, outcome),
    ...findUnlawful(scene, request, outcome),
    ...findUnread(request, outcome),
  ]
}

/** What no answer may hold, whoever asks. */
function findLeaks(
  { service }: Scene,
  visitors: readonly Visitor[],
  { aim, typed }: FuzzRequest,
  { text, headers }: Answer,
): string[] {
  if (text === '') return []
  const all = `${text}\n${Object.values(headers).join('\n')}`
  const planted = [PASSWORD, KEY, SESSION_SECRET, 'node_modules/', '/lib/http/']
  const own = visitors.flatMap(({ account, setupKey, pendingKey, recoveryCodes }) => [
    account.mobile.slice(1),
    account.mobile.slice(3),
    ...recoveryCodes,
    // A pending key is shown again by the answers to its own form.
    ...(pendingKey === undefined || aim.startsWith('POST') ? [] : [pendingKey]),
    ...(setupKey === undefined ? [] : [setupKey]),
  ])
  const sent = service.phone.messages
    .map(({ code }) => code)
    .filter((code) => !typed.includes(code) && all.includes(code))
  // Six digits may stand in an id by chance; a code that is told stands by itself.
  const codes = sent.filter((code) => new RegExp(`(?<![\\w-])${code}(?![\\w-])`).test(all))
  return [...[...planted, ...own].filter((secret) => all.includes(secret)), ...codes].map((secret) => `tells ${secret}`)
}

/** What is below the gate is shown to those alone who may pass, and to each their own. */
function findPassages({ of }: FuzzRequest, { text }: Answer): string[] {
  if (!text.includes('below-the-gate-of-')) return []
  const isOwn = of.some(({ account, mayPass }) => mayPass && text.includes(`"${secretOf(account)}"`))
  return isOwn ? [] : ['passes the gate']
}

function findForgeries({ text, headers }: Answer): string[] {
  const { location, 'content-type': type = '' } = headers
  const isPage = type.startsWith('text/html')
  return [
    ...(isPage && FORGED.test(text) ? [`shows what was sent as markup: ${FORGED.exec(text)?.[0]}`] : []),
    ...(headers['x-fz'] === undefined ? [] : ['has a header that was sent as a text']),
    ...(location !== undefined && !/^\/(?![/\\])/.test(location) ? [`leads to ${location}`] : []),
    ...(/"returnTo":"(?!\/(?![/\\]))/.test(text) ? ['returns to another place'] : []),
  ]
}

/** The form of an answer: documented where the path is a route's, and in any case no page that a cache keeps. */
function findUnfit({ place, target, method, isOdd }: FuzzRequest, answer: Answer): string[] {
  const { status, headers, text } = answer
  const [type = ''] = (headers['content-type'] ?? '').split(';')
  // Of an odd request the answer may be cut off, with the connection it broke.
  if (isOdd || !isUnderMount(target) || method === 'HEAD') return []
  const isAsset = status < 400 && /\/(style\.css|script\.js)/i.test(target)
  const mistakes = isAsset || headers['cache-control'] === 'no-store' ? [] : ['may be kept by a cache']
  if (status >= 400 && type === PROBLEM && !CODES.has(codeOf(answer) ?? '')) mistakes.push('has an unknown code')
  if (status >= 400 && type !== PROBLEM && type !== 'text/html') mistakes.push(`is an error of type ${type}`)
  // A client that says it has seen the page before may be told so; `no-store` keeps others from saying it.
  if (place !== undefined && status !== 304) mistakes.push(...judgeBy(place, answer))
  return text === '' && status >= 400 ? [...mistakes, 'is an error without a word'] : mistakes
}

function isUnderMount(target: string): boolean {
  const [path = ''] = target.split('?')
  return path === MOUNT || path.startsWith(`${MOUNT}/`)
}

function judgeBy(place: string, { status, headers, setCookie, text }: Answer): readonly string[] {
  const type = (headers['content-type'] ?? '').split(';')[0] as string
  const body: unknown = type.endsWith('json') && text !== '' ? JSON.parse(text) : {}
  const { 'set-cookie': _last, ...others } = headers
  const device = setCookie.find((cookie) => cookie.includes('two-factor-device'))
  const told = device === undefined ? others : { ...others, 'set-cookie': device }
  const seen = { status, headers: told, text, type, body }
  try {
    return judge(place, seen).mistakes
  } catch (error) {
    return [`is not in docs/openapi.json: ${(error as Error).message}`]
  }
}

/** What a problem says it is; undefined where the answer is none. */
export function codeOf({ headers, text }: Answer): string | undefined {
  if (!headers['content-type']?.startsWith(PROBLEM) || text === '') return undefined
  return (JSON.parse(text) as { code?: string }).code
}

/** What was changed or given without the right to it. */
function findUnlawful(scene: Scene, request: FuzzRequest, { status, setCookie }: Answer): string[] {
  const { aim, of } = request
  const isChange = /^POST \/(authenticators$|authenticators\/:id\/(confirm|remove)|recovery-codes|disable)/.test(aim)
  const mayChange = of.some((visitor) => visitor.mayChange)
  const isRemembering = setCookie.some((cookie) => /^[^=]*two-factor-device/.test(cookie))
  const mayRemember = of.some((visitor) => visitor.isRemembered || givesRightCode(scene, visitor, request))
  return [
    ...(isChange && (status === 201 || status === 204) && !mayChange ? ['changes without the password again'] : []),
    ...(isRemembering && !mayRemember ? ['remembers a device without a right code'] : []),
  ]
}

/** An id that is none is refused as such, before a store is asked for it: it might name another key. */
function findUnread({ place, id = '', method }: FuzzRequest, answer: Answer): string[] {
  if (method !== 'POST' || !place?.includes('{id}') || /^[\w-]{22}$/.test(id)) return []
  const isLookedUp = answer.status < 300 || codeOf(answer) === 'ERR_TFA_NOT_FOUND'
  return isLookedUp ? ['looks up an id that is none'] : []
}

/** Whether anything in the body would be accepted of this visitor, wherever it stands. */
export function givesRightCode(scene: Scene, visitor: Visitor, { typed, method }: FuzzRequest): boolean {
  if (method !== 'POST') return false
  const bare = typed.replace(/[ -]|%20|%2d|\+/g, '').toUpperCase()
  return liveCodes(scene, visitor).some((code) => code !== '' && bare.includes(code.toUpperCase()))
}
