import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SCRIPT_NAMES } from '../../../lib/adapters/redis/scripts'

const FOLDER = join(__dirname, '../../../lib/adapters/redis/lua')
const FILES = readdirSync(FOLDER).sort()

describe('the folder of scripts', () => {
  it('holds one file for each script that the adapter knows, and nothing else', () => {
    expect(FILES).toEqual([...SCRIPT_NAMES].sort().map((name) => `${name}.lua`))
  })
})

describe.each(FILES)('%s', (file) => {
  const source = readFileSync(join(FOLDER, file), 'utf8')
  const lines = source.trimEnd().split('\n')
  const header = lines
    .slice(
      0,
      lines.findIndex((line) => !line.startsWith('--')),
    )
    .join('\n')

  it('is named verb_noun', () => {
    expect(file).toMatch(/^[a-z]+(_[a-z]+)+\.lua$/)
  })

  it('has at most thirty lines, none over 120 characters', () => {
    expect(lines.length).toBeLessThanOrEqual(30)
    expect(lines.filter((line) => line.length > 120)).toEqual([])
  })

  it('opens with what it does, its keys, arguments, reply and cost', () => {
    expect(header).toMatch(/^-- [A-Z][^\n]+[.,:;]\n/)
    for (const part of ['KEYS: ', 'ARGV: ', 'Reply: ', 'Cost: ']) expect(header).toContain(part)
  })

  it('says nothing to Redis with a first line "#!lua", with which even reads fail once memory is out', () => {
    expect(source).not.toContain('#!')
  })

  it('names no key but those it is given, so that it runs on a cluster', () => {
    const calls = source.match(/redis\.call\('[A-Z]+'(, [^,)]+)?/g) ?? []
    expect(calls.filter((call) => !/'TIME'$|, KEYS\[\d\]$/.test(call))).toEqual([])
  })

  it('answers by word', () => {
    const replies = [...source.matchAll(/return (.+?)( end)?$/gm)].map(([, reply]) => reply)
    if (file !== 'read_session.lua') expect(replies.filter((reply) => !/^\{?'[a-z]+'/.test(reply ?? ''))).toEqual([])
  })
})
