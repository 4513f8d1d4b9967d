import fc from 'fast-check'
import type { Chance } from './chance'

/** What a page that forgot to escape would show as markup. @see FORGED in oracle.ts */
const MARKUP = ['"><fz onfz=1>', "' onfz='1", '</title><fz>', '<fz', 'javascript:fz()', '&lt;fz&gt;']

/** Texts that each broke somebody's parser, key, header, query, template or comparison. */
const TEXTS: readonly string[] = [
  ...MARKUP,
  ...['', ' ', '0', '-1', '1e309', 'NaN', 'null', 'true', 'undefined', '[object Object]', 'on', '000000'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', 'recovery-codes', 'totp', 'sms', 'voice'],
  ...[
    '\0',
    '123456\0',
    '\r\nX-Fz: 1',
    '123456\r\nX-Fz: 1',
    '\u2028',
    '\u202e654321',
    '\ufeff123456',
    '\ud800',
    '\udfff',
  ],
  ...['１２３４５６', '١٢٣٤٥٦', '12\u00a03456', '123 456', '12-34-56', '+23456', '0x1234', '1e5', '12345', '1234567'],
  ...['*', '{', '}', '{}', 'x:y', '../../etc/passwd', '..%2f', '%00', '%', '%E0%A4%A', "' OR 1=1--", '$(id)', '#{7*7}'],
  ...[
    '//evil.example',
    '/\\evil.example',
    'https:evil',
    '/%0d%0aX-Fz:1',
    'javascript:fz',
    '/two-factor/setup',
    '/two-factor/../x',
  ],
  ...[
    '06 12 34 56 78',
    '+33612345678',
    '+33612345678;ext=1',
    '+1900555',
    '112',
    '+336123\n45678',
    'FR',
    'fr',
    'ZZ',
    'US',
  ],
  ...[
    'ABCD-EFGH-IJKL-MNOP',
    'abcdefghijklmnop',
    'AAAAAAAAAAAAAAAAAAAAAA',
    'AAAAAAAAAAAAAAAAAAAAA=',
    'AAAAAAAAAAAAAAAAAAAAA\n',
  ],
  ...[60, 61, 64, 65, 200, 201, 1000, 1001, 2001, 9000, 16_384, 70_000].map((length) => '7'.repeat(length)),
  '\u{1f4a9}'.repeat(40),
  'e\u0301'.repeat(2000),
]

const OBJECTS: readonly unknown[] = [
  ...[null, true, false, 0, -0, 123_456, 1e308, -1, 1.5, 2 ** 53, [], {}, [[]], [null], [{}]],
  ...[['123456'], ['123456', '654321'], { toString: 1 }, { toString: '123456', valueOf: 1 }, { length: 6 }, { 0: '1' }],
  ...[
    { constructor: { prototype: { x: 1 } } },
    JSON.parse('{"__proto__":{"isAdmin":true}}'),
    JSON.parse('{"then":"x"}'),
    { toJSON: 1 },
  ],
  ...[nest('[', ']', 500), nest('{"a":', '}', 500)],
]

/** Arrays or objects that many levels deep. */
function nest(open: string, close: string, depth: number): unknown {
  return JSON.parse(`${open.repeat(depth)}0${close.repeat(depth)}`)
}

/** Texts and values that fast-check made for a seed. */
export interface Corpus {
  texts: readonly string[]
  values: readonly unknown[]
}

const MADE = 400

export function createCorpus(seed: number): Corpus {
  const parameters = { seed, numRuns: MADE }
  const unread = fc.string({ unit: 'binary', maxLength: 80 })
  const typed = fc.string({ unit: 'grapheme-ascii', maxLength: 24 })
  return {
    texts: fc.sample(fc.oneof(unread, typed, fc.emailAddress(), fc.webUrl(), fc.ipV6()), parameters),
    values: fc.sample(fc.jsonValue({ maxDepth: 4 }), parameters),
  }
}

/** Texts and values to draw from. */
export interface Values {
  text(): string
  value(): unknown
}

export function createValues(chance: Chance, { texts, values }: Corpus): Values {
  const digits = () => String(chance.below(10 ** (4 + chance.below(6)))).padStart(6, '0')
  const text = () => chance.pick([() => chance.pick(TEXTS), () => chance.pick(texts), digits])()
  return { text, value: () => chance.pick([text, text, () => chance.pick(OBJECTS), () => chance.pick(values)])() }
}
