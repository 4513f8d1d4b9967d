import { ROUTES } from '../../lib/http/routes/table'
import { type BodyScene, makeBody, type Posted, percent, shapesOf } from './bodies'
import { encode, PLAIN, pickFraming } from './framing'
import { type Header, makeCookies, makeHeaders, ownCookies, plainHeaders } from './headers'
import { MOUNT } from './service'
import type { Visitor } from './visitor'

/** A request, and what the oracle has to know of it. */
export interface FuzzRequest {
  /** The route it was made for, `POST /challenge/verify`; what is counted. */
  aim: string
  /** Where docs/openapi.json says what may be answered, as long as nothing of the path was changed. */
  place?: string
  /** In the place of the path's `:id`, where nothing else of the path was changed. */
  id?: string
  method: string
  target: string
  isOdd: boolean
  /** Whose cookies it carries. */
  of: readonly Visitor[]
  /** The body before it was packed. */
  typed: string
  bytes: Buffer
}

interface Aim {
  method: string
  path: string
  isRoute: boolean
}

const inMount = (path: string) => `${MOUNT}${path === '/' ? '' : path}`

/** Every route of the table, the assets and the app's own; a new route is aimed at from the day it is in the table. */
const AIMS: readonly Aim[] = [
  ...ROUTES.map(({ method, path }) => ({ method, path, isRoute: true })),
  ...['/style.css', '/script.js'].map((path) => ({ method: 'GET', path: `${MOUNT}${path}`, isRoute: false })),
  ...['/login', '/code', '/payout', '/email'].map((path) => ({ method: 'POST', path, isRoute: false })),
  ...['/account', '/assurance', '/open', '/'].map((path) => ({ method: 'GET', path, isRoute: false })),
]

/** Where there is most to get wrong. */
const WITH_BODY = AIMS.filter((aim) => aim.isRoute && shapesOf(placeOf(aim, aim.method)).length > 0)

/** The names of all aims, as figures count them. */
export const AIM_NAMES: readonly string[] = AIMS.map(nameOf)

function nameOf({ method, path, isRoute }: Aim): string {
  return isRoute ? `${method} ${path}` : `app ${method} ${path}`
}

/** As the document names it; another method than the path's own is answered as that of any of its routes. */
function placeOf({ method, path }: Aim, asked: string): string {
  const wanted = asked === 'HEAD' ? 'GET' : asked
  const isRoute = AIMS.some((aim) => aim.isRoute && aim.path === path && aim.method === wanted)
  return `${isRoute ? wanted : method} ${path.replace(':id', '{id}')}`
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH', 'REPORT']

/** What a request is made with. */
export interface RequestScene extends BodyScene {
  others: readonly Visitor[]
}

/** Half of the requests are calm: only the body is strange, so that it comes as far as a handler. */
type Temper = 'calm' | 'wild'

export function makeRequest(scene: RequestScene, visitor: Visitor): FuzzRequest {
  const { chance, values } = scene
  const temper = chance.pick<Temper>(['calm', 'wild'])
  const isWild = temper === 'wild'
  const aim = chance.isOneIn(2) ? chance.pick(WITH_BODY) : chance.pick(AIMS)
  const method = isWild && chance.isOneIn(8) ? chance.pick(METHODS) : aim.method
  const { path, id, isWhole } = makePath(scene, visitor, aim, temper)
  const target = path + makeQuery(scene, visitor)
  const isWithBody = method !== 'GET' && method !== 'HEAD' ? !chance.isOneIn(12) : chance.isOneIn(12)
  const posted = isWithBody ? makeBody(scene, visitor, placeOf(aim, aim.method)) : undefined
  const cookies = isWild ? makeCookies(chance, values, visitor, scene.others) : ownCookies(visitor)
  const framing = isWild ? pickFraming(chance) : PLAIN
  const headers = headersOf(scene, temper, cookies.header, posted)
  const bytes = encode(chance, { method, target, headers, body: posted?.bytes ?? Buffer.alloc(0), framing })
  return {
    aim: nameOf(aim),
    ...(isWhole && aim.isRoute && framing.isPlain ? { place: placeOf(aim, method), id } : {}),
    method: framing.method ?? method,
    target,
    // Node may not read what follows an upgrade that was not made: such a request is the last of its connection.
    isOdd: !framing.isPlain || isRefusedUnread(target, bytes) || headers.some(([name]) => name === 'Upgrade'),
    of: cookies.of,
    typed: posted?.typed ?? '',
    bytes,
  }
}

function headersOf(
  { chance, values }: RequestScene,
  temper: Temper,
  cookie: string,
  posted: Posted | undefined,
): readonly Header[] {
  const own: Header[] = cookie === '' ? [] : [['Cookie', cookie]]
  const beside = temper === 'calm' ? plainHeaders(chance) : makeHeaders(chance, values)
  return [...beside, ...own, ...(posted?.headers ?? [])]
}

interface Path {
  path: string
  id: string
  /** Still the route's own, so that the document says what it answers. */
  isWhole: boolean
}

function makePath(scene: RequestScene, visitor: Visitor, { path, isRoute }: Aim, temper: Temper): Path {
  const { chance } = scene
  const id = idFor(scene, visitor)
  const filled = path.replace(':id', id)
  const whole = isRoute ? inMount(filled) : filled
  if (temper === 'calm' || !chance.isOneIn(8))
    return { path: whole, id, isWhole: !path.includes(':id') || /^(?:[\w-]|%[0-9a-f]{2})+$/.test(id) }
  return { path: mangle(scene, whole), id, isWhole: false }
}

/** The visitor's own id, somebody else's, one of nobody's, or no id at all. */
function idFor({ chance, values, others }: RequestScene, visitor: Visitor): string {
  const { enrolmentId, authenticatorId } = visitor
  const own = enrolmentId ?? authenticatorId ?? 'AAAAAAAAAAAAAAAAAAAAAA'
  if (!chance.isOneIn(5)) return own
  const other = others.map((each) => each.enrolmentId ?? each.authenticatorId ?? own)
  return chance.pick([() => chance.pick([...other, own]), () => percent(values.text()), () => visible(values.text())])()
}

/** Node refuses these by the head alone; with the body still unread, its answer may be lost. */
function isRefusedUnread(target: string, bytes: Buffer): boolean {
  return !/^(?:\/|http:)/.test(target) || bytes.indexOf('\r\n\r\n') > 15_000
}

/** What of a text can stand in a request line: the rest would end it. */
function visible(text: string): string {
  return text.replace(/[\s\p{Cc}]/gu, '')
}

function mangle({ chance, values }: RequestScene, path: string): string {
  const at = chance.below(path.length)
  return chance.pick([
    () => path.toUpperCase(),
    () => `${path}/`,
    () => `/${path}`,
    () => `${path}//`,
    () => `${path}/../account`,
    () => path.replace(/\//g, '%2f'),
    () => `${path.slice(0, at)}${percent(path[at] as string)}${path.slice(at + 1)}`,
    () => `${path};x=1`,
    () => `/open/..${path}`,
    () => `${path}%00`,
    () => `${path}/%`,
    () => `${path}%20`,
    () => `\\${path}`,
    () => `http://evil.example${path}`,
    () => `${MOUNT}/${visible(values.text())}`,
    () => `/${percent(values.text())}${path}`,
    () => path.slice(1),
    () => '*',
    () => '/.',
  ])()
}

const QUERIES = [
  'enrolment',
  'step',
  'replaces',
  'next',
  'code',
  '_method',
  '__proto__',
  'x[y]',
  'enrolment[]',
  'returnTo',
]

function makeQuery({ chance, values }: RequestScene, { enrolmentId, authenticatorId }: Visitor): string {
  if (!chance.isOneIn(4)) return ''
  const pairs = Array.from({ length: 1 + chance.below(3) }, () => {
    const value = chance.pick([
      enrolmentId,
      authenticatorId,
      'methods',
      'POST',
      percent(values.text()),
      visible(values.text()),
    ])
    return `${chance.pick(QUERIES)}=${value ?? ''}`
  })
  return `?${pairs.join('&')}`
}
