import type { Chance } from './chance'
import { ORIGIN } from './service'
import type { Values } from './values'
import { cookieHeader, type Visitor } from './visitor'

export type Header = readonly [name: string, value: string]

const HTML = 'text/html,application/xhtml+xml;q=0.9'

const ACCEPTS = [
  'text/html;q=0',
  'TEXT/HTML',
  'application/json',
  '*/*',
  'text/*',
  ';',
  ',',
  'text/html, application/json',
]
const LANGUAGES = [
  'fr-FR,fr;q=0.9',
  'en',
  'zh-Hant-TW',
  '*',
  'fr;q=NaN',
  'x'.repeat(3000),
  '-',
  'fr_FR.UTF-8',
  'en-US-u-ca-buddhist',
  ',,,;q=',
]
const HOSTS = ['evil.example', 'fuzz.example:80', '127.0.0.1', '[::1]', '"><fz>', 'fuzz.example/@evil.example', '']
const PLACES = [
  ORIGIN,
  'https://evil.example',
  'null',
  'https://trusted.example',
  'https://trusted.example.evil.example',
  '',
]
const REFERERS = [
  'http://fuzz.example/email',
  'http://fuzz.example//evil.example',
  'http://[',
  'javascript:fz()',
  'http://evil.example/?<fz onfz=1>',
]

/** Headers that some proxy, framework or gate of somebody's believes. */
const BELIEVED: readonly Header[] = [
  ...(['POST', 'GET', 'DELETE', 'fz'] as const).map((method) => ['X-HTTP-Method-Override', method] as const),
  ['X-Forwarded-For', '127.0.0.1'],
  ['X-Forwarded-For', '"><fz onfz=1>, ::1, 999.1.1.1'],
  ['X-Forwarded-Host', 'evil.example'],
  ['X-Forwarded-Proto', 'https'],
  ['X-Forwarded-Proto', 'javascript'],
  ['X-Forwarded-Prefix', '//evil.example'],
  ['Forwarded', 'for="[::1]";host=evil.example;proto=https'],
  ['X-Original-URL', '/two-factor/style.css'],
  ['X-Rewrite-URL', '/open'],
  ['X-Real-IP', '127.0.0.1'],
  ['X-Two-Factor', 'passed'],
  ['Authorization', 'Bearer passed'],
  ['X-Requested-With', 'XMLHttpRequest'],
  ['Upgrade', 'websocket'],
  ['Connection', 'Upgrade'],
  ['Expect', '100-continue'],
  ['Expect', 'fz'],
  ['Range', 'bytes=0-1,2-1'],
  ['If-None-Match', '*'],
  ['If-Modified-Since', 'fz'],
  ['TE', 'trailers'],
  ['Trailer', 'Cookie'],
  ['Content-Location', '/open'],
  ['User-Agent', '"><fz onfz=1> Firefox/ Windows'],
  ['User-Agent', `Chrome/${'7'.repeat(5000)}`],
]

/** Those of a browser on this origin, or of a script. */
export function plainHeaders(chance: Chance): readonly Header[] {
  return [
    ['Host', 'fuzz.example'],
    ['Accept', chance.pick([HTML, 'application/json'])],
  ]
}

/** The headers beside the body's, of browsers, proxies, scripts and attackers. */
export function makeHeaders(chance: Chance, values: Values): readonly Header[] {
  if (chance.isOneIn(4)) return plainHeaders(chance)
  const headers: Header[] = [['Host', chance.isOneIn(10) ? chance.pick(HOSTS) : 'fuzz.example']]
  const accept = chance.isOneIn(6) ? chance.pick([...ACCEPTS, values.text()]) : chance.pick([HTML, 'application/json'])
  headers.push(['Accept', accept])
  if (chance.isOneIn(4)) headers.push(['Accept-Language', chance.pick([...LANGUAGES, values.text()])])
  if (chance.isOneIn(8))
    headers.push(['Sec-Fetch-Site', chance.pick(['same-origin', 'none', 'same-site', 'cross-site', 'fz'])])
  if (chance.isOneIn(10)) headers.push(['Origin', chance.pick([...PLACES, values.text()])])
  if (chance.isOneIn(6)) headers.push(['Referer', chance.pick([...REFERERS, values.text()])])
  for (let more = chance.pick([0, 0, 0, 1, 1, 3]); more > 0; more -= 1) headers.push(chance.pick(BELIEVED))
  if (chance.isOneIn(12)) headers.push([`X-${chance.below(1000)}`, values.text()])
  return headers
}

/** The cookies of a request, and whose they are. */
export interface Cookies {
  header: string
  of: readonly Visitor[]
}

export function ownCookies(visitor: Visitor): Cookies {
  return { header: cookieHeader(visitor), of: [visitor] }
}

/** Mostly the visitor's own; else changed, twice, broken, huge, somebody else's, or none. */
export function makeCookies(chance: Chance, values: Values, visitor: Visitor, others: readonly Visitor[]): Cookies {
  const own = cookieHeader(visitor)
  if (!chance.isOneIn(3)) return ownCookies(visitor)
  const other = others.length > 0 ? chance.pick(others) : visitor
  const both = [visitor, other]
  return chance.pick<() => Cookies>([
    () => ({ header: '', of: [] }),
    () => ({ header: flip(chance, own), of: [visitor] }),
    () => ({ header: `${own}; ${cookieHeader(other)}`, of: both }),
    () => ({ header: `${cookieHeader(other)}; ${own}`, of: both }),
    () => ({ header: cookieHeader(other), of: [other] }),
    () => ({ header: `connect.sid=%E0%A4%A; ${own}`, of: [visitor] }),
    () => ({ header: `connect.sid=j:{"__proto__":1}; two-factor-device=${percentless(values.text())}`, of: [] }),
    () => ({ header: `__proto__=1; constructor=; =; ;;; ${own}; x=${'7'.repeat(4000)}`, of: [visitor] }),
    () => ({ header: own.replace(/two-factor-device[^=]*=[^;]*/, `$&${values.text().slice(0, 40)}`), of: [visitor] }),
    () => ({ header: own.toUpperCase(), of: [visitor] }),
  ])()
}

function flip(chance: Chance, text: string): string {
  const at = chance.below(text.length + 1)
  return `${text.slice(0, at)}${chance.pick(['A', '%', '.', 'é', ''])}${text.slice(at + 1)}`
}

function percentless(text: string): string {
  return text.replace(/[;%\s]/g, '')
}
