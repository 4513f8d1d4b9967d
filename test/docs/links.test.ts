import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { anchorsOf, PAGES, proseOf, ROOT } from './markdown'

const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g

/** A test as docs name it: its file, and its sentence where one is told. */
const TEST = /`(test\/[\w/.-]+\.ts)`(?: "([^"]+)")?/g

it.each(PAGES)('every link of %s leads somewhere', (page) => {
  const links = [...proseOf(page).matchAll(LINK)].map(([, target = '']) => target)
  const relative = links.filter((target) => !/^https:\/\//.test(target))
  expect(relative.filter((target) => !resolves(page, target))).toEqual([])
})

function resolves(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#')
  const to = path === '' ? page : normalize(join(dirname(page), path))
  if (!existsSync(join(ROOT, to))) return false
  return anchor === undefined || anchorsOf(to).includes(anchor)
}

it('every page is linked from the README', () => {
  const text = proseOf('README.md')
  expect(PAGES.filter((page) => page !== 'README.md' && !text.includes(`](${page})`))).toEqual([])
})

it.each(PAGES)('every test that %s names exists', (page) => {
  const named = [...proseOf(page).matchAll(TEST)].map(([, file = '', sentence]) => ({ file, sentence }))
  expect(named.filter(({ file, sentence }) => !hasTest(file, sentence))).toEqual([])
  if (page === 'docs/security.md') expect(named.length).toBeGreaterThan(20)
})

function hasTest(file: string, sentence: string | undefined): boolean {
  const path = join(ROOT, file)
  return existsSync(path) && (sentence === undefined || readFileSync(path, 'utf8').includes(sentence))
}
