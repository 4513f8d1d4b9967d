import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { namesIn, ROOT, tableOf } from './markdown'

const FOLDER = join(ROOT, 'examples', 'manual-login')
const sources = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(FOLDER, name), 'utf8'))
const sorted = (names: Iterable<string>) => [...new Set(names)].sort()

function found(pattern: RegExp): readonly string[] {
  return sources.flatMap((source) => [...source.matchAll(pattern)].map((match) => match.slice(1).join(' ')))
}

it('docs/sample.md has every variable that the sample reads, and no other', () => {
  const read = found(/\bread(?:Word|Url)?\('([A-Z][A-Z_]+)'/g)
  expect(read.length).toBeGreaterThan(10)
  expect(sorted(namesIn(tableOf('docs/sample.md', 'Variable', 'Default')))).toEqual(sorted(read))
})

it("docs/sample.md has every route of the sample's own, and no other", () => {
  const routes = found(/\b(?:app|router)\.(get|post)\(\s*'([^']+)'/g).map((route) =>
    route.replace(/^\w+/, (method) => method.toUpperCase()),
  )
  expect(routes.length).toBeGreaterThan(5)
  expect(sorted(namesIn(tableOf('docs/sample.md', 'Route', 'Who')))).toEqual(sorted(routes))
})
